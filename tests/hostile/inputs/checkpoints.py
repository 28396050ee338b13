"""Hostile checkpoints: configurations, tokenizers, weights, and the modules around them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.inputs import mutations
from tests.hostile.inputs.hostile_input import REFUSED, Content, Input
from tests.hostile.inputs.valid_files import ValidFiles

KIND = "checkpoints"
COMPARE = ("compare", "man", "-s", "s.tsv", "--no-intervals", "-e")
PANIC = {"Regex": r"(a+)+$|(\w+\s?)+;|(.*)*x"}


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    table = valid.named("s.tsv")
    yield from _of_json(valid, table)
    yield from _weights(valid, table)
    yield from _recurrent(valid)
    yield from _by_hand(valid, table)


def _of_json(valid: ValidFiles, table: dict[str, Path]) -> Iterator[Input]:
    declared = {
        "tokenizer_class": "BertTokenizerFast",
        "model_max_length": 24,
        "do_lower_case": True,
        "unk_token": "[UNK]",
        "added_tokens_decoder": {},
    }
    for file, number, spec in (
        ("bert/config.json", 24, "bert:bert"),
        ("bert/config.json", 8, "bert:bert,weights=random"),
        ("bert/tokenizer.json", 20, "bert:bert"),
        ("bert/tokenizer_config.json", 8, "bert:bert"),
        ("sbert/modules.json", 12, "bert:sbert,pool=sentence"),
        ("sbert/1_Pooling/config.json", 6, "bert:sbert,pool=sentence"),
        ("sbert/2_Dense/config.json", 6, "bert:sbert,pool=sentence"),
    ):
        folder = file.partition("/")[0]
        whole = {**table, **valid.below(folder)}
        value = declared if file not in whole else json.loads(valid.read(file))
        for name, content in mutations.changed_json(value, number, len(spec)):
            files = {**whole, file: content}
            yield Input(KIND, f"{spec} {file} {name}", (*COMPARE, spec), files)


def _weights(valid: ValidFiles, table: dict[str, Path]) -> Iterator[Input]:
    whole = {**table, **valid.below("bert")}
    weights = valid.read("bert/model.safetensors")
    length = 8 + struct.unpack("<Q", weights[:8])[0]
    header, body = json.loads(weights[8:length]), weights[length:]
    changed = [
        *mutations.cuts(weights, 3),
        *((name, start + weights[300:]) for name, start in mutations.flips(weights[:300], 4)),
        *mutations.overwritten(weights, 4),
    ]
    for name, head in mutations.changed_json(header, 9):
        changed.append((f"header {name}", struct.pack("<Q", len(head)) + head + body))
    for name, content in changed:
        files = {**whole, "bert/model.safetensors": content}
        yield Input(KIND, f"weights {name}", (*COMPARE, "bert:bert"), files)


def _recurrent(valid: ValidFiles) -> Iterator[Input]:
    whole = valid.named("s.tsv", "v.txt", "lstm.safetensors")
    weights = valid.read("lstm.safetensors")
    length = 8 + struct.unpack("<Q", weights[:8])[0]
    header, body = json.loads(weights[8:length]), weights[length:]
    for name, head in mutations.changed_json(header, 7):
        content = struct.pack("<Q", len(head)) + head + body
        files = {**whole, "lstm.safetensors": content}
        yield Input(KIND, f"lstm {name}", (*COMPARE, "lstm:lstm.safetensors"), files)


def _by_hand(valid: ValidFiles, table: dict[str, Path]) -> Iterator[Input]:
    whole = {**table, **valid.below("bert")}
    config, tokenizer = (
        json.loads(valid.read(f"bert/{name}.json")) for name in ("config", "tokenizer")
    )
    split = {"type": "Split", "pattern": PANIC, "behavior": "Isolated", "invert": False}
    replace = {"type": "Replace", "pattern": PANIC, "content": "x"}
    empty = {**tokenizer["model"], "vocab": {}}
    long = (
        b"sentence\n"
        + b"The man who had no name walked over the old bridge into the next town yesterday\n"
    )
    of_config: dict[str, dict[str, object]] = {
        **{f"layers {n}": {"num_hidden_layers": n} for n in (10**6, -1, 10**30)},
        **{f"layers of roberta {n}": {"num_hidden_layers": n, "model_type": "roberta"}
           for n in (10**6,)},
        **{f"width {n}": {"hidden_size": n} for n in (10**9, 10**30)},
        **{f"words {n}": {"vocab_size": n} for n in (10**9, 10**12)},
        "code of its own": {"auto_map": {"AutoModel": "evil.Model"}, "model_type": "evil"},
        "another module": {"model_type": "../../evil"},
        "a torch dtype": {"torch_dtype": "os.system", "dtype": "os"},
        "quantized": {"quantization_config": {"quant_method": "gptq", "bits": 4}},
        "attention": {"_attn_implementation": "org/kernel:evil", "attn_implementation": "x/y"},
    }  # fmt: skip
    for name, change in of_config.items():
        for spec in ("bert:bert", "bert:bert,weights=random"):
            content = json.dumps({**config, **change}).encode()
            files: dict[str, Content] = {**whole, "bert/config.json": content}
            files["bert/evil.py"] = b"open('../../hacked', 'w')"
            yield Input(KIND, f"{name} {spec}", (*COMPARE, spec), files)
    of_tokenizer: dict[str, dict[str, object]] = {
        "a split that panics": {"pre_tokenizer": split},
        "a replacement that panics": {"normalizer": replace},
        "an empty vocabulary": {"model": empty},
        "a truncation": {"truncation": {"max_length": 0, "stride": 99, "strategy": "LongestFirst",
                                        "direction": "Right"}},
    }  # fmt: skip
    for name, changes in of_tokenizer.items():
        content = json.dumps({**tokenizer, **changes}).encode()
        files = {**whole, "bert/tokenizer.json": content, "long.tsv": long}
        # A class of its own would replace parts of the file by those of BERT.
        files["bert/tokenizer_config.json"] = b'{"tokenizer_class": "PreTrainedTokenizerFast"}'
        args = ("compare", "man", "-s", "long.tsv", "--no-intervals", "-e", "bert:bert")
        refused = None if name == "a truncation" else frozenset({4})
        yield Input(KIND, name, args, files, statuses=refused)
    for name in ("config.json", "tokenizer_config.json", "tokenizer.json",
                 "model.safetensors.index.json", "config_sentence_transformers.json"):  # fmt: skip
        files = {**whole, f"bert/{name}": b'{"a":' + mutations.NESTED + b"}"}
        if name.endswith("index.json"):
            del files["bert/model.safetensors"]
        statuses = None if "sentence" in name else REFUSED
        yield Input(KIND, f"deep {name}", (*COMPARE, "bert:bert"), files, statuses=statuses)
    for name, shard in (("climbs", "../../../etc/passwd"), ("is the index", "."), ("nul", "a\0b")):
        index = json.dumps({"weight_map": {"embeddings.word_embeddings.weight": shard}}).encode()
        files = {**whole, "bert/model.safetensors.index.json": index}
        del files["bert/model.safetensors"]
        yield Input(KIND, f"a shard that {name}", (*COMPARE, "bert:bert"), files, statuses=REFUSED)
