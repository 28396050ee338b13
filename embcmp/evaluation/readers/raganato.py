"""The unified WSD evaluation framework (Raganato et al. 2017): XML and a key file.

In `semeval2007.data.xml` a `<sentence>` has `<wf>` and `<instance>` tokens. A line of
`semeval2007.gold.key.txt` has the id of an instance and one or more sense keys, each of which is
right. The candidates of an instance are the keys of its lemma and part of speech. In SemEval-2007
one instance is not a form of its lemma (`d002.s049.t002`: *stuck in* for *get_stuck*).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from embcmp.errors import InputError
from embcmp.evaluation.gold_rows import Item, Part
from embcmp.evaluation.readers.occurrences import locate, refuse_twice
from embcmp.evaluation.readers.published_files import data_and_gold, lines
from embcmp.text.sentence_rows import Sentence
from embcmp.types import Occurrence, Skipped

_DATA = ".data.xml"

Target = tuple[dict[str, str], int, int]  # the attributes of an instance, its token, its line


def read(path: Path) -> Part:
    """Read one of the framework's data sets.

    Args:
        path: The XML file, or the folder with the XML file and the key file.

    Raises:
        InputError: A file is missing, the XML does not parse, or an id occurs twice.
    """
    data, gold = data_and_gold(path, _DATA, ".gold.key.txt")
    keys = [
        (name, f"{gold}:{number}", " ".join(senses))
        for number, line in enumerate(lines(gold), 1)
        for name, *senses in [line.split() or [""]]
        if name
    ]
    refuse_twice((name, source) for name, source, _ in keys)
    instances = _instances(data, {name: senses for name, _, senses in keys})
    refuse_twice((use.id, str(use.source)) for use, _ in instances)
    items, skipped = [], []
    for use, part_of_speech in instances:
        if problem := _problem(use):
            skipped.append(Skipped(str(use.source), problem))
        else:
            items.append(Item.of(use, f"{use.word}#{part_of_speech}"))
    known = {use.id for use, _ in instances}
    extra = [
        Skipped(source, f"this key has no instance: {name}")
        for name, source, _ in keys
        if name not in known
    ]
    split = data.name.removesuffix(_DATA)
    return Part(items, split, tuple(skipped), tuple(extra), (data, gold))


def _instances(data: Path, keys: Mapping[str, str]) -> list[tuple[Occurrence, str]]:
    """All instances with their parts of speech, read without a tree since SemCor is large."""
    instances: list[tuple[Occurrence, str]] = []
    tokens: list[str] = []
    targets: list[Target] = []
    text: list[str] = []  # of the token that is open
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "sentence":
            tokens.clear()
            targets.clear()
        elif name in ("wf", "instance"):
            text.clear()
            if name == "instance":
                targets.append((attributes, len(tokens), parser.CurrentLineNumber))

    def end(name: str) -> None:
        if name in ("wf", "instance"):
            tokens.append("".join(text))
        elif name == "sentence":
            instances.extend(_use(data, tokens, target, keys) for target in targets)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    _parse(data, parser)
    return instances


def _use(
    data: Path, tokens: list[str], target: Target, keys: Mapping[str, str]
) -> tuple[Occurrence, str]:
    attributes, token, line = target
    name, lemma = attributes.get("id", ""), attributes.get("lemma", "")
    start = sum(len(t) + 1 for t in tokens[:token])
    end = start + len(tokens[token])
    source = f"{data}:{line}"
    use = Occurrence(name, lemma, " ".join(tokens), start, end, keys.get(name), source)
    return use, attributes.get("pos", "")


def _parse(data: Path, parser: expat.XMLParserType) -> None:
    try:
        with data.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as e:
        problem = expat.ErrorString(e.code)
        raise InputError(f"{data}:{e.lineno}: is not XML: {problem}", "check the path") from e
    except LookupError as e:
        raise InputError(f"{data}: {e}", "save it as UTF-8") from e
    except OSError as e:
        raise InputError(f"{data}: cannot be read: {e.strerror or e}", "check the path") from e


def _problem(use: Occurrence) -> str | None:
    """What is wrong with an instance, or None.

    A single word counts as a form of its lemma whatever it looks like (*'s* for *be*); several
    words are checked.
    """
    if not use.sense:
        return f"{use.id} has no key"
    if "_" not in use.word:
        return None if use.form.strip() else f"{use.id} has no text"
    row = Sentence(use.sentence, str(use.source), use.id, None, use.word, use.start, use.end)
    skipped = locate([row]).skipped
    return skipped[use.id].reason if skipped else None
