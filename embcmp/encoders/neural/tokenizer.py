"""The tokenizer of a checkpoint: the one that transformers makes of everything its folder says.

Only the default model's is read without transformers, whose import takes two seconds: what its
files say is known, because their digests are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import (
    CONFIG,
    DECLARATIONS,
    LIMITS,
    TOKENIZER,
    read_json,
    tokenizer_files,
)
from embcmp.models.checkpoints import CheckpointFolder
from embcmp.models.guarded_tokenizer import guarded, tokenizer_errors
from embcmp.models.quiet_transformers import quiet, reason

_MASKS = ("[MASK]", "<mask>")  # the usual names, where the files name no mask
_NO_OFFSETS = "embcmp must know which pieces are the target's: name a model with a fast tokenizer"
_WORD_START = "▁"  # begins the pieces of SentencePiece that begin a word


@dataclass(frozen=True)
class Segments:
    """The numbers of the segments that the tokens of a sentence belong to.

    Attributes:
        head: those of the special tokens before the sentence.
        sentence: that of the tokens of the sentence.
        tail: those of the special tokens after it.
    """

    head: tuple[int, ...]
    sentence: int
    tail: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Segments:
        """The segments that a tokenizer gives to a single sentence."""
        encoded = tokenizer.encode("a")
        special = encoded.special_tokens_mask
        first = special.index(0) if 0 in special else len(special)
        last = len(special) - (special[::-1].index(0) if 0 in special else 0)
        numbers = tuple(encoded.type_ids)
        inside = numbers[first:last]
        return cls(numbers[:first], inside[0] if inside else 0, numbers[last:])

    def numbers(self, length: int) -> list[int]:
        """The segment of each token of a sequence, special tokens included."""
        inside = length - len(self.head) - len(self.tail)
        return [*self.head, *[self.sentence] * inside, *self.tail][:length]

    def __bool__(self) -> bool:
        """Whether any token is in another segment than the first."""
        return any((*self.head, self.sentence, *self.tail))


@dataclass(frozen=True)
class CheckpointTokenizer:
    """A tokenizer ready to use.

    Attributes:
        backend: the tokenizer itself, which neither truncates nor pads.
        mask: the text of the token that hides a word; None where the tokenizer has none.
        segments: the segments of its tokens; None if it gives the model none.
        remarks: what the user should know about it.
        special_ids: the ids that transformers counts as special; None where it made no tokenizer.
    """

    backend: Tokenizer
    mask: str | None
    segments: Segments | None = None
    remarks: tuple[str, ...] = ()
    special_ids: frozenset[int] | None = None


def open_tokenizer(location: CheckpointFolder) -> CheckpointTokenizer:
    """Make the tokenizer of a checkpoint.

    Where transformers cannot make it, though there is a tokenizer.json, that file is used as it
    stands, and a remark says so.

    Raises:
        ModelError: there is none, it is broken, it needs code of its own, or it gives no offsets.
    """
    folder = location.folder
    source = folder / TOKENIZER if (folder / TOKENIZER).is_file() else folder
    with tokenizer_errors(source, "is no tokenizer"):
        opened = _read_as_it_stands(folder) if location.embedded else _of_transformers(folder)
        opened.backend.no_truncation()
        opened.backend.no_padding()
    return replace(opened, backend=guarded(opened.backend, source))


def _of_transformers(folder: Path) -> CheckpointTokenizer:
    for file in (folder / name for name in DECLARATIONS):
        if file.is_file():
            read_json(file)  # a broken one is refused by its name
    with quiet():
        from transformers import AutoTokenizer

        try:
            made: Any = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        except Exception as e:  # transformers raises anything for a broken folder
            return _without_transformers(folder, e)
    backend = getattr(made, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise ModelError(
            f"{folder}: its tokenizer, {type(made).__name__}, gives no offsets", _NO_OFFSETS
        )
    tokenizer_files(folder)  # transformers makes an empty tokenizer where there are none
    _check_pieces(folder, backend)
    backend.encode_special_tokens = made.split_special_tokens
    gives_segments = "token_type_ids" in made.model_input_names
    return CheckpointTokenizer(
        backend,
        made.mask_token or _usual_mask(backend),
        Segments.of(backend) if gives_segments else None,
        special_ids=frozenset(made.all_special_ids),
    )


def _without_transformers(folder: Path, error: Exception) -> CheckpointTokenizer:
    """What is left where transformers makes no tokenizer: tokenizer.json as it stands.

    But a tokenizer that would give no offsets, and that lacks a package such as a morphological
    analyzer, has other pieces than tokenizer.json.
    """
    name = _class_name(folder)
    if (folder / TOKENIZER).is_file() and _may_give_offsets(name):
        remark = f"transformers cannot make its tokenizer ({reason(error)}): {TOKENIZER} is used"
        return _read_as_it_stands(folder, f"{remark} as it stands")
    tokenizer_files(folder)
    if find_spec("sentencepiece") is None and any(folder.glob("*.model")):
        raise ModelError(
            f"{folder}: its SentencePiece tokenizer must be converted",
            f"pip install sentencepiece protobuf, or save it with {TOKENIZER}",
        ) from error
    raise ModelError(
        f"{folder}: its tokenizer, {name}, cannot be made: {reason(error)}", _NO_OFFSETS
    ) from error


def _read_as_it_stands(folder: Path, *remarks: str) -> CheckpointTokenizer:
    backend = Tokenizer.from_file(str(folder / TOKENIZER))
    return CheckpointTokenizer(backend, _usual_mask(backend), remarks=remarks)


def _check_pieces(folder: Path, tokenizer: Tokenizer) -> None:
    """Raise ModelError for a vocabulary of SentencePiece that BERT's tokenizer would read.

    KoBERT's vocab.txt is one. Each of its words would be the unknown token, since BERT's tokenizer
    looks for pieces that go on with `##` and for none that begin with `▁`.
    """
    if not isinstance(tokenizer.model, WordPiece):
        return
    pieces = list(tokenizer.get_vocab())
    continuing = tokenizer.model.continuing_subword_prefix
    starts = sum(piece.startswith(_WORD_START) for piece in pieces)
    if starts > len(pieces) // 10 and not any(piece.startswith(continuing) for piece in pieces):
        raise ModelError(
            f"{folder}: its vocabulary has SentencePiece's pieces, but its tokenizer is BERT's,"
            " which knows none of them",
            f"save its own tokenizer as {TOKENIZER}, as a fast tokenizer",
        )


def _usual_mask(tokenizer: Tokenizer) -> str | None:
    return next((name for name in _MASKS if tokenizer.token_to_id(name) is not None), None)


def _class_name(folder: Path) -> str:
    """The class of the tokenizer: the declared one, otherwise the usual one of its architecture."""
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

    declared = [read_json(folder / name) for name in (LIMITS, CONFIG) if (folder / name).is_file()]
    names = [config.get("tokenizer_class") for config in declared]
    names += [TOKENIZER_MAPPING_NAMES.get(str(config.get("model_type"))) for config in declared]
    return next((str(name) for name in names if name), "of an unknown class")


def _may_give_offsets(name: str) -> bool:
    """Whether a class of transformers is a fast tokenizer, or is not known there."""
    from transformers import TokenizersBackend
    from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

    known = tokenizer_class_from_name(name)
    return not isinstance(known, type) or issubclass(known, TokenizersBackend)
