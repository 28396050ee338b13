"""Tiny random checkpoints of a hundred architectures, and what embcmp makes of each.

The oracle is transformers: AutoTokenizer and AutoModel on one sentence at a time, by a model that
has read nothing before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.tokenization_auto import (
    TOKENIZER_MAPPING_NAMES,
    tokenizer_class_from_name,
)
from transformers.tokenization_utils_tokenizers import TokenizersBackend

from embcmp.encoders import load_encoder
from embcmp.encoders.bert import Bert
from embcmp.encoders.token_span import TokenSpan
from embcmp.errors import ModelError
from embcmp.types import Embeddings, Occurrence
from tests.encoders.tiny import byte_level, byte_level_untrimmed, unigram, word_piece

MARKS = ["<t>", "</t>"]
VOCABULARY = 400  # more than any tokenizer here has, so that the marks have a row each
TOLERANCE = 1e-5  # of the largest state where that is above 1
SPACES = {"▁", "Ġ"}  # pieces of the space before a word, which are no part of it

TEXTS = (  # short, long, awkward, marked
    "man",
    "go man",
    "He is a man of few words, man! The man's post.",
    "the man " + "it is a cold post today, the man went in " * 2 + "man",
    "it " * 90 + "man " + "it " * 40,
    "it " * 60 + "man",
    "  The\u00ad  man: cafe\u0301 \t 人 \u200dman\u200b ½ \U0001f600 ",
    "[SEP] man </s> <mask> man",
    "Go <t>man</t> the post!",
    "<t> man </t> is it",
)


@dataclass(frozen=True)
class Architecture:
    """A tokenizer of the usual kind, and settings that make the model tiny."""

    tokenizer: Callable[[], Tokenizer]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What embcmp makes of a checkpoint.

    Attributes:
        refused: why it is refused; None if it is read.
        reads: which tokens a state has seen.
        difference: the largest difference from transformers, over the tolerance; 0 if refused.
        compared: the number of targets that were compared.
    """

    refused: str | None
    reads: str = ""
    difference: float = 0
    compared: int = 0


def save(name: str, folder: Path) -> Path:
    """Make the checkpoint of an architecture, with marks beside its tokenizer's vocabulary."""
    chosen = EVERY[name]
    folder.mkdir(exist_ok=True)
    chosen.tokenizer().save(str(folder / "tokenizer.json"))
    declared = {"tokenizer_class": "PreTrainedTokenizerFast", "additional_special_tokens": MARKS}
    (folder / "tokenizer_config.json").write_text(json.dumps(declared))
    config = CONFIG_MAPPING[name](**{"vocab_size": VOCABULARY, **chosen.settings})
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = AutoModel.from_config(config)
        _enlarge(model)
        model.save_pretrained(folder)
    return folder


@torch.no_grad()
def _enlarge(model: torch.nn.Module) -> None:
    """Give a model weights so large that a wrong context shows in its states, and biases."""
    for name, weight in model.named_parameters():
        if weight.dim() > 1:
            weight.mul_(4)
        elif name.endswith("bias"):
            weight.add_(torch.randn_like(weight) / 10)


def uses(texts: Sequence[str]) -> list[Occurrence]:
    """Every "man" that is a word."""
    return [
        Occurrence(f"{k}.{m.start()}", m[0], text, m.start(), m.end())
        for k, text in enumerate(texts)
        for m in re.finditer(r"\bman\b", text)
    ]


def outcome(folder: Path, texts: Sequence[str] = TEXTS) -> Outcome:
    """Compare every layer of every use of "man" in some texts with transformers."""
    try:
        encoder = load_encoder(f"bert:{folder}@all")
        out = encoder.encode(uses(texts))
    except ModelError as e:
        return Outcome(e.message.removeprefix(f"{folder}: "))
    assert isinstance(encoder, Bert)
    assert set(out.missing.values()) <= {"the tokenizer made no piece for the word"}
    differences = list(_differences(folder, encoder, uses(texts), out))
    return Outcome(None, _reads(encoder), max(differences, default=0), len(differences))


def _differences(
    folder: Path, encoder: Bert, occurrences: Sequence[Occurrence], out: Embeddings
) -> list[float]:
    """How far each target is from transformers' own, in tolerances."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    differences = []
    for i, use in enumerate(occurrences):
        if use.id in out.missing:
            continue
        if out.receipts[i].truncated:
            [span] = encoder._spans([use])  # the window itself is the subject of other tests
            assert isinstance(span, TokenSpan)
            ids, places = torch.tensor([span.ids]), list(range(span.first, span.last))
            given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        else:
            given = tokenizer(use.sentence, return_offsets_mapping=True, return_tensors="pt")
            offsets = given.pop("offset_mapping")[0].tolist()
            tokens = tokenizer.convert_ids_to_tokens(given["input_ids"][0])
            places = [
                place
                for place, (start, end) in enumerate(offsets)
                if start < use.end and end > use.start and tokens[place] not in SPACES
            ]
        states = _states(folder, given)
        expected = states[:, places].mean(dim=1).numpy()  # [layers, dim]
        assert out.vectors[:, i].shape == expected.shape
        tolerance = TOLERANCE * max(1, states.abs().max().item())
        differences.append(float(np.abs(out.vectors[:, i] - expected).max()) / tolerance)
    return differences


def _states(folder: Path, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Every state [layers, t, d] of a model that has read nothing before."""
    model = AutoModel.from_pretrained(folder).eval()
    encoder = model.get_encoder() if model.config.is_encoder_decoder else model
    taken = signature(encoder.forward).parameters
    with torch.inference_mode():
        out = encoder(
            **{name: value for name, value in given.items() if name in taken},
            output_hidden_states=True,
        )
    return torch.stack([s[0, : given["input_ids"].shape[1]] for s in out.hidden_states])


def _reads(encoder: Bert) -> str:
    if any("encoder-decoder" in remark for remark in encoder.info.remarks):
        return "both sides (the encoder)"
    one_way = any("from left to right" in remark for remark in encoder.info.remarks)
    return "left to right" if one_way else "both sides"


def usual_tokenizer(name: str) -> tuple[str, bool]:
    """The tokenizer that transformers has for an architecture, and whether it gives offsets."""
    known = TOKENIZER_MAPPING_NAMES.get(name)
    if not known:
        return "", True
    found = tokenizer_class_from_name(known)
    return known, isinstance(found, type) and issubclass(found, TokenizersBackend)


_USUAL = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
}
_DECODER = {
    **_USUAL,
    "num_key_value_heads": 2,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
_TWO_STACKS = {
    "d_model": 16,
    "max_position_embeddings": 64,
    "encoder_layers": 3,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
}
_T5 = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 3, "num_heads": 2}
_GPT2 = {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64}
_XLM = {"emb_dim": 16, "n_layers": 3, "n_heads": 2, "max_position_embeddings": 64}
_RELATIVE = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
_MODERN = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "local_attention": 8}
_BLOCKS = {"block_size": 2, "num_random_blocks": 1}
_GROUPS = ("q", "k", "v", "post_attention", "intermediate", "output")
_LED = {name: value for name, value in _TWO_STACKS.items() if name != "max_position_embeddings"}
_LED |= {"max_encoder_position_embeddings": 64, "max_decoder_position_embeddings": 64}
_MAMBA = {"hidden_size": 16, "num_hidden_layers": 3, "state_size": 4}
_TEXT = _DECODER | {"head_dim": 8, "vocab_size": VOCABULARY}
_VISION = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 16,
    "patch_size": 8,
}
_REFORMER = {
    "hidden_size": 16,
    "attention_head_size": 8,
    "num_attention_heads": 2,
    "feed_forward_size": 32,
    "axial_pos_shape": [8, 8],
    "axial_pos_embds_dim": [8, 8],
    "attn_layers": ["local", "lsh", "local"],
    "lsh_attn_chunk_length": 8,
    "local_attn_chunk_length": 8,
    "num_buckets": 4,
    "max_position_embeddings": 64,
}


def _each(
    names: str, tokenizer: Callable[[], Tokenizer], settings: Mapping[str, Any]
) -> dict[str, Architecture]:
    return {name: Architecture(tokenizer, settings) for name in names.split()}


EVERY: Mapping[str, Architecture] = {
    **_each("bert ernie layoutlm megatron-bert mpnet nomic_bert splinter", word_piece, _USUAL),
    **_each("dpr roc_bert tapas bros esm", word_piece, _USUAL | {"pad_token_id": 0}),
    **_each("data2vec-text ibert luke markuplm", byte_level, _USUAL | {"entity_emb_size": 8}),
    **_each("roberta roberta-prelayernorm ultrabert", byte_level, _USUAL),
    **_each("camembert xlm-roberta xlm-roberta-xl fnet yoso", unigram, _USUAL),
    **_each("bert-generation jina_embeddings_v3", unigram, _USUAL),
    **_each("mra", byte_level, _USUAL),
    **_each("albert", unigram, _USUAL | {"embedding_size": 8}),
    **_each("electra", word_piece, _USUAL | {"embedding_size": 8}),
    **_each("rembert", unigram, _USUAL | {"input_embedding_size": 8, "output_embedding_size": 8}),
    **_each("roformer", word_piece, _USUAL | {"embedding_size": 16}),
    **_each("convbert", word_piece, _USUAL | {"embedding_size": 8, "head_ratio": 2}),
    **_each(
        "squeezebert",
        word_piece,
        _USUAL | {"embedding_size": 16} | {f"{group}_groups": 1 for group in _GROUPS},
    ),
    **_each(
        "mobilebert",
        word_piece,
        _USUAL
        | {"intra_bottleneck_size": 16, "embedding_size": 16}
        | {"num_feedforward_networks": 1},
    ),
    **_each("lilt", byte_level, _USUAL | {"hidden_size": 24}),
    **_each(
        "layoutlmv3",
        byte_level,
        _USUAL | {"coordinate_size": 2, "shape_size": 4, "visual_embed": False},
    ),
    **_each("xmod", unigram, _USUAL | {"languages": ["en_XX"], "default_language": "en_XX"}),
    **_each("nystromformer", unigram, _USUAL | {"num_landmarks": 64, "segment_means_seq_len": 64}),
    **_each(
        "distilbert",
        word_piece,
        {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 64},
    ),
    **_each("deberta", byte_level, _USUAL | _RELATIVE),
    **_each(
        "deberta-v2",
        unigram,
        _USUAL | _RELATIVE | {"position_buckets": 8, "share_att_key": True, "conv_kernel_size": 3},
    ),
    **_each("modernbert modernbert-decoder", byte_level, _USUAL | _MODERN),
    **_each("eurobert", byte_level, _DECODER),
    **_each("big_bird", unigram, _USUAL | _BLOCKS),
    **_each(
        "longformer", byte_level, _USUAL | {"attention_window": 8, "max_position_embeddings": 66}
    ),
    **_each("xlnet", unigram, {"d_model": 16, "n_layer": 3, "n_head": 2, "d_inner": 32}),
    **_each("xlm flaubert", unigram, _XLM),
    **_each(
        "funnel",
        word_piece,
        {"architectures": ["FunnelModel"], "d_model": 16, "n_head": 2, "d_head": 8, "d_inner": 32}
        | {"block_sizes": [1, 1], "block_repeats": [1, 1], "num_decoder_layers": 1},
    ),
    **_each("reformer", unigram, _REFORMER),
    **_each("canine", word_piece, _USUAL),
    **_each("ctrl", byte_level_untrimmed, _GPT2 | {"dff": 32}),
    **_each("gpt2 gpt_bigcode", byte_level_untrimmed, _GPT2),
    **_each("openai-gpt", word_piece, _GPT2),
    **_each("gptj", byte_level_untrimmed, _GPT2 | {"rotary_dim": 4}),
    **_each("codegen", byte_level_untrimmed, _GPT2 | {"rotary_dim": 4, "n_embd": 32, "n_head": 4}),
    **_each(
        "gpt_neo",
        byte_level_untrimmed,
        {"hidden_size": 16, "num_layers": 3, "num_heads": 2, "max_position_embeddings": 64}
        | {"attention_types": [[["global", "local"], 1], [["global"], 1]], "window_size": 8},
    ),
    **_each("falcon gpt_neox phi", byte_level_untrimmed, _USUAL),
    **_each("biogpt", word_piece, _USUAL),
    **_each(
        "opt",
        byte_level,
        {name: value for name, value in _USUAL.items() if name != "intermediate_size"}
        | {"ffn_dim": 32, "word_embed_proj_dim": 16},
    ),
    **_each("bloom", byte_level_untrimmed, {"hidden_size": 16, "n_layer": 3, "n_head": 2}),
    **_each(
        "mpt", byte_level_untrimmed, {"d_model": 16, "n_layers": 3, "n_heads": 2, "max_seq_len": 64}
    ),
    **_each(
        "xglm",
        unigram,
        {"d_model": 16, "num_layers": 3, "attention_heads": 2, "ffn_dim": 32}
        | {"max_position_embeddings": 64},
    ),
    **_each(
        "cohere cohere2 exaone4 glm4 gpt_oss granite lfm2 llama ministral3 mistral nemotron olmo"
        " olmo2 olmo3 phi3 qwen2 smollm3 stablelm starcoder2",
        byte_level_untrimmed,
        _DECODER,
    ),
    **_each("deepseek_v3 granitemoe mixtral olmoe qwen3_moe", byte_level_untrimmed, _DECODER),
    **_each("gemma gemma2 gemma3_text qwen3", byte_level_untrimmed, _DECODER | {"head_dim": 8}),
    **_each("embedding_gemma2_text", byte_level_untrimmed, _DECODER | {"head_dim": 8}),
    **_each("falcon_mamba mamba", byte_level_untrimmed, _MAMBA),
    **_each("recurrent_gemma", byte_level_untrimmed, _DECODER),
    **_each(
        "mamba2", byte_level_untrimmed, _MAMBA | {"num_heads": 4, "head_dim": 8, "n_groups": 1}
    ),
    **_each(
        "rwkv",
        byte_level_untrimmed,
        {"hidden_size": 16, "num_hidden_layers": 3, "attention_hidden_size": 16}
        | {"intermediate_size": 32, "context_length": 64},
    ),
    # Models of several parts, each with a configuration of its own.
    **_each(
        "t5gemma",
        byte_level_untrimmed,
        {"encoder": _TEXT, "decoder": _TEXT | {"num_hidden_layers": 2}},
    ),
    **_each(
        "gemma3",
        byte_level_untrimmed,
        {"text_config": _TEXT, "vision_config": _VISION, "mm_tokens_per_image": 4},
    ),
    **_each(
        "llava",
        byte_level_untrimmed,
        {
            "text_config": _TEXT | {"model_type": "llama"},
            "vision_config": _VISION | {"model_type": "clip_vision_model"},
        },
    ),
    **_each(
        "clip",
        byte_level_untrimmed,
        {"text_config": _TEXT, "vision_config": _VISION},
    ),
    **_each("t5 mt5 umt5", unigram, _T5),
    **_each("longt5", unigram, _T5 | {"local_radius": 4, "encoder_attention_type": "local"}),
    **_each(
        "switch_transformers", unigram, _T5 | {"num_experts": 2, "num_sparse_encoder_layers": 1}
    ),
    **_each("bart blenderbot blenderbot-small mvp", byte_level, _TWO_STACKS),
    **_each("m2m_100 mbart pegasus plbart", unigram, _TWO_STACKS),
    **_each("marian", unigram, _TWO_STACKS | {"pad_token_id": 1, "decoder_start_token_id": 1}),
    **_each("led", byte_level, _LED | {"attention_window": 8}),
    **_each("bigbird_pegasus", unigram, _TWO_STACKS | _BLOCKS),
    **_each("pegasus_x", unigram, _TWO_STACKS | {"num_global_tokens": 4, "block_size": 4}),
    **_each(
        "fsmt",
        unigram,
        _TWO_STACKS | {"src_vocab_size": 400, "tgt_vocab_size": 400, "langs": ["en", "de"]},
    ),
    **_each(
        "nllb-moe",
        unigram,
        _TWO_STACKS | {"num_experts": 2, "encoder_sparse_step": 0, "decoder_sparse_step": 0},
    ),
    **_each(
        "prophetnet",
        word_piece,
        {"hidden_size": 16, "encoder_ffn_dim": 32, "num_encoder_layers": 3}
        | {"num_encoder_attention_heads": 2, "decoder_ffn_dim": 32, "num_decoder_layers": 2}
        | {"num_decoder_attention_heads": 2, "max_position_embeddings": 64},
    ),
}
