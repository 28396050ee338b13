"""Makes the quantized fastText models of tests/vectors/quantized, and the vectors of some words.

    pip install fasttext-wheel
    python -m tests.making.quantized_vectors

They are what fastText itself computes; the package has wheels for few versions of Python, so the
tests read what it wrote.
"""

from __future__ import annotations

import json
import random
import tempfile
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "vectors" / "quantized"
ASKED = ["man", "manly", "manned", "café", "x", "word17", "word123", "unheard", "日本"]
MODELS = {  # the arguments of fastText's `quantize`
    "whole": {"dsub": 2},
    "norms": {"dsub": 3, "qnorm": True},
    "pruned": {"dsub": 2, "qnorm": True, "qout": True, "cutoff": 400},
}


def corpus() -> str:
    """Lines with one of 300 labels, since fewer cannot be quantized, and some of 300 words."""
    draw = random.Random(5)
    words = [*(f"word{i}" for i in range(294)), "man", "men", "manned", "café", "日本", "the"]
    lines = (
        f"__label__{i % 300} {' '.join(draw.sample(words, 6))} {words[i % 300]}"
        for i in range(1200)
    )
    return "\n".join(lines) + "\n"


def make(folder: Path = FOLDER) -> None:
    """Train, quantize and write each model, with the vectors of the words asked for."""
    fasttext = import_module("fasttext")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch) / "text"
        text.write_text(corpus(), encoding="utf-8")
        for name, settings in MODELS.items():
            model = fasttext.train_supervised(
                str(text), dim=5, minn=2, maxn=4, bucket=300, lr=1.0, epoch=20, thread=1, verbose=0
            )
            model.quantize(str(text), **settings)
            model.save_model(str(folder / f"{name}.ftz"))
            vectors = {word: model.get_word_vector(word).tolist() for word in ASKED}
            (folder / f"{name}.json").write_text(json.dumps(vectors, indent=0) + "\n")


if __name__ == "__main__":
    make()
