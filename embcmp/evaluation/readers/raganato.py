"""The unified WSD evaluation framework (Raganato et al. 2017): XML and a key file.

In `semeval2007.data.xml` a `<sentence>` holds `<wf>` and `<instance>` tokens; a line of
`semeval2007.gold.key.txt` is an instance's id and one or more sense keys, any of which is right.
The candidates of an instance are the keys of its lemma and part of speech. In SemEval-2007 one
instance is not on its lemma (`d002.s049.t002`: *stuck in* for *get_stuck*).
"""

from __future__ import annotations

import xml.sax
from pathlib import Path
from typing import Any
from xml.sax.handler import ContentHandler

from embcmp.errors import InputError
from embcmp.evaluation.readers.files import data_and_gold, lines
from embcmp.evaluation.readers.occurrences import locate, refuse_twice
from embcmp.evaluation.rows import Item, Part
from embcmp.text.rows import Sentence
from embcmp.types import Occurrence, Skipped

_DATA = ".data.xml"


def read(path: Path) -> Part:
    """Read one of the framework's data sets.

    Args:
        path: its XML file, or the folder that it lies in with its key file.

    Raises:
        InputError: a file is missing, the XML does not parse, or an id is given twice.
    """
    data, key = data_and_gold(path, _DATA, ".gold.key.txt")
    keys = [
        (name, f"{key}:{number}", " ".join(senses))
        for number, line in enumerate(lines(key), 1)
        for name, *senses in [line.split() or [""]]
        if name
    ]
    refuse_twice((name, source) for name, source, _ in keys)
    corpus = _Corpus(str(data), {name: senses for name, _, senses in keys})
    _parse(data, corpus)
    refuse_twice(corpus.seen)
    known = {name for name, _ in corpus.seen}
    extra = [
        Skipped(source, f"a key without an instance: {name}")
        for name, source, _ in keys
        if name not in known
    ]
    split = data.name.removesuffix(_DATA)
    return Part(corpus.items, split, tuple(corpus.skipped), tuple(extra), (data, key))


def _parse(data: Path, corpus: _Corpus) -> None:
    try:
        xml.sax.parse(str(data), corpus)
    except xml.sax.SAXParseException as e:
        raise InputError(
            f"{data}:{e.getLineNumber()}: is not XML: {e.getMessage()}", "check the path"
        ) from e
    except LookupError as e:
        raise InputError(f"{data}: {e}", "save it as UTF-8") from e
    except OSError as e:
        raise InputError(f"{data}: cannot be read: {e.strerror or e}", "check the path") from e


class _Corpus(ContentHandler):
    """Collects the instances while the file is read: SemCor is large."""

    def __init__(self, name: str, keys: dict[str, str]) -> None:
        super().__init__()
        self.items: list[Item] = []
        self.skipped: list[Skipped] = []
        self.seen: list[tuple[str, str]] = []  # id and place of every instance
        self._name = name
        self._keys = keys
        self._lines: Any = None
        self._tokens: list[str] = []
        self._targets: list[tuple[dict[str, str], int, int]] = []  # attributes, token, line
        self._text: list[str] | None = None  # of the token that is open

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: ANN401  sax has no types
        """Keep what knows the line."""
        self._lines = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: ANN401  sax has no types
        """Open a sentence or a token."""
        if name == "sentence":
            self._tokens, self._targets = [], []
        elif name in ("wf", "instance"):
            self._text = []
            if name == "instance":
                line = self._lines.getLineNumber()
                self._targets.append((dict(attrs), len(self._tokens), line))

    def characters(self, content: str) -> None:
        """A part of a token's text."""
        if self._text is not None:
            self._text.append(content)

    def endElement(self, name: str) -> None:
        """Close a token, or a sentence with all its targets."""
        if name in ("wf", "instance") and self._text is not None:
            self._tokens.append("".join(self._text))
            self._text = None
        elif name == "sentence":
            for attributes, token, line in self._targets:
                self._add(attributes, token, f"{self._name}:{line}")

    def _add(self, attributes: dict[str, str], token: int, source: str) -> None:
        name, lemma = attributes.get("id", ""), attributes.get("lemma", "")
        form, senses = self._tokens[token], self._keys.get(name)
        self.seen.append((name, source))
        start = sum(len(t) + 1 for t in self._tokens[:token])
        use = Occurrence(
            name, lemma, " ".join(self._tokens), start, start + len(form), senses, source
        )
        if not senses:
            self.skipped.append(Skipped(source, f"{name} has no key"))
        elif why := _off_the_lemma(use):
            self.skipped.append(why)
        else:
            self.items.append(Item.of(use, f"{lemma}#{attributes.get('pos', '')}"))


def _off_the_lemma(use: Occurrence) -> Skipped | None:
    """What is wrong with the place of an instance, if anything.

    One word is taken for a form of its lemma, whatever it looks like (*'s* for *be*); of several
    it is seen whether they are.
    """
    if "_" not in use.word:
        return None if use.form.strip() else Skipped(str(use.source), f"{use.id} has no text")
    row = Sentence(use.sentence, str(use.source), use.id, None, use.word, use.start, use.end)
    return locate([row]).skipped.get(use.id)
