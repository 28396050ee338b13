"""BERT's encoder, forward only.

References: Devlin et al. 2019 (the model); Vaswani et al. 2017 (attention); the tensors'
names follow the checkpoints on the Hugging Face hub.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embcmp.encoders.neural.batches import Batch, Group
from embcmp.encoders.neural.runtime import Model, pack

_ROWS = 64

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": partial(F.gelu, approximate="tanh"),
    "gelu_pytorch_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
}


@dataclass(frozen=True, slots=True)
class BertConfig:
    """The part of a checkpoint's config.json that the forward pass depends on."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_act: str = "gelu"

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> BertConfig | None:
        """Read config.json; None where it asks for what this forward pass does not do.

        Raises:
            ValueError: a key is missing, or a value cannot be.
        """
        known = (
            config.get("model_type") == "bert"
            and str(config.get("hidden_act", "gelu")) in ACTIVATIONS
            and config.get("position_embedding_type", "absolute") == "absolute"
            and not config.get("is_decoder", False)
        )
        if not known:
            return None
        lacking = [f.name for f in fields(cls) if f.default is MISSING and f.name not in config]
        if lacking:
            raise ValueError(f"is incomplete: it says nothing of {', '.join(lacking)}")
        found = cls(**{f.name: config[f.name] for f in fields(cls) if f.name in config})
        found._check()
        return found

    def _check(self) -> None:
        """Raise ValueError where a number is none, or does not fit the others."""
        for f in fields(self):
            value = getattr(self, f.name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            number = whole if f.type == "int" else isinstance(value, int | float)
            if f.type != "str" and not (number and value > 0):
                raise ValueError(f"{f.name} cannot be {value!r}")
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"{self.num_attention_heads} heads do not divide the width {self.hidden_size}"
            )


class Linear(nn.Linear):
    """A linear map whose weights are read, or drawn by `BertModel.initialize`."""

    def reset_parameters(self) -> None:
        """Draw nothing: it would take longer than reading the checkpoint."""


class Embedding(nn.Embedding):
    """A table whose weights are read, or drawn by `BertModel.initialize`."""

    def reset_parameters(self) -> None:
        """Draw nothing."""


def filled(x: Tensor) -> Tensor:
    """X [n, d] with zeros below, up to a multiple of `_ROWS` rows.

    For each number of rows that it meets, oneDNN makes a program of its own, which takes a tenth
    to half of the product's time, and keeps it with a fraction of a MiB. Hardly two batches have
    the same number of tokens. And it adds up a product with one row in another order.
    """
    return F.pad(x, (0, 0, 0, -len(x) % _ROWS))


class Embeddings(nn.Module):
    """Word + position + segment, normalized."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.word_embeddings = Embedding(c.vocab_size, c.hidden_size)
        self.position_embeddings = Embedding(c.max_position_embeddings, c.hidden_size)
        self.token_type_embeddings = Embedding(c.type_vocab_size, c.hidden_size)
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, batch: Batch) -> Tensor:
        """The batch's tokens -> [n, d]; all of them are the first segment."""
        position = self.position_embeddings(batch.positions())  # [n, d]
        segment = self.token_type_embeddings.weight[0]  # [d]
        x: Tensor = self.LayerNorm(self.word_embeddings(batch.ids) + segment + position)
        return x


class SelfAttention(nn.Module):
    """softmax(q k' / sqrt(d_head)) v, head by head."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.heads = c.num_attention_heads
        self.query = Linear(c.hidden_size, c.hidden_size)
        self.key = Linear(c.hidden_size, c.hidden_size)
        self.value = Linear(c.hidden_size, c.hidden_size)

    def forward(self, asking: Tensor, x: Tensor, groups: Sequence[Group]) -> Tensor:
        """What `asking` [m, d] finds in x [n, d], each in its own sequence -> [m, d].

        Rows beyond those of the groups are filling.
        """
        q, k, v = self.query(asking), self.key(x), self.value(x)
        q_sizes = [g.count * g.asked for g in groups]
        sizes = [g.count * g.length for g in groups]
        m, n = sum(q_sizes), sum(sizes)
        parts = zip(
            groups, q[:m].split(q_sizes), k[:n].split(sizes), v[:n].split(sizes), strict=True
        )
        filling = q.new_zeros(len(q) - m, q.shape[1])
        return torch.cat([*(self._attend(*part) for part in parts), filling])

    def _attend(self, g: Group, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The sequences of a group: q [b * s, d], k and v [b * t, d] -> [b * s, d]."""
        q, k, v = (
            x.view(g.count, -1, self.heads, x.shape[1] // self.heads).transpose(1, 2)
            for x in (q, k, v)
        )  # [b, h, s or t, d_head]
        y = F.scaled_dot_product_attention(q, k, v)  # [b, h, s, d_head]
        return y.transpose(1, 2).reshape(g.count * g.asked, -1)


class Projection(nn.Module):
    """A linear map back to the residual stream, normalized after it is added."""

    def __init__(self, width: int, c: BertConfig) -> None:
        super().__init__()
        self.dense = Linear(width, c.hidden_size)
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, y: Tensor, residual: Tensor) -> Tensor:
        """Y [m, width], residual [m, d] -> [m, d]."""
        x: Tensor = self.LayerNorm(self.dense(y) + residual)
        return x


class Attention(nn.Module):
    """Self-attention and its way back."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.self = SelfAttention(c)
        self.output = Projection(c.hidden_size, c)

    def forward(self, asking: Tensor, x: Tensor, groups: Sequence[Group]) -> Tensor:
        """Asking [m, d], x [n, d] -> [m, d]."""
        y: Tensor = self.output(self.self(asking, x, groups), asking)
        return y


class Layer(nn.Module):
    """Attention, then a two-layer perceptron, each with its residual."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.attention = Attention(c)
        self.intermediate = Linear(c.hidden_size, c.intermediate_size)
        self.output = Projection(c.intermediate_size, c)
        self.act = ACTIVATIONS[c.hidden_act]

    def forward(self, asking: Tensor, x: Tensor, groups: Sequence[Group]) -> Tensor:
        """The new states of `asking` [m, d], rows of x [n, d] -> [m, d]."""
        asking = self.attention(asking, x, groups)
        y: Tensor = self.output(self.act(self.intermediate(asking)), asking)
        return y


class BertModel(Model):
    """The encoder without its heads."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.vocabulary = c.vocab_size
        self.embeddings = Embeddings(c)
        self.layer = nn.ModuleList(Layer(c) for _ in range(c.num_hidden_layers))

    def forward(self, batch: Batch, layers: Collection[int]) -> list[Tensor]:
        """Run the layers up to the highest one asked for, and that one at the batch's rows only.

        Args:
            batch: the sequences, and the places in them that are asked for.
            layers: which layers' states; 0 is the embedding layer's output.

        Returns:
            [m, d] for each of `layers`, the lowest first: its states at the batch's rows.
        """
        top = max(layers)
        everywhere = [replace(g, asked=g.length) for g in batch.groups]
        x = filled(self.embeddings(batch))  # [n, d] and filling
        found = [x[batch.rows]] if 0 in layers else []
        for k, layer in zip(range(1, top + 1), self.layer, strict=False):
            if k == top:
                asking = filled(x[batch.rows])
                found.append(layer(asking, x, batch.groups)[: len(batch.rows)])
            else:
                x = layer(x, x, everywhere)
                if k in layers:
                    found.append(x[batch.rows])
        return found

    def keep(self, top: int) -> None:
        """Pack the weights of the layers that will be run."""
        for layer in self.layer[:top]:
            pack(layer)

    def initialize(self, deviation: float = 0.02) -> BertModel:
        """Draw the weights as before training: normal, biases 0, norms 1 (Devlin et al. 2019)."""
        for name, p in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(p)
            elif "LayerNorm" in name:
                nn.init.ones_(p)
            else:
                nn.init.normal_(p, std=deviation)
        return self
