"""Every model that has a name, with what is known of it and whether it is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import embcmp
from embcmp.models.catalog import EMBEDDED, GLOVE, SHIPPED
from embcmp.models.checkpoint_files import WEIGHTS
from embcmp.models.vector_files import VECTOR_FILES


@dataclass(frozen=True, slots=True)
class Named:
    """A model of the list.

    Attributes:
        spec: what names it.
        comes: how: with a package, or by `models fetch`.
        bytes: size of its files; of a model of the hub to three digits, as the hub shows it.
        dim: width of a vector, where the list knows it.
        words: how many have a vector, of static ones.
        license: as an SPDX identifier, where it is known.
        digest: of its main file, where it is published, with the algorithm before it.
        here: it can be used without a network.
    """

    spec: str
    comes: str
    bytes: int
    dim: int | None
    words: int | None
    license: str | None
    digest: str | None
    here: bool


HUB_MODELS: tuple[tuple[str, int, int, str | None], ...] = (
    # the id, bytes of the safetensors weights as the hub shows them, width, license where it shows
    ("google-bert/bert-base-uncased", 440_000_000, 768, "Apache-2.0"),
    ("google-bert/bert-base-cased", 436_000_000, 768, "Apache-2.0"),
    ("google-bert/bert-large-uncased", 1_340_000_000, 1024, "Apache-2.0"),
    ("distilbert/distilbert-base-uncased", 268_000_000, 768, None),
    ("FacebookAI/roberta-base", 499_000_000, 768, "MIT"),
)


def list_models() -> Iterator[Named]:
    """What comes with embcmp, the files of word vectors, the models of the hub, in this order."""
    for model in EMBEDDED.values():
        family, dim, words = ("word2vec", 50, 400_000) if model is GLOVE else ("bert", 384, None)
        yield Named(
            spec=f"{family}:{model.name}",
            comes=f"{model.package} {model.version}",
            bytes=model.bytes,
            dim=dim,
            words=words,
            license=model.license,
            digest=f"sha256:{model.files[0].sha256}",
            here=find_spec(model.module) is not None,
        )
    for family, shipped in SHIPPED.items():  # their width is that of both directions
        comes, digest = f"embcmp {embcmp.__version__}", f"sha256:{shipped.sha256}"
        yield Named(family, comes, shipped.bytes, 400, None, "MIT", digest, here=True)
    for file in VECTOR_FILES.values():
        yield Named(
            spec=f"word2vec:{file.name}",
            comes="gensim-data",
            bytes=file.bytes,
            dim=file.dim,
            words=file.words,
            license=file.license,
            digest=f"md5:{file.md5}",
            here=file.is_here,
        )
    from huggingface_hub import try_to_load_from_cache

    for repo, size, dim, stated in HUB_MODELS:
        here = isinstance(try_to_load_from_cache(repo, WEIGHTS), str)
        yield Named(f"bert:{repo}", "Hugging Face hub", size, dim, None, stated, None, here)
