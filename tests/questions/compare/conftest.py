from __future__ import annotations

import numpy as np
import pytest

from embcmp.types import Comparison, EncoderInfo, Metric, Occurrence, Receipt, Result, Skipped


def info(name: str, **changes: object) -> EncoderInfo:
    values = {
        "spec": name, "name": name, "family": name.partition("@")[0], "model": f"Model of {name}",
        "layers": (None,), "dim": 2, "parameters": 10, "bytes": 84_000_000,
        "own_bytes": 84_000_000, "fingerprint": name,
    }  # fmt: skip
    return EncoderInfo(**{**values, **changes})  # type: ignore[arg-type]


def result(
    name: str, cosines: list[list[float]], metrics: dict[str, Metric], **changes: object
) -> Result:
    ids = [str(i) for i in range(1, len(cosines) + 1)]
    layer = changes.pop("layer", None)
    return Result(
        name=name,
        info=info(name, **changes),
        layer=layer,  # type: ignore[arg-type]
        load_seconds=1.25,
        encode_seconds=0.0216,
        missing={},
        receipts=tuple(Receipt(i, ("man",), "man") for i in ids),
        similarity=np.array(cosines),
        metrics=metrics,
    )


HOSTILE = "=cmd|'\x1b[31m man \u202e<script>alert(1)</script>"


@pytest.fixture
def small() -> Comparison:
    """Three uses, one of them hostile, seen by three encoders."""
    nan = float("nan")
    return Comparison(
        word="man",
        occurrences=(
            Occurrence("1", "man", "Man, is it cold today?", 0, 3, None, "man.txt:1"),
            Occurrence("2", "man", "Go man the post!", 3, 6, None, "man.txt:2"),
            Occurrence("3", "man", HOSTILE, 12, 15, None, "man.txt:3"),
        ),
        results=(
            result(
                "word2vec",
                [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
                {"self_similarity": Metric(None, undefined="one vector per type")},
                per_type=True,
            ),
            result(
                "lstm",
                [[1, 0.18, nan], [0.18, 1, nan], [nan, nan, nan]],
                {"self_similarity": Metric(0.18)},
                own_bytes=800_000,
                bytes=84_800_000,
            ),
            result(
                "bert@6",
                [[1, 0.675, -0.12], [0.675, 1, 0.591], [-0.12, 0.591, 1]],
                {"self_similarity": Metric(0.382)},
                layer=6,
                layers=(6,),
            ),
        ),
        verdict=(
            "word2vec gives every use of a form the same vector, so it cannot separate senses.",
        ),
        warnings=("something to know",),
        skipped=(Skipped("man.txt:4", "'man' does not occur"),),
        manifest={
            "seed": 0, "versions": {}, "platform": "x", "threads": 1, "encoders": {},
            "peak_memory_bytes": None,
        },
    )  # fmt: skip


@pytest.fixture
def large() -> Comparison:
    """Thirty labeled uses, seen by one static encoder and two layers of another."""
    occurrences = tuple(
        Occurrence(str(i), "man", f"{i} man " + "x" * i, len(f"{i} "), len(f"{i} man"),
                   "noun" if i % 2 else "verb", f"man.tsv:{i + 1}")
        for i in range(1, 31)
    )  # fmt: skip
    eye = np.eye(30).tolist()
    auc = Metric(0.734, (0.6, 0.85), chance=0.5)
    values = {"self_similarity": Metric(0.5), "auc": auc, "auc_macro": auc}
    undefined = {name: Metric(None, undefined="one vector per type") for name in values}
    layered = info("bert@all", layers=(0, 1))
    rows = [
        result("word2vec", eye, undefined, per_type=True),
        *(
            Result(f"bert@{k}", layered, k, 0.1, 2.5, {}, (), np.eye(30), values)
            for k in layered.layers
        ),
    ]
    return Comparison(word="man", occurrences=occurrences, results=tuple(rows))
