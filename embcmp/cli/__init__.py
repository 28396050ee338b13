"""The command line: a group that imports each command on first use, and the exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from embcmp import __version__
from embcmp.choices import did_you_mean
from embcmp.errors import EmbcmpError, ModelError, OutputError
from embcmp.shortage import shortage  # at the start: without memory nothing can be imported

COMMANDS = {  # with the line that --help shows for each, so that --help imports no command
    "compare": "Compare how encoders represent a word in the sentences of a file.",
    "senses": "Group the uses of a word without labels, and test for several senses.",
    "change": "Measure and test whether a word is used differently in two groups of uses.",
    "batch": "Compare encoders on many words, and summarize the results.",
    "report": "Rebuild the report of a batch.",
    "evaluate": "Score encoders on a gold standard.",
    "neighbors": "Show the nearest neighbors of each use of a word.",
    "reach": "Show how much context words matter, by their distance.",
    "trace": "Show the gates of the LSTM, token by token.",
    "train": "Train word vectors or a recurrent encoder on your corpus.",
    "models": "List, describe, download and verify models.",
    "check": "Check expectations about results, as a gate for CI.",
    "verify": "Recompute a saved comparison, and show what differs.",
    "doctor": "Report what is installed and what works.",
}

COMPLETION = "_EMBCMP_COMPLETE"
OBJECTS_BETWEEN_COLLECTIONS = 100_000
BUG = 70
INTERRUPTED = 130
_NAMES_OF_USERS = "LOGNAME", "USER", "LNAME", "USERNAME"  # where getpass looks for one


@dataclass(slots=True)
class Settings:
    """The global options, and whether Control-C was pressed.

    Attributes:
        verbosity: -1 with -q, 1 with -v, else 0.
        debug: whether to show the traceback of an error.
        interrupted: whether Control-C was pressed.
    """

    verbosity: int = 0
    debug: bool = False
    interrupted: bool = False


class LazyGroup(click.Group):
    """A group whose commands are modules of this package, each imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the module of a command; module and command have the same name."""
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"embcmp.cli.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with one line of help each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Do what click does, but suggest the nearest command for an unknown one."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"there is no command {args[0]!r}; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


def _allow_pickle(ctx: click.Context, option: click.Parameter, allowed: bool) -> None:
    if allowed:
        os.environ["EMBCMP_ALLOW_PICKLE"] = "1"


# An option of the group and of every command that reads vectors; like --offline, it stays in force
# for the rest of the process.
allow_pickle = click.option(
    "--allow-pickle",
    is_flag=True,
    expose_value=False,
    callback=_allow_pickle,
    help="Read gensim's .kv and .model files: pickles, which can run any code on this machine.",
)


@click.group(
    "embcmp",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Show more, such as the tokens that each encoder used."
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no warnings.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--offline", is_flag=True, help="Never use the network.")
@allow_pickle
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_obj
def cli(settings: Settings, *, verbose: bool, quiet: bool, debug: bool, offline: bool) -> None:
    """Compare how well word encoders separate the senses of a word.

    By default the encoders are a static word vector (word2vec), the mean vector of the surrounding
    words (context), an LSTM (lstm) and BERT (bert). All read the same sentences.
    """
    settings.verbosity = int(verbose) - int(quiet)
    settings.debug = debug
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    _name_user()
    if quiet:
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"


def _name_user() -> None:
    """Give the user a name in the environment if there is none.

    Else torch asks the system for one, to name a folder, and the C library looks for a name service
    behind a socket, even with --offline.
    """
    if hasattr(os, "getuid") and not any(map(os.environ.get, _NAMES_OF_USERS)):
        os.environ[_NAMES_OF_USERS[0]] = str(os.getuid())


def main() -> NoReturn:
    """Run the command line, and exit with one of the documented exit codes."""
    # Importing torch creates some 200,000 permanent objects. Scanning them for garbage again and
    # again took a seventh of the time of a small comparison.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    settings = Settings()
    if instruction := os.environ.get(COMPLETION):  # set by a shell that wants completions
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {"obj": settings}, "embcmp", COMPLETION, instruction))
    _note_interrupts(settings)
    try:
        status = _run(settings)
    except BrokenPipeError:  # the reader of standard output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)


def _run(settings: Settings) -> int:
    """Run a command. click's own `main` would handle a closed pipe and Control-C in its own way."""
    try:
        with cli.make_context("embcmp", sys.argv[1:], obj=settings) as ctx:
            cli.invoke(ctx)
    except click.exceptions.Exit as e:
        return e.exit_code
    except click.UsageError as e:
        return _wrong_usage(e)
    except (click.Abort, KeyboardInterrupt):
        # If the interrupt came while a library was running code from a string, CPython remembers it
        # and would end by the signal in spite of this handler. Running any string clears that.
        exec("")
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        raise
    except Exception as e:
        if settings.interrupted:
            return _fail("interrupted", INTERRUPTED, debug=settings.debug)
        if isinstance(e, EmbcmpError):
            return _fail(str(e), e.exit_code, debug=settings.debug)
        return _unexpected(e, settings)
    return 0


def _note_interrupts(settings: Settings) -> None:
    """Remember Control-C, since C code (torch's, for example) may raise another error instead."""
    before = signal.getsignal(signal.SIGINT)

    def interrupt(number: int, frame: FrameType | None) -> None:
        settings.interrupted = True
        signal.default_int_handler(number, frame)

    if before is signal.default_int_handler:  # a shell may have told the process to ignore it
        signal.signal(signal.SIGINT, interrupt)


def _unexpected(error: Exception, settings: Settings) -> int:
    """Report an error that no command expects: an incomplete installation, a lack, or a bug."""
    if not settings.debug:
        error.__traceback__ = None  # its frames hold the memory that a message may need
    if lack := shortage(error):
        return _fail(str(lack), lack.exit_code, debug=settings.debug)
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if name and name.partition(".")[0] != "embcmp":
        message = f"the package {name} is not installed; run embcmp doctor to see what to install"
        return _fail(message, ModelError.exit_code, debug=settings.debug)
    if isinstance(error, OSError) and error.filename is None:  # for example --help onto a full disk
        message = f"standard output: cannot be written: {error.strerror}"
        return _fail(message, OutputError.exit_code, debug=settings.debug)
    hint = "run again with embcmp --debug ... for the traceback"
    return _fail(f"a bug: {type(error).__name__}: {error}; {hint}", BUG, debug=settings.debug)


def _wrong_usage(error: click.UsageError) -> int:
    """Print one line and the command whose --help to read; without arguments, the whole help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return error.exit_code
    where = error.ctx.command_path if error.ctx else "embcmp"
    message = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and where != "embcmp":
        if any(error.option_name in option.opts for option in cli.params):
            message = (
                f"{error.option_name} stands before the command: embcmp {error.option_name} ..."
            )
    return _fail(f"{message} (see {where} --help)", error.exit_code)


def _fail(message: str, status: int, *, debug: bool = False) -> int:
    from embcmp.cli.output import say

    if debug:
        import traceback

        from embcmp.render.text import visible

        shown = traceback.format_exc().rstrip("\n").split("\n")
        for line in shown:  # a message in it repeats what the input says
            click.echo(visible(line), err=True)
    say(message)
    return status
