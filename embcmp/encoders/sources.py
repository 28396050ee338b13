"""The sources of models: their files, a description of them, and whether they are intact.

Each family names its class of sources on its row of `FAMILIES`. A network is loaded only for what
its files do not declare.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from embcmp import __version__
from embcmp.encoders import EncoderSpec, load_encoder, parse_spec, source_of
from embcmp.encoders.static import open_spec
from embcmp.encoders.use_vector_formats import ids_beside
from embcmp.errors import ModelError
from embcmp.models import hub
from embcmp.models.card import ModelCard, declared_tensors, describe_checkpoint, main_dtype
from embcmp.models.catalog import EMBEDDED, GLOVE, MINILM, locate, shipped_checkpoint, shipped_layer
from embcmp.models.checkpoints import CheckpointFolder, find_checkpoint, is_on_hub
from embcmp.models.digests import File, file_digest
from embcmp.models.prediction_heads import Head
from embcmp.models.vector_files import VECTOR_FILES, fetch_vectors, verify_vectors
from embcmp.types import TaskProgress
from embcmp.vectors.embedded_vectors import EmbeddedVectors
from embcmp.vectors.store import WordVectors

INTACT, READABLE, BROKEN = "intact", "readable", "broken"

_BETWEEN = "trained to predict a word from its two contexts: it can say which words would fit there"


class Source:
    """The source of a model, for families without a class of their own.

    Args:
        spec: the spec of an encoder.
    """

    def __init__(self, spec: EncoderSpec) -> None:
        self.spec = spec

    def fetch(self) -> None:
        """Fetch the model from the network, if it is not on this machine yet.

        Raises:
            UsageError: the spec names a revision of a model that is not on the hub.
            ModelError: the model does not exist, is refused, or cannot be fetched.
        """

    def files(self) -> list[Path]:
        """The files and folders that the encoder reads.

        Raises:
            ModelError: the embedded model that the spec needs is not installed.
        """
        options = self.spec.options
        named = (self.spec.source, options.get("vectors"), options.get("vocabulary"))
        return [Path(name) for name in named if name is not None]

    def place(self) -> str | None:
        """The path of the model, fetched if need be; None for random weights."""
        return self.describe().location

    def describe(self, progress: TaskProgress | None = None) -> ModelCard:
        """Describe the model, which is fetched if it is on the hub.

        Args:
            progress: see `load_encoder`.

        Raises:
            UsageError: the spec names a revision of a model that is not on the hub.
            ModelError: the model is missing, broken or refused.
        """
        info = load_encoder(self.spec, progress).info
        return ModelCard(
            model=info.model,
            architecture=self.spec.family,
            dim=info.dim,
            parameters=info.parameters,
            vocabulary=None,
            location=None,
            digest=None,
            files=tuple(File.of(path) for path in self.files()),
        )

    def intact(self) -> str | None:
        """Read the model whole and compare it with its published digest.

        Returns:
            What the model is equal to, as a sentence; None if no digest of it is published.

        Raises:
            ModelError: a file is missing or damaged.
        """
        return None


class Precomputed(Source):
    """A file of vectors of uses."""

    def files(self) -> list[Path]:
        """The file, and beside a numpy matrix that of its ids."""
        [path] = super().files()
        return [path, ids_beside(path)] if path.suffix.lower() == ".npy" else [path]

    def describe(self, progress: TaskProgress | None = None) -> ModelCard:
        """Describe the vectors."""
        card = super().describe(progress)
        [path, *_] = self.files()
        return replace(
            card,
            architecture="vectors of uses, computed elsewhere",
            location=str(path),
            digest=file_digest(path),
        )


class Static(Source):
    """A file of word vectors, or the embedded ones."""

    def files(self) -> list[Path]:
        """The files that the spec names, or else the embedded vectors."""
        return super().files() or [locate(GLOVE)]

    def place(self) -> str | None:
        """The path of the vectors; those that gensim-data publishes are fetched by name."""
        file = VECTOR_FILES.get(self.spec.source or "")
        return super().place() if file is None else str(fetch_vectors(file))

    def describe(self, progress: TaskProgress | None = None) -> ModelCard:
        """Describe the vectors."""
        vectors = open_spec(self.spec, progress)
        embedded = isinstance(vectors, EmbeddedVectors)
        return ModelCard(
            model=vectors.name,
            architecture=f"static vectors, {vectors.format_name}",
            dim=vectors.dim,
            parameters=vectors.count * vectors.dim,
            vocabulary=vectors.count,
            stored=vectors.number_format,
            license=GLOVE.license if embedded else None,
            location=str(locate(GLOVE) if embedded else _location(vectors)),
            digest=vectors.digest,
            files=_files(vectors),
        )

    def intact(self) -> str | None:
        """Compare embedded vectors, and those of gensim-data, with their digests."""
        source = self.spec.source
        if source is None or source == GLOVE.name:
            return f"as {GLOVE.package} {GLOVE.version} has it: {locate(GLOVE, reread=True)}"
        file = VECTOR_FILES.get(source)
        if file is None or Path(source).exists():
            return None
        verify_vectors(file)
        return f"as gensim-data lists it, md5 {file.md5}: {file.path}"


def _location(vectors: WordVectors) -> Path:
    """The file of the vectors, or the folder of a static model."""
    return vectors.files[-1].parent if vectors.reads_any_text else vectors.files[0]


def _files(vectors: WordVectors) -> tuple[File, ...]:
    if isinstance(vectors, EmbeddedVectors):  # their digests are known
        return GLOVE.files
    return tuple(map(File.of, vectors.files))


class Recurrent(Source):
    """A recurrent network that embcmp trained, or an untrained one, over word vectors."""

    def files(self) -> list[Path]:
        """The files that the spec names, or else the embedded vectors."""
        return super().files() or [locate(GLOVE)]

    def describe(self, progress: TaskProgress | None = None) -> ModelCard:
        """Describe the network, the vectors that it reads, and its training."""
        from embcmp.encoders.neural.prediction_layer import layer_path
        from embcmp.encoders.neural.recurrent_checkpoint import read

        spec = self.spec
        info = load_encoder(spec, progress).info
        drawn = spec.random_seed is not None and spec.source is None
        path = None if drawn else Path(spec.source or shipped_checkpoint(spec.family))
        origin = None if path is None else read(path).provenance
        source = spec.option("vectors") or (origin.vectors if origin else None)
        vectors = open_spec(spec, source=source)
        card = ModelCard(
            model=info.model,
            architecture=f"{self._networks(info.dim)} over {vectors.name}",
            dim=info.dim,
            parameters=info.parameters,
            vocabulary=vectors.count,
            location=None,
            digest=None,
            files=_files(vectors),
        )
        if path is None or origin is None:
            return card
        layer = layer_path(path)
        predicts = spec.random_seed is None and spec.option("direction") == "both"
        parts = declared_tensors(layer) if predicts and layer.is_file() else {}
        size = sum(tensor.size for name, tensor in parts.items() if name != "vocabulary")
        return replace(
            card,
            location=str(path),
            digest=file_digest(path),
            files=(*map(File.of, (path, layer) if parts else (path,)), *card.files),
            stored=main_dtype(declared_tensors(path).values()),
            heads=(Head("the word between", _BETWEEN, size),) if parts else (),
            trained_on=f"{origin.corpus}: {origin.tokens:,} words, seed {origin.seed},"
            f" held-out loss {origin.held_out_loss:.3f} nats a word",
            license=None if spec.source else "MIT, with the notices of embcmp/data/NOTICE",
        )

    def _networks(self, dim: int) -> str:
        family = self.spec.family
        if self.spec.option("direction") == "forward":
            return f"one {family} network of {dim} units, from the left,"
        return f"two {family} networks of {dim // 2} units, one from each side,"

    def intact(self) -> str | None:
        """Compare an encoder that comes with embcmp, and its vectors, with their digests."""
        if self.spec.source is not None or {"weights", "vectors"} & self.spec.options.keys():
            return None
        path = shipped_checkpoint(self.spec.family, reread=True)
        shipped_layer(self.spec.family, reread=True)
        locate(GLOVE, reread=True)
        return f"as embcmp {__version__} has it: {path}"


class Checkpoint(Source):
    """A transformer's checkpoint: a folder, a model of the hub, or the embedded one."""

    def fetch(self) -> None:
        """Fetch the files that the cache lacks from the hub."""
        if self.spec.source is not None:
            self._folder(weights=self.spec.random_seed is None)

    def files(self) -> list[Path]:
        """The folder of the checkpoint."""
        return [self._folder().folder]

    def describe(self, progress: TaskProgress | None = None) -> ModelCard:
        """Describe what the checkpoint's files declare, without loading its weights."""
        return describe_checkpoint(self._folder())

    def _folder(self, *, weights: bool = True) -> CheckpointFolder:
        return find_checkpoint(self.spec.source, self.spec.option("revision"), weights=weights)

    def intact(self) -> str | None:
        """Compare a model of the hub, or the embedded one, with its digests."""
        source = self.spec.source
        if source is not None and is_on_hub(source):
            snapshot = hub.verify_cached(source, self.spec.option("revision"))
            return f"as the hub lists commit {snapshot.name}: {snapshot}"
        model = EMBEDDED.get(source or MINILM.name)
        if model is None or (source is not None and Path(source).is_dir()):
            return None
        return f"as {model.package} {model.version} has it: {locate(model, reread=True)}"


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome of reading a model whole.

    Attributes:
        spec: the spec as it was given.
        status: intact; readable, if no digest of the model is published; or broken, also if it
            is missing.
        found: what was found, as a sentence.
        hint: what to do about it, or "".
    """

    spec: str
    status: str
    found: str
    hint: str = ""


def inspect(text: str) -> Inspection:
    """Read the model of a spec whole, without a network connection.

    Raises:
        SpecError: the spec does not parse.
    """
    source = source_of(parse_spec(text))
    try:
        equal_to = source.intact()
        if equal_to:
            return Inspection(text, INTACT, equal_to)
        card = source.describe()
    except ModelError as e:
        return Inspection(text, BROKEN, e.message, e.hint)
    if card.digest is None:
        return Inspection(text, READABLE, "its weights are random: there is nothing to verify")
    return Inspection(
        text, READABLE, f"no digest of it is published; it has the digest {card.digest}"
    )
