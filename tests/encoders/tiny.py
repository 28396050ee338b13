"""A tiny random checkpoint of every architecture, each with a tokenizer of its own kind."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers.implementations import BertWordPieceTokenizer

from tests.conftest import MAN, declare_plain_tokenizer, word_pieces

CORPUS = [
    *MAN,
    "A man is a man; the manned post, unmanned.",
    "Café, naive, 'man' - go post it today!",
]


def word_piece() -> Tokenizer:
    """As BERT uncased has it: lower case, accents stripped."""
    pieces = {piece: i for i, piece in enumerate(word_pieces())}
    tokenizer = Tokenizer.from_str(BertWordPieceTokenizer(pieces, lowercase=True).to_str())
    return tokenizer


def byte_level() -> Tokenizer:
    """As RoBERTa has it: pieces of bytes, a word's leading space its own, offsets trimmed."""
    tokenizer = _bytes(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def byte_level_untrimmed() -> Tokenizer:
    """As GPT-2 has it: nothing is added, and offsets begin at the leading space."""
    tokenizer = _bytes(["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def _bytes(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    return tokenizer


def unigram() -> Tokenizer:
    """As XLM-R has it: SentencePiece, whose lone space piece claims the word's first letter."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=130,
        special_tokens=special,
        initial_alphabet=[*string.ascii_letters, *string.punctuation, "é"],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


@dataclass(frozen=True)
class Architecture:
    """A configuration of transformers', and the tokenizer that it usually comes with."""

    config: str
    tokenizer: Callable[[], Tokenizer]
    settings: Mapping[str, Any]


_USUAL = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
}
_RELATIVE = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
_MODERN = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "local_attention": 8}
ARCHITECTURES = {
    "bert-silu": Architecture("Bert", word_piece, _USUAL | {"hidden_act": "silu"}),
    "distilbert": Architecture(
        "DistilBert", word_piece, {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 32}
    ),
    "electra": Architecture("Electra", word_piece, _USUAL | {"embedding_size": 8}),
    "mpnet": Architecture("MPNet", word_piece, _USUAL),
    "roberta": Architecture("Roberta", byte_level, _USUAL),
    "deberta": Architecture("Deberta", byte_level, _USUAL | _RELATIVE),
    "modernbert": Architecture("ModernBert", byte_level, _USUAL | _MODERN),
    "xlm-roberta": Architecture("XLMRoberta", unigram, _USUAL),
    "camembert": Architecture("Camembert", unigram, _USUAL),
    "albert": Architecture("Albert", unigram, _USUAL | {"embedding_size": 8}),
    "deberta-v2": Architecture(
        "DebertaV2",
        unigram,
        _USUAL | _RELATIVE | {"position_buckets": 8, "share_att_key": True, "conv_kernel_size": 3},
    ),
    "gpt2": Architecture(
        "GPT2", byte_level_untrimmed, {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64}
    ),
    "opt": Architecture(
        "OPT",
        byte_level,
        {
            "hidden_size": 16,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "ffn_dim": 32,
            "max_position_embeddings": 64,
            "word_embed_proj_dim": 16,
        },
    ),
    "t5": Architecture(
        "T5", unigram, {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 3, "num_heads": 2}
    ),
    "bart": Architecture(
        "Bart",
        byte_level,
        {
            "d_model": 16,
            "max_position_embeddings": 64,
            "encoder_layers": 3,
            "decoder_layers": 2,
            "encoder_attention_heads": 2,
            "decoder_attention_heads": 2,
            "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32,
        },
    ),
}


def save(name: str, folder: Path, **changes: Any) -> Path:  # noqa: ANN401  as in JSON
    """Make the checkpoint of an architecture: random weights, its tokenizer trained on CORPUS.

    Its usual settings but for `changes`.
    """
    folder.mkdir(exist_ok=True)
    chosen = ARCHITECTURES[name]
    tokenizer = chosen.tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    declare_plain_tokenizer(folder)
    config = getattr(transformers, f"{chosen.config}Config")(
        vocab_size=tokenizer.get_vocab_size(), **{**chosen.settings, **changes}
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        transformers.AutoModel.from_config(config).save_pretrained(folder)
    return folder
