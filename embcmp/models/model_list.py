"""The models that embcmp knows by name, and whether they are available offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import embcmp
from embcmp.models.catalog import EMBEDDED, GLOVE, SHIPPED
from embcmp.models.checkpoint_files import WEIGHTS
from embcmp.models.vector_files import VECTOR_FILES


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model in the list; what is not known is None.

    Attributes:
        spec: Spec of the model.
        comes: Origin: a package, gensim-data or the hub.
        bytes: Size of the files; for a model on the hub rounded to three digits, as shown there.
            None if it is not known.
        dim: Width of a vector.
        words: Number of words, for static vectors.
        license: License, as an SPDX identifier.
        digest: Published digest of the main file, as `algorithm:digits`.
        here: Whether the model is available offline.
    """

    spec: str
    comes: str
    bytes: int | None
    dim: int | None
    words: int | None
    license: str | None
    digest: str | None
    here: bool


# The id and options of a spec, the size of the safetensors weights as shown on the hub, the width,
# and the license; None for what was not read at its source.
HUB_MODELS: tuple[tuple[str, int | None, int | None, str | None], ...] = (
    ("google-bert/bert-base-uncased", 440_000_000, 768, "Apache-2.0"),
    ("google-bert/bert-base-cased", 436_000_000, 768, "Apache-2.0"),
    ("google-bert/bert-large-uncased", 1_340_000_000, 1024, "Apache-2.0"),
    ("distilbert/distilbert-base-uncased", 268_000_000, 768, None),
    ("FacebookAI/roberta-base", 499_000_000, 768, "MIT"),
    ("FacebookAI/xlm-roberta-base", None, 768, None),
    ("answerdotai/ModernBERT-base", None, 768, "Apache-2.0"),
    ("EuroBERT/EuroBERT-210m", None, 768, None),
    ("pierluigic/xl-lexeme,mark=t,pool=sentence", None, None, None),
    ("sachinn1/xl-durel,mark=t,pool=sentence", None, None, "MIT"),
)
# The files of GloVe 2024 (Carlson, Bauer and Manning 2025), which a user downloads: name, width.
GLOVE_2024 = (("glove.2024.wikigiga.50d.zip", 50), ("glove.2024.wikigiga.100d.zip", 100))


def list_models() -> Iterator[NamedModel]:
    """Yield the models that come with embcmp, then word vectors, then models on the hub."""
    for model in EMBEDDED.values():
        family, dim, words = ("word2vec", 50, 400_000) if model is GLOVE else ("bert", 384, None)
        yield NamedModel(
            spec=f"{family}:{model.name}",
            comes=f"{model.package} {model.version}",
            bytes=model.bytes,
            dim=dim,
            words=words,
            license=model.license,
            digest=f"sha256:{model.files[0].sha256}",
            here=find_spec(model.module) is not None,
        )
    for family, shipped in SHIPPED.items():  # the width is that of both directions together
        comes, digest = f"embcmp {embcmp.__version__}", f"sha256:{shipped.encoder.sha256}"
        yield NamedModel(family, comes, shipped.bytes, 400, None, "MIT", digest, here=True)
    for file in VECTOR_FILES.values():
        yield NamedModel(
            spec=f"word2vec:{file.name}",
            comes="gensim-data",
            bytes=file.bytes,
            dim=file.dim,
            words=file.words,
            license=file.license,
            digest=f"md5:{file.md5}",
            here=file.is_here,
        )
    for name, dim in GLOVE_2024:
        site = "nlp.stanford.edu/projects/glove"
        yield NamedModel(
            f"word2vec:{name}", site, None, dim, None, None, None, Path(name).is_file()
        )
    from huggingface_hub import try_to_load_from_cache

    for listed, size, width, license in HUB_MODELS:
        here = isinstance(try_to_load_from_cache(listed.partition(",")[0], WEIGHTS), str)
        yield NamedModel(
            f"bert:{listed}", "Hugging Face hub", size, width, None, license, None, here
        )
