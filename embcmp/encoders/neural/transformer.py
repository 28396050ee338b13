"""Every architecture that `bert_network.py` does not know, through transformers.

If the architecture is no encoder, a remark says what its states are: those of a decoder have not
seen what follows their token, and of an encoder-decoder the encoder's states are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from embcmp.encoders.neural.batches import ONE_WAY, Batch, Model
from embcmp.encoders.neural.forward_state import Drawn, restored
from embcmp.encoders.neural.tokenizer import Segments
from embcmp.encoders.neural.transformer_weights import encoder_of, load_weights
from embcmp.errors import ModelError
from embcmp.models.model_config import LAYERS, VOCABULARY, WIDTH, declared_number
from embcmp.models.quiet_transformers import reason, transformers_errors

_ROUNDING = 1e-6  # of the largest state: a smaller difference of two states shows nothing


class Transformer(Model):
    """A model that transformers loaded, which gives its hidden states.

    Args:
        model: the model, of any architecture.
        folder: the folder of the checkpoint, for messages.
        name: the name of its architecture.
        vocabulary: the number of its token ids.
        layers: the number of its layers above the embedding layer.
        segments: the segments of the tokens; None if the model is not given any.
    """

    def __init__(
        self,
        model: nn.Module,
        folder: Path,
        name: str,
        vocabulary: int,
        layers: int,
        segments: Segments | None = None,
    ) -> None:
        super().__init__()
        self.model = encoder_of(model)
        self.vocabulary = vocabulary
        self._folder = folder
        self._layers = layers
        self._segments = segments
        self._longest_without_chance = 0  # tokens, of sequences whose states are known to be equal
        self.causal = self._reads_one_way()
        if self.model is not model:
            self.remarks += (f"{name} is an encoder-decoder: the states are its encoder's",)
        if self.causal:
            self.remarks += (f"{name} {ONE_WAY}",)

    def states(self, sequences: Tensor) -> list[Tensor]:
        """The states of every layer, the lowest first: [b, t, d] each.

        Some models pad a sequence to a multiple of their blocks; those states are cut off.

        Args:
            sequences: token ids [b, t].

        Raises:
            ModelError: the model cannot be run, has no state for each token, or states that depend
                on chance.
        """
        states, drawn = self._run(sequences)
        length = sequences.shape[1]
        if drawn and length > self._longest_without_chance:
            runs = [self._run(sequences[:1], seed)[0] for seed in (1, 2)]
            if not all(map(_equal, *runs)):
                raise ModelError(
                    f"{self._folder}: its states depend on random numbers and differ in each run",
                    "embcmp takes models that give the same states each time",
                )
            self._longest_without_chance = length
        return states

    def _run(self, sequences: Tensor, seed: int = 0) -> tuple[list[Tensor], Drawn]:
        """The states of every layer, and whether random numbers were drawn for them."""
        length = sequences.shape[1]
        given = model_inputs(self.model, sequences, self._segments)
        try:
            with restored(self.model, seed) as drawn:
                states = list(self.model(**given, output_hidden_states=True).hidden_states)
        except Exception as e:  # of any kind: sequences that it cannot take, or no states
            raise ModelError(
                f"{self._folder}: transformers cannot run it on {length} tokens: {reason(e)}",
                "embcmp takes models that need token ids alone and give the states of each layer",
            ) from e
        lengths = [s.shape[1] if isinstance(s, Tensor) and s.dim() == 3 else 0 for s in states]
        if min(lengths) < length:
            raise ModelError(
                f"{self._folder}: transformers does not give a state for each token in each layer",
                "embcmp takes models that do",
            )
        return [s[:, :length] for s in states], drawn

    def prepare(self, top: int) -> None:
        """Drop the layers that are not needed; the one above `top` stays.

        The last of transformers' hidden states is a normalized one. With one more layer than is
        needed, the states up to `top` are not the last. Where the states change nevertheless, as
        in ALBERT, whose list is of groups of layers, all layers stay.
        """
        lists = (m for m in self.model.modules() if isinstance(m, nn.ModuleList))
        stack = next((m for m in lists if len(m) == self._layers > top + 1), None)
        if stack is None:
            return
        probe = self._probe()
        before, dropped = self.states(probe)[: top + 1], list(stack)[top + 1 :]
        del stack[top + 1 :]
        try:
            after = self.states(probe)[: top + 1]
            same = all(map(_equal, before, after)) and len(before) == len(after)
        except ModelError:
            same = False
        if not same:
            stack.extend(dropped)

    def forward(self, batch: Batch, layers: Collection[int]) -> list[Tensor]:
        """Run the model a group at a time, so without padding; see `Model`."""
        states_of_layers: list[list[Tensor]] = [[] for _ in layers]
        start = first = 0
        for g in batch.groups:
            sequences = batch.ids[start : start + g.count * g.length].view(g.count, g.length)
            rows = batch.rows[first : first + g.count * g.wanted] - start
            every = self.states(sequences)
            for states, k in zip(states_of_layers, sorted(layers), strict=True):
                states.append(every[k].flatten(0, 1)[rows])  # [count * wanted, d]
            start += g.count * g.length
            first += g.count * g.wanted
        return [torch.cat(states) for states in states_of_layers]  # layers x [m, d]

    def check(self, dim: int) -> None:
        """Raise ModelError if the states are not one a layer, `dim` wide and always the same."""
        probe = self._probe()
        once, again = self.states(probe), self.states(probe)
        widths = [s.shape[-1] for s in once]
        if widths != [dim] * (self._layers + 1):
            raise ModelError(
                f"{self._folder}: transformers gives states of the widths {widths}, but its"
                f" configuration says {self._layers} layers of the width {dim} above the embedding"
                " layer",
                "embcmp takes models with one state for each layer, all of the same width",
            )
        if not all(map(_equal, once, again)):
            raise ModelError(
                f"{self._folder}: a forward pass changes the weights, so that the next one gives"
                " other states",
                "embcmp takes models that give the same states each time",
            )

    def _probe(self, change: int = 0) -> Tensor:
        """A sequence of three tokens; `change` is added to the last one, or taken from the first.

        Args:
            change: positive to have another last token, negative to have another first one.
        """
        token = self.vocabulary // 2
        device = next(self.model.parameters()).device
        first, last = token + min(change, 0), token + 2 + max(change, 0)
        return torch.tensor([[first, token + 1, last]], device=device)

    def _reads_one_way(self) -> bool:
        """Whether a state does not depend on the tokens after its own, as in a decoder.

        This is found by running the model on sequences that differ in a token at one end. Numbers
        are compared, not bits, because a mixture of experts adds up in another order.

        Raises:
            ModelError: a state depends on no other token at all.
        """
        usual, other_end, other_start = (
            self.states(self._probe(change))[-1][0] for change in (0, 1, -1)
        )  # [t, d] each
        of_later = (usual[:2] - other_end[:2]).abs().max()
        of_earlier = (usual[1:] - other_start[1:]).abs().max()
        if max(of_later, of_earlier) <= _ROUNDING * usual.abs().max():
            raise ModelError(
                f"{self._folder}: its states do not depend on the words around their own",
                "transformers has a part of some models for graphics cards only; name another one",
            )
        return bool(of_later < of_earlier / 1000)


def load_transformer(
    folder: Path,
    config: Mapping[str, Any],
    seed: int | None = None,
    segments: Segments | None = None,
) -> Transformer:
    """Load a checkpoint in float32, from safetensors only, without running any of its code.

    Args:
        folder: the folder of the checkpoint.
        config: its settings, from `read_config`.
        seed: the seed of random weights; None to read the trained ones.
        segments: the segments of the tokens; None if its tokenizer gives none.

    Raises:
        ModelError: the checkpoint lacks weights, is broken, or has other states than its
            configuration says.
    """
    vocabulary, layers, dim = (
        declared_number(folder, config, name) for name in (VOCABULARY, LAYERS, WIDTH)
    )
    name = str(config.get("model_type"))
    with transformers_errors(f"{folder}: transformers cannot load it"):
        model = load_weights(folder, config, seed).eval()
        loaded = Transformer(model, folder, name, vocabulary, layers, segments).eval()
        loaded.check(dim)
    return loaded


def model_inputs(
    model: nn.Module, sequences: Tensor, segments: Segments | None
) -> dict[str, Tensor]:
    """What a model is given for token ids [b, t]: they, and what its tokenizer gives with them."""
    given = {"input_ids": sequences, "attention_mask": torch.ones_like(sequences)}
    taken = signature(model.forward).parameters
    if segments is not None and "token_type_ids" in taken:
        numbers = torch.tensor(segments.numbers(sequences.shape[1]), device=sequences.device)
        given["token_type_ids"] = numbers.expand_as(sequences)
    return {name: value for name, value in given.items() if name in taken or "kwargs" in taken}


def _equal(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are equal, NaN being equal to NaN."""
    return torch.equal(one.nan_to_num(), other.nan_to_num())
