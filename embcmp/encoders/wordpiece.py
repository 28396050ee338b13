"""The tokenizer of a BERT checkpoint that comes with `vocab.txt` alone.

Its pieces are those of Devlin et al. 2019: text is cleaned, lower-cased and stripped of accents
where tokenizer_config.json does not say otherwise, split at white space and punctuation, and each
word is cut into the longest pieces of the vocabulary. Importing transformers for it would take
seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer
from tokenizers.models import WordPiece

from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import read_json

VOCABULARY = "vocab.txt"
_SPECIAL = ("unk_token", "sep_token", "cls_token", "pad_token", "mask_token")


def word_pieces(folder: Path) -> Tokenizer:
    """Read vocab.txt, and tokenizer_config.json where there is one.

    Raises:
        ModelError: the vocabulary lacks a special token, or a file cannot be read.
    """
    declared = folder / "tokenizer_config.json"
    config = read_json(declared) if declared.is_file() else {}
    special: dict[str, Any] = {name: _text(config[name]) for name in _SPECIAL if config.get(name)}
    try:
        tokenizer = BertWordPieceTokenizer(
            WordPiece.read_file(str(folder / VOCABULARY)),
            lowercase=config.get("do_lower_case", True),
            strip_accents=config.get("strip_accents"),
            handle_chinese_chars=config.get("tokenize_chinese_chars", True),
            **special,
        )
    except Exception as e:  # the library raises Exception itself, and TypeError for a token
        raise ModelError(
            f"{folder / VOCABULARY}: is no vocabulary of BERT ({e})", "fetch the model again"
        ) from e
    return Tokenizer.from_str(tokenizer.to_str())


def _text(token: Any) -> str:  # noqa: ANN401  JSON
    """A special token, written as a string or as an object with its settings."""
    return str(token["content"] if isinstance(token, dict) else token)
