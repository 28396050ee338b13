"""Every model that has a name, with what is known of it and whether it is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import embcmp
from embcmp.models.catalogue import EMBEDDED, GLOVE, SHIPPED, Embedded
from embcmp.models.vector_files import VECTOR_FILES, VectorFile


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


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of the Hugging Face hub, of the BERT family.

    Attributes:
        repo: its id.
        bytes: size of its safetensors weights as the hub shows it, to three digits.
        dim: width of a vector.
        license: as the hub shows it; None where that was not seen.
    """

    repo: str
    bytes: int
    dim: int
    license: str | None


HUB_MODELS = (
    HubModel("google-bert/bert-base-uncased", 440_000_000, 768, "Apache-2.0"),
    HubModel("google-bert/bert-base-cased", 436_000_000, 768, "Apache-2.0"),
    HubModel("google-bert/bert-large-uncased", 1_340_000_000, 1024, "Apache-2.0"),
    HubModel("distilbert/distilbert-base-uncased", 268_000_000, 768, None),
    HubModel("FacebookAI/roberta-base", 499_000_000, 768, "MIT"),
)


def listed() -> Iterator[Named]:
    """What comes with embcmp, the files of word vectors, the models of the hub, in this order."""
    yield from map(_embedded, EMBEDDED.values())
    yield from map(_trained_here, SHIPPED)
    yield from map(_vectors, VECTOR_FILES.values())
    yield from map(_of_the_hub, HUB_MODELS)


def _embedded(model: Embedded) -> Named:
    static = model is GLOVE
    main = next(iter(model.files.values()))
    return Named(
        spec=f"{'word2vec' if static else 'bert'}:{model.name}",
        comes=f"{model.package} {model.version}",
        bytes=model.bytes,
        dim=50 if static else 384,
        words=400_000 if static else None,
        license=model.license,
        digest=f"sha256:{main.sha256}",
        here=find_spec(model.module) is not None,
    )


def _trained_here(family: str) -> Named:
    """What comes with embcmp itself; its width is that of both its directions."""
    return Named(
        spec=family,
        comes=f"embcmp {embcmp.__version__}",
        bytes=SHIPPED[family].size,
        dim=400,
        words=None,
        license="MIT",
        digest=f"sha256:{SHIPPED[family].sha256}",
        here=True,
    )


def _vectors(file: VectorFile) -> Named:
    return Named(
        spec=f"word2vec:{file.name}",
        comes="gensim-data",
        bytes=file.bytes,
        dim=file.dim,
        words=file.words,
        license=file.license,
        digest=f"md5:{file.md5}",
        here=file.is_here,
    )


def _of_the_hub(model: HubModel) -> Named:
    from huggingface_hub import try_to_load_from_cache

    here = try_to_load_from_cache(model.repo, "model.safetensors")
    return Named(
        spec=f"bert:{model.repo}",
        comes="Hugging Face hub",
        bytes=model.bytes,
        dim=model.dim,
        words=None,
        license=model.license,
        digest=None,
        here=isinstance(here, str),
    )
