"""BERT's encoder: the forward pass.

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

from embcmp.encoders.neural.batches import Batch, Group, Model
from embcmp.encoders.neural.devices import pack

_ROW_MULTIPLE = 64

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
        """Read config.json; None where it asks for something that this forward pass lacks.

        Raises:
            ValueError: a key is missing, or a value is impossible.
        """
        supported = (
            config.get("model_type") == "bert"
            and str(config.get("hidden_act", "gelu")) in ACTIVATIONS
            and config.get("position_embedding_type", "absolute") == "absolute"
            and not config.get("is_decoder", False)
        )
        if not supported:
            return None
        lacking = [f.name for f in fields(cls) if f.default is MISSING and f.name not in config]
        if lacking:
            raise ValueError(f"is incomplete: it lacks {', '.join(lacking)}")
        read = cls(**{f.name: config[f.name] for f in fields(cls) if f.name in config})
        read._check()
        return read

    def _check(self) -> None:
        """Raise ValueError for a value that is no positive number, or does not fit the others."""
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
    """A linear layer whose weights are read, or drawn by `BertModel.initialize`."""

    def reset_parameters(self) -> None:
        """Draw no weights: that would take longer than reading the checkpoint."""


class Embedding(nn.Embedding):
    """A table of vectors that are read, or drawn by `BertModel.initialize`."""

    def reset_parameters(self) -> None:
        """Draw no vectors."""


def pad_rows(x: Tensor) -> Tensor:
    """Append rows of zeros to x [n, d], up to a multiple of `_ROW_MULTIPLE` rows.

    oneDNN compiles a program for each number of rows that it meets, which takes a tenth to half
    of the product's time, and keeps it in a fraction of a MiB. Hardly two batches have the same
    number of tokens. Besides, it adds up a product with a single row in another order.
    """
    return F.pad(x, (0, 0, 0, -len(x) % _ROW_MULTIPLE))


class Embeddings(nn.Module):
    """The sum of word, position and segment embeddings, normalized."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.word_embeddings = Embedding(c.vocab_size, c.hidden_size)
        self.position_embeddings = Embedding(c.max_position_embeddings, c.hidden_size)
        self.token_type_embeddings = Embedding(c.type_vocab_size, c.hidden_size)
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, batch: Batch) -> Tensor:
        """Embed the tokens of a batch, all of them as the first segment: [n, d]."""
        word = self.word_embeddings(batch.ids)  # [n, d]
        position = self.position_embeddings(batch.positions())  # [n, d]
        segment = self.token_type_embeddings.weight[0]  # [d]
        x: Tensor = self.LayerNorm(word + segment + position)  # [n, d]
        return x


class SelfAttention(nn.Module):
    """Scaled dot-product attention, softmax(q k' / sqrt(d_head)) v, in each head."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.heads = c.num_attention_heads
        self.query = Linear(c.hidden_size, c.hidden_size)
        self.key = Linear(c.hidden_size, c.hidden_size)
        self.value = Linear(c.hidden_size, c.hidden_size)

    def forward(self, queries: Tensor, x: Tensor, groups: Sequence[Group]) -> Tensor:
        """Let the rows of `queries` [m, d] attend to x [n, d], each to its own sequence: [m, d].

        Rows beyond those of the groups are padding.
        """
        q, k, v = self.query(queries), self.key(x), self.value(x)  # [m, d], [n, d], [n, d]
        q_sizes = [g.count * g.wanted for g in groups]
        sizes = [g.count * g.length for g in groups]
        m, n = sum(q_sizes), sum(sizes)
        parts = zip(
            groups, q[:m].split(q_sizes), k[:n].split(sizes), v[:n].split(sizes), strict=True
        )
        padding = q.new_zeros(len(q) - m, q.shape[1])
        return torch.cat([*(self._attend(*part) for part in parts), padding])  # [m, d]

    def _attend(self, g: Group, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attention in b sequences of t tokens: q [b * s, d], k and v [b * t, d] -> [b * s, d]."""
        q, k, v = (
            x.view(g.count, -1, self.heads, x.shape[1] // self.heads).transpose(1, 2)
            for x in (q, k, v)
        )  # [b, heads, s or t, d_head]
        y = F.scaled_dot_product_attention(q, k, v)  # [b, heads, s, d_head]
        return y.transpose(1, 2).reshape(g.count * g.wanted, -1)  # [b * s, d]


class Projection(nn.Module):
    """A linear layer back to the residual stream, and the norm of the sum."""

    def __init__(self, width: int, c: BertConfig) -> None:
        super().__init__()
        self.dense = Linear(width, c.hidden_size)
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, y: Tensor, residual: Tensor) -> Tensor:
        """Project y [m, width] and add it to the residual [m, d]: [m, d]."""
        x: Tensor = self.LayerNorm(self.dense(y) + residual)  # [m, d]
        return x


class Attention(nn.Module):
    """Self-attention with its projection."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.self = SelfAttention(c)
        self.output = Projection(c.hidden_size, c)

    def forward(self, queries: Tensor, x: Tensor, groups: Sequence[Group]) -> Tensor:
        """Let `queries` [m, d] attend to x [n, d]: [m, d]."""
        y: Tensor = self.output(self.self(queries, x, groups), queries)  # [m, d]
        return y


class Layer(nn.Module):
    """Attention and a perceptron with one hidden layer, each with a residual connection."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.attention = Attention(c)
        self.intermediate = Linear(c.hidden_size, c.intermediate_size)
        self.output = Projection(c.intermediate_size, c)
        self.act = ACTIVATIONS[c.hidden_act]

    def forward(self, queries: Tensor, x: Tensor, groups: Sequence[Group]) -> Tensor:
        """The new states of `queries` [m, d], which are rows of x [n, d]: [m, d]."""
        x = self.attention(queries, x, groups)  # [m, d]
        hidden = self.act(self.intermediate(x))  # [m, intermediate_size]
        y: Tensor = self.output(hidden, x)  # [m, d]
        return y


class BertModel(Model):
    """BERT's encoder without its heads."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.vocabulary = c.vocab_size
        self.embeddings = Embeddings(c)
        self.layer = nn.ModuleList(Layer(c) for _ in range(c.num_hidden_layers))

    def forward(self, batch: Batch, layers: Collection[int]) -> list[Tensor]:
        """Run the layers up to the highest wanted one, and that one at the wanted rows only.

        Args:
            batch: the sequences, and the rows whose states are wanted.
            layers: the numbers of the wanted layers; 0 is the embedding layer's output.

        Returns:
            [m, d] for each of `layers`, the lowest first: its states at the batch's rows.
        """
        top = max(layers)
        all_rows = [replace(g, wanted=g.length) for g in batch.groups]
        x = pad_rows(self.embeddings(batch))  # [n and padding, d]
        states = [x[batch.rows]] if 0 in layers else []  # [m, d]
        for k, layer in zip(range(1, top + 1), self.layer, strict=False):
            if k == top:
                queries = pad_rows(x[batch.rows])  # [m and padding, d]
                states.append(layer(queries, x, batch.groups)[: len(batch.rows)])  # [m, d]
            else:
                x = layer(x, x, all_rows)  # [n and padding, d]
                if k in layers:
                    states.append(x[batch.rows])  # [m, d]
        return states

    def prepare(self, top: int) -> None:
        """Pack the weights of the layers that will be run."""
        for layer in self.layer[:top]:
            pack(layer)

    def initialize(self, deviation: float = 0.02) -> BertModel:
        """Draw the weights that training starts from: normal, biases 0, norms 1 (Devlin et al.)."""
        for name, p in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(p)
            elif "LayerNorm" in name:
                nn.init.ones_(p)
            else:
                nn.init.normal_(p, std=deviation)
        return self
