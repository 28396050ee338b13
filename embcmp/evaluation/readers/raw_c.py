"""RAW-C (Trott and Bergen 2021): 112 words, four minimal sentences each, rated in pairs.

`raw-c.csv` has no offsets: the column `string` is the form of the word in both sentences.
"""

from __future__ import annotations

from pathlib import Path

from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import RawPair, Side, item_part, number, pair_part
from embcmp.evaluation.readers.published_files import one_file, quoted
from embcmp.evaluation.readers.spans import word_span
from embcmp.text.sentence_rows import Sentence

_COLUMNS = ("word", "sentence1", "sentence2", "Class", "mean_relatedness", "v1", "v2", "string")


def read(path: Path) -> Part:
    """Read the rated pairs; gold is the mean relatedness, from 0 to 4.

    Args:
        path: `raw-c.csv`, or its folder.

    Raises:
        InputError: The file lacks a column, or a quote is not closed.
    """
    file = one_file(path, "raw-c.csv")
    rows = []
    for i, (line, row) in enumerate(quoted(file, _COLUMNS, ",")):
        form, rating = row["string"], row["mean_relatedness"]
        texts = (row[f"sentence{side}"].strip() for side in (1, 2))
        first, second = (Side(text, form, word_span(text, form)) for text in texts)
        gold = number(rating)
        problem = f"mean_relatedness {rating!r} is not a number" if gold is None else None
        rows.append(RawPair(f"rawc.{i}", f"{file}:{line}", (first, second), gold, problem))
    return pair_part(rows, "all", [file])


def read_items(path: Path) -> Part:
    """Read the sentences as items, whose sense is in the version (M1_a, M2_b).

    Each sentence of a word is read once, in the order of the file.
    """
    file = one_file(path, "raw-c.csv")
    rows: dict[tuple[str, str], Sentence] = {}
    for line, row in quoted(file, _COLUMNS, ","):
        for side in (1, 2):
            text, form, version = row[f"sentence{side}"].strip(), row["string"], row[f"v{side}"]
            lexeme = f"{row['word']}.{row['Class']}"
            name = f"rawc.{lexeme}.{version}.{len(rows) + 1}"
            sense = f"{lexeme}.{version.partition('_')[0]}"
            item = Sentence(text, f"{file}:{line}", name, sense, form, *word_span(text, form))
            rows.setdefault((row["word"], row[f"sentence{side}"]), item)
    return item_part(list(rows.values()), "all", [file])
