"""Every encoder that `bert.py` does not know, through transformers.

What a state means in an architecture that is no encoder is a remark: a decoder's has not seen
what follows it, and of an encoder-decoder the encoder's states are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from embcmp.encoders.neural.batches import Batch, Model
from embcmp.encoders.neural.devices import seeded
from embcmp.errors import ModelError
from embcmp.models.card import DTYPES, declared_tensors
from embcmp.models.checkpoint_files import LAYERS, WIDTH, declared_number, weight_files

_REASON = 300  # characters of what transformers says


class Transformer(Model):
    """A model of transformers' AutoModel, giving its hidden states."""

    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.model = encoder_of(model)
        self.vocabulary = self._config.vocab_size
        self.causal = reads_one_way(self.model)
        if self.model is not model:
            self.remarks += (f"{name} is an encoder-decoder: the states are its encoder's",)
        if self.causal:
            self.remarks += (
                f"{name} reads from left to right:"
                " a vector has seen its word and what stands before it, nothing after it",
            )

    def prepare(self, top: int) -> None:
        """Drop the layers that are not needed; the one above `top` stays.

        The last of transformers' hidden states is a normalized one. With one more layer than is
        needed, the states up to `top` are not the last.
        """
        if hasattr(self._config, "num_hidden_groups"):  # ALBERT's list is not of layers
            return
        count = self._config.num_hidden_layers
        for module in self.model.modules():
            if isinstance(module, nn.ModuleList) and len(module) == count > top + 1:
                del module[top + 1 :]
                return

    def forward(self, batch: Batch, layers: Collection[int]) -> list[Tensor]:
        """Run the model a group at a time, so without padding; see `Model`."""
        states_of_layers: list[list[Tensor]] = [[] for _ in layers]
        start = first = 0
        for g in batch.groups:
            sequences = batch.ids[start : start + g.count * g.length].view(g.count, g.length)
            rows = batch.rows[first : first + g.count * g.wanted] - start
            out = self.model(
                input_ids=sequences,
                attention_mask=torch.ones_like(sequences),
                output_hidden_states=True,
            )
            for states, k in zip(states_of_layers, sorted(layers), strict=True):
                states.append(out.hidden_states[k].flatten(0, 1)[rows])  # [count * wanted, d]
            start += g.count * g.length
            first += g.count * g.wanted
        return [torch.cat(states) for states in states_of_layers]  # layers x [m, d]

    @property
    def _config(self) -> Any:  # noqa: ANN401  every architecture has a class of its own
        return self.model.config


def encoder_of(model: nn.Module) -> nn.Module:
    """The encoder of an encoder-decoder; any other model itself."""
    whole: Any = model
    if not whole.config.is_encoder_decoder:
        return model
    encoder: nn.Module = whole.get_encoder()
    return encoder


def reads_one_way(model: nn.Module) -> bool:
    """Whether what follows a place leaves its state as it is: asked of the model, not of its name.

    Two sequences that differ in their last token alone go through it, one at a time.
    """
    network: Any = model
    some = network.config.vocab_size // 2
    with torch.inference_mode():
        one, other = (
            network(input_ids=torch.tensor([[some, some + 1, last]])).last_hidden_state[0, :2]
            for last in (some - 1, some - 2)
        )
    return torch.equal(one, other)


def load_transformer(
    folder: Path, config: Mapping[str, Any], seed: int | None = None
) -> Transformer:
    """Load a checkpoint in float32, from safetensors only, running none of its code.

    Args:
        folder: of the checkpoint.
        config: its config.json.
        seed: draw untrained weights from it instead.

    Raises:
        ModelError: a checkpoint that wants its own code, lacks weights, is broken, or has other
            states than its config.json says.
    """
    if "auto_map" in config and "model_type" not in config:
        raise ModelError(
            f"{folder}: the model wants to run code of its own",
            "embcmp runs none from a checkpoint",
        )
    from transformers.utils import logging

    quiet: Any = logging  # its functions carry no types
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    try:
        model = _trained(folder) if seed is None else _untrained(folder, seed)
        loaded = Transformer(model.eval(), str(config.get("model_type"))).eval()
        _check_states(folder, config, loaded.model)
        return loaded
    except ModelError:
        raise
    except Exception as e:  # whatever transformers says of a broken folder
        raise ModelError(f"{folder}: transformers cannot load it: {reason(e)}") from e


def _check_states(folder: Path, config: Mapping[str, Any], model: nn.Module) -> None:
    """Raise ModelError where layers cannot be told by their number, or differ in width."""
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([[0, 1, 2]]), output_hidden_states=True).hidden_states
    found = [s.shape[-1] for s in states]
    layers, dim = (declared_number(folder, config, names) for names in (LAYERS, WIDTH))
    if found != [dim] * (layers + 1):
        raise ModelError(
            f"{folder}: transformers gives states of the widths {found}, but config.json says"
            f" {layers} layers of the width {dim} over the embedding layer",
            "embcmp takes models whose layers have one width and one state each",
        )


def _trained(folder: Path) -> nn.Module:
    from transformers import AutoModel

    _check_dtypes(folder)
    model, loading = from_pretrained(AutoModel, folder)
    lacking = _lacking(model, loading["missing_keys"])
    unused = _unused(model, loading["unexpected_keys"])
    check_shapes(folder, loading)
    if lacking or unused:
        wrong = "the checkpoint lacks" if lacking else "transformers does not use"
        names = lacking or unused
        raise ModelError(
            f"{folder}: {wrong} {len(names)} of the encoder's tensors, {names[0]} the first",
            "is config.json that of these weights, and does this version of transformers know it?",
        )
    return model


def from_pretrained(auto: Any, folder: Path) -> tuple[nn.Module, Mapping[str, Any]]:  # noqa: ANN401  what it returns depends on its arguments
    """Load what one of transformers' Auto classes makes of a folder, and its loading info."""
    model, loading = auto.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
        ignore_mismatched_sizes=True,  # or they are an error that does not name them
        output_loading_info=True,
    )
    return model, loading


def check_shapes(folder: Path, loading: Mapping[str, Any]) -> None:
    """Raise ModelError where transformers' loading info names a tensor of another shape."""
    for name, stored, declared in sorted(loading["mismatched_keys"]):
        raise ModelError(
            f"{folder}: {name} has the shape {list(stored)}, but config.json says {list(declared)}",
            "is config.json that of these weights?",
        )


def _check_dtypes(folder: Path) -> None:
    """Raise ModelError where weights are quantized: transformers would take them for numbers."""
    for file in weight_files(folder):
        for name, tensor in declared_tensors(file).items():
            if name.endswith("weight") and tensor.dtype not in DTYPES:
                raise ModelError(
                    f"{file}: {name} is quantized, stored as {tensor.dtype}",
                    "name the model's unquantized weights",
                )


def _lacking(model: nn.Module, missing: Collection[str]) -> list[str]:
    """The tensors that transformers drew at random though a state depends on them."""
    wanted = {id(p) for name, p in encoder_of(model).named_parameters() if "pooler" not in name}
    named = dict(model.named_parameters(remove_duplicate=False))
    return sorted(name for name in missing if id(named.get(name)) in wanted)


def _unused(model: nn.Module, unexpected: Collection[str]) -> list[str]:
    """The tensors of layers that transformers passed over: it computes something else then.

    So it does with the relative positions that some BERTs have (`position_embedding_type`).
    """
    stacks = [name for name, m in model.named_modules() if isinstance(m, nn.ModuleList)]
    return sorted(key for key in unexpected if any(f"{stack}." in key for stack in stacks))


def _untrained(folder: Path, seed: int) -> nn.Module:
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    auto: Any = AutoModel  # its from_config carries no types
    with seeded(seed):
        model: nn.Module = auto.from_config(config, trust_remote_code=False, dtype=torch.float32)
    return model


def fast_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a checkpoint that has no tokenizer.json, converted by transformers.

    Raises:
        ModelError: there is none, or it has no fast form, which alone gives offsets.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_fast=True
        ).backend_tokenizer
    except Exception as e:  # whatever transformers says of a broken folder
        if find_spec("sentencepiece") is None and any(folder.glob("*.model")):
            raise ModelError(
                f"{folder}: its SentencePiece tokenizer has to be converted",
                "pip install sentencepiece protobuf, or save it with tokenizer.json",
            ) from e
        raise ModelError(f"{folder}: has no tokenizer that gives offsets: {reason(e)}") from e
    if not isinstance(tokenizer, Tokenizer):
        raise ModelError(f"{folder}: its tokenizer gives no offsets", "save it with tokenizer.json")
    return tokenizer


def reason(error: Exception) -> str:
    """What an exception says, in one line; a KeyError's own text is the key alone."""
    said = " ".join(str(error).split())[:_REASON]
    return f"{type(error).__name__} {said}" if isinstance(error, KeyError) or not said else said
