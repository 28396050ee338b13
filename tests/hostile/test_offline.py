"""With --offline no socket is opened, of the network or of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import run_code
from tests.conftest import declare_plain_tokenizer, save_tokenizer, word_pieces
from tests.hostile.test_messages import MAN

# The C library looks for a name service behind a socket whenever it is asked for a user.
WITHOUT_SOCKETS = """
import os, pwd, sys

def refused(what):
    os.write(2, f"{what}\\n".encode())
    os._exit(99)

def look(event, args):
    if event.startswith("socket.") and event != "socket.gethostname":
        refused(event)

pwd.getpwuid = pwd.getpwnam = lambda who: refused(f"asked for user {who}")
sys.addaudithook(look)
for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
    os.environ.pop(name, None)
sys.argv[0] = "embcmp"
from embcmp.__main__ import main
main()
"""


@pytest.mark.slow
@pytest.mark.process("what libraries do as they are imported")
def test_a_checkpoint_that_transformers_loads(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2Model

    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": len(word_pieces())}
    GPT2Model(GPT2Config(**sizes)).save_pretrained(tmp_path / "gpt2")  # type: ignore[arg-type]  # any key
    save_tokenizer(tmp_path / "gpt2")
    declare_plain_tokenizer(tmp_path / "gpt2")
    done = run_code(
        WITHOUT_SOCKETS, "--offline", "compare", "man", "-s", str(MAN),
        "-e", f"bert:{tmp_path / 'gpt2'}", "-e", "word2vec", "-e", "lstm",
        env={"HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "gpt2" in done.stdout
