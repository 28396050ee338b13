"""Every architecture that `bert.py` does not know, through transformers.

If the architecture is no encoder, a remark says what its states are: those of a decoder have not
seen what follows their token, and of an encoder-decoder the encoder's states are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from embcmp.encoders.neural.batches import Batch, Model
from embcmp.encoders.neural.devices import seeded
from embcmp.errors import ModelError
from embcmp.models.card import DTYPES, declared_tensors
from embcmp.models.checkpoint_files import weight_files
from embcmp.models.model_config import LAYERS, VOCABULARY, WIDTH, declared_number
from embcmp.models.prediction_heads import saved_class
from embcmp.models.quiet_transformers import quiet, reason


class Transformer(Model):
    """A model that transformers' AutoModel loaded, which gives its hidden states."""

    def __init__(self, model: nn.Module, name: str, vocabulary: int) -> None:
        super().__init__()
        self.model = encoder_of(model)
        self.vocabulary = vocabulary
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
        if hasattr(self._config, "num_hidden_groups"):  # ALBERT's list is of groups of layers
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
    """Whether a state does not depend on the tokens after its own, as in a decoder.

    This is found by running the model on two sequences that differ in their last token alone.
    """
    network: Any = model
    token = network.config.vocab_size // 2
    with torch.inference_mode():
        one, other = (
            network(input_ids=torch.tensor([[token, token + 1, last]])).last_hidden_state[0, :2]
            for last in (token - 1, token - 2)
        )
    return torch.equal(one, other)


def load_transformer(
    folder: Path, config: Mapping[str, Any], seed: int | None = None
) -> Transformer:
    """Load a checkpoint in float32, from safetensors only, without running any of its code.

    Args:
        folder: the folder of the checkpoint.
        config: its settings, from `read_config`.
        seed: the seed of random weights; None to read the trained ones.

    Raises:
        ModelError: the checkpoint lacks weights, is broken, or has other states than its
            config.json says.
    """
    try:
        with quiet():
            auto = _auto_class(config)
            model = _trained(auto, folder) if seed is None else _untrained(auto, folder, seed)
            vocabulary = declared_number(folder, config, VOCABULARY)
            loaded = Transformer(model.eval(), str(config.get("model_type")), vocabulary).eval()
            _check_states(folder, config, loaded.model)
        return loaded
    except ModelError:
        raise
    except Exception as e:  # transformers raises anything for a broken folder
        raise ModelError(f"{folder}: transformers cannot load it: {reason(e)}") from e


def _check_states(folder: Path, config: Mapping[str, Any], model: nn.Module) -> None:
    """Raise ModelError if config.json has another number of layers, or if their widths differ."""
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([[0, 1, 2]]), output_hidden_states=True).hidden_states
    widths = [s.shape[-1] for s in states]
    layers, dim = (declared_number(folder, config, name) for name in (LAYERS, WIDTH))
    if widths != [dim] * (layers + 1):
        raise ModelError(
            f"{folder}: transformers gives states of the widths {widths}, but config.json says"
            f" {layers} layers of the width {dim} above the embedding layer",
            "embcmp takes models with one state for each layer, all of the same width",
        )


def _auto_class(config: Mapping[str, Any]) -> Any:  # noqa: ANN401  see `from_pretrained`
    """The class of transformers' that loads a model of this configuration.

    It is AutoModel, but for an encoder that was saved without the decoder that its architecture
    has, such as T5EncoderModel: AutoModel would draw that decoder at random.
    """
    from transformers import AutoModel, AutoModelForTextEncoding
    from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES

    without_decoder = MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES.get(str(config.get("model_type")), "")
    saved_alone = without_decoder.endswith("EncoderModel") and saved_class(config)
    return AutoModelForTextEncoding if saved_alone == without_decoder else AutoModel


def _trained(auto: Any, folder: Path) -> nn.Module:  # noqa: ANN401  see `from_pretrained`
    _check_dtypes(folder)
    model, loading = from_pretrained(auto, folder)
    lacking = _lacking(model, loading["missing_keys"])
    unused = _unused(model, loading["unexpected_keys"])
    check_shapes(folder, loading)
    if lacking or unused:
        wrong = "the checkpoint lacks" if lacking else "transformers does not use"
        names = lacking or unused
        raise ModelError(
            f"{folder}: {wrong} {len(names)} of the encoder's tensors; the first is {names[0]}",
            "does config.json belong to these weights, and does this transformers know the model?",
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
    """Raise ModelError if a tensor has another shape than config.json says.

    Args:
        folder: the folder of the checkpoint.
        loading: the loading info of transformers.
    """
    for name, stored, declared in sorted(loading["mismatched_keys"]):
        raise ModelError(
            f"{folder}: {name} has the shape {list(stored)},"
            f" but config.json makes it {list(declared)}",
            "does config.json belong to these weights?",
        )


def _check_dtypes(folder: Path) -> None:
    """Raise ModelError for quantized weights, which transformers would take as they are."""
    for file in weight_files(folder):
        for name, tensor in declared_tensors(file).items():
            if name.endswith("weight") and tensor.dtype not in DTYPES:
                raise ModelError(
                    f"{file}: {name} is quantized, stored as {tensor.dtype}",
                    "name the model's unquantized weights",
                )


def _lacking(model: nn.Module, missing: Collection[str]) -> list[str]:
    """The tensors that states depend on and transformers drew at random."""
    wanted = {id(p) for name, p in encoder_of(model).named_parameters() if "pooler" not in name}
    named = dict(model.named_parameters(remove_duplicate=False))
    return sorted(name for name in missing if id(named.get(name)) in wanted)


def _unused(model: nn.Module, unexpected: Collection[str]) -> list[str]:
    """The tensors of layers that transformers does not use, so that its states are wrong.

    This happens with the relative positions of some BERTs (`position_embedding_type`).
    """
    stacks = [name for name, m in model.named_modules() if isinstance(m, nn.ModuleList)]
    return sorted(key for key in unexpected if any(f"{stack}." in key for stack in stacks))


def _untrained(auto: Any, folder: Path, seed: int) -> nn.Module:  # noqa: ANN401  as above
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    with seeded(seed):
        model: nn.Module = auto.from_config(config, trust_remote_code=False, dtype=torch.float32)
    return model
