"""How stable what stands on the background is: the same from each half of its sentences.

Corrections are fitted as `compare` fits them: those of static vectors on types, not on the halves.

python tests/benchmarks/background.py fixtures/man.tsv --word man -e context -e lstm -e bert
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from embcmp import find_occurrences, load_encoder, read_sentences
from embcmp.background.corrections import TYPES, encode_background, fit_correction
from embcmp.choices import CORRECTIONS
from embcmp.encoders.base import HasTypeVectors
from embcmp.measures.labels import sample
from embcmp.measures.separation import auc_macro
from embcmp.measures.similarity import baseline, cosine_matrix

ENCODERS = ("context", "lstm", "bert")
HEADER = ("encoder", "correction", "baseline, half 1", "half 2", "auc_macro, half 1", "half 2")


def main() -> None:
    """Print a Markdown table: a row for each encoder and correction."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--word", default="man")
    parser.add_argument("-e", "--encoder", action="append", metavar="SPEC")
    options = parser.parse_args()
    found = find_occurrences(read_sentences(options.sentences), options.word)
    senses = [o.sense for o in found]
    write = sys.stdout.write
    write(f"| {' | '.join(HEADER)} |\n| {' | '.join('---' for _ in HEADER)} |\n")
    for spec in options.encoder or ENCODERS:
        encoder = load_encoder(spec)
        vectors = encoder.encode(found).vectors[-1]
        tokens = encode_background(encoder)
        types = encoder.type_vectors(TYPES) if isinstance(encoder, HasTypeVectors) else None
        for how in CORRECTIONS:
            baselines, aucs = [], []
            for which in (0, 1):
                half = tokens.half(which).vectors[-1]
                correction = fit_correction(how, half if types is None else types)
                other = tokens.half(1 - which).content()
                x = correction.apply(other.vectors[-1])
                baselines.append(baseline(x, other.sentences, other.words.tolist()).value)
                aucs.append(
                    auc_macro(sample(cosine_matrix(correction.apply(vectors)), senses)).value
                )
            numbers = (f"{n:.3f}" if n is not None else "-" for n in np.array([*baselines, *aucs]))
            write(f"| `{encoder.info.name}` | {how} | {' | '.join(numbers)} |\n")


if __name__ == "__main__":
    main()
