"""The vector of the whole sentence: pool=sentence, as modules.json of a checkpoint has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError, SpecError
from embcmp.models.sentence_modules import SentenceModules
from embcmp.types import Occurrence
from tests.conftest import MAN, Run, edit_json, needs_models
from tests.encoders.sentence_checkpoint import add_modules, add_prompts, add_tokens, copy_of
from tests.encoders.test_marks import states, use
from tests.encoders.tiny import save

Pool = Callable[[torch.Tensor], torch.Tensor]

SENTENCES = [*MAN, "man it", "a man, a man and a man"]


def uses() -> list[Occurrence]:
    forms = ("Man", "man", "man", "man", "man")
    return [use(s, f, str(i)) for i, (s, f) in enumerate(zip(SENTENCES, forms, strict=True))]


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ({"pooling_mode_mean_tokens": True}, lambda x: x.mean(0)),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda x: x[0]),
        ({"pooling_mode": "lasttoken"}, lambda x: x[-1]),
        ({"pooling_mode": "mean_sqrt_len_tokens"}, lambda x: x.sum(0) / len(x) ** 0.5),
        (
            {"pooling_mode": "weightedmean"},
            lambda x: (x * torch.arange(1, len(x) + 1)[:, None]).sum(0) / sum(range(len(x) + 1)),
        ),
        ({}, lambda x: x.mean(0)),
        ({"pooling_mode": ["cls", "max"]}, lambda x: torch.cat([x[0], x.max(0).values])),
    ],
)
def test_pooling(
    tiny_bert: Path, tmp_path: Path, pooling: dict[str, object], expected: Pool
) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), pooling)
    out = load_encoder(f"bert:{folder},pool=sentence").encode(uses())
    for row, sentence in enumerate(SENTENCES):
        tokens, x = states(folder, sentence)
        assert out.receipts[row].given == tuple(tokens)
        np.testing.assert_allclose(out.vectors[0, row], expected(x), rtol=0, atol=1e-5)
    assert out.receipts[0].tokens == ("man",)  # the form, which the control of forms asks for


def test_dense_and_normalized(tiny_bert: Path, tmp_path: Path) -> None:
    mean = {"pooling_mode_mean_tokens": True}
    folder = copy_of(tiny_bert, tmp_path / "model")
    add_modules(folder, mean, dense=[(32, 8), (8, 5)], normalize=True)
    encoder = load_encoder(f"bert:{folder},pool=sentence")
    plain = load_encoder(f"bert:{folder}")
    assert encoder.info.dim == 5
    assert encoder.info.parameters - plain.info.parameters == 32 * 8 + 8 + 8 * 5 + 5
    assert encoder.info.fingerprint != plain.info.fingerprint
    out = encoder.encode(uses())
    from safetensors.torch import load_file

    layers = [load_file(folder / f"{i}_Dense/model.safetensors") for i in (2, 3)]
    for row, sentence in enumerate(SENTENCES):
        x = states(folder, sentence)[1].mean(0)
        for layer in layers:
            x = torch.tanh(layer["linear.weight"] @ x + layer["linear.bias"])
        np.testing.assert_allclose(out.vectors[0, row], x / x.norm(), rtol=0, atol=1e-5)


def test_marks_and_the_sentence_together(tiny_bert: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_bert, tmp_path / "model")
    add_tokens(folder, ["<t>", "</t>"])
    add_modules(folder, {"pooling_mode_mean_tokens": True})
    encoder = load_encoder(f"bert:{folder},pool=sentence,mark=t")
    assert encoder.info.name == f"bert:{folder}@3,pool=sentence,mark=t"
    sentence = "the man is a man"
    both = [Occurrence("a", "man", sentence, 4, 7), Occurrence("b", "man", sentence, 13, 16)]
    out = encoder.encode(both)
    for row, text in enumerate(("the <t>man</t> is a man", "the man is a <t>man</t>")):
        expected = states(folder, text)[1].mean(0)
        np.testing.assert_allclose(out.vectors[0, row], expected, rtol=0, atol=1e-5)


def test_the_prompt_counts_unless_the_checkpoint_says_otherwise(
    tiny_bert: Path, tmp_path: Path
) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), {"pooling_mode": "mean"})
    add_prompts(folder, {"query": "go: ", "none": ""}, "query")
    tokens, x = states(folder, f"go: {MAN[1]}")
    for spec in (",prompt=query", ""):  # the default prompt, as sentence-transformers has it
        out = load_encoder(f"bert:{folder},pool=sentence{spec}").encode([use(MAN[1], "man")])
        assert out.receipts[0].given == tuple(tokens)
        np.testing.assert_allclose(out.vectors[0, 0], x.mean(0), rtol=0, atol=1e-5)
    out = load_encoder(f"bert:{folder},pool=sentence,prompt=none").encode([use(MAN[1], "man")])
    np.testing.assert_allclose(
        out.vectors[0, 0], states(folder, MAN[1])[1].mean(0), rtol=0, atol=1e-5
    )
    edit_json(folder / "1_Pooling/config.json", include_prompt=False)
    out = load_encoder(f"bert:{folder},pool=sentence").encode([use(MAN[1], "man")])
    np.testing.assert_allclose(out.vectors[0, 0], x[3:].mean(0), rtol=0, atol=1e-5)


def test_a_closing_token_that_is_not_declared_counts_to_the_prompt(
    tiny_bert: Path, tmp_path: Path
) -> None:
    """So sentence-transformers counts it, which asks `all_special_ids`."""
    modules = {"pooling_mode": "mean", "include_prompt": False}
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), modules)
    add_prompts(folder, {"query": "go: "}, "query")
    _, x = states(folder, f"go: {MAN[1]}")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    out = load_encoder(f"bert:{folder},pool=sentence").encode([use(MAN[1], "man")])
    np.testing.assert_allclose(out.vectors[0, 0], x[4:].mean(0), rtol=0, atol=1e-5)


def test_a_layer_below_the_last(tiny_bert: Path, tmp_path: Path) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), {"pooling_mode": "cls"})
    every = load_encoder(f"bert:{folder}@all,pool=sentence").encode(uses()).vectors
    for layer in range(4):
        one = load_encoder(f"bert:{folder}@{layer},pool=sentence").encode(uses()).vectors
        np.testing.assert_allclose(every[layer], one[0], rtol=0, atol=1e-6)
    add_dense = copy_of(tiny_bert, tmp_path / "dense")
    add_modules(add_dense, {"pooling_mode": "cls"}, dense=[(32, 8)])
    load_encoder(f"bert:{add_dense}@-1,pool=sentence")
    with pytest.raises(SpecError, match="the dense layer of dense takes the states of the last"):
        load_encoder(f"bert:{add_dense}@1,pool=sentence")


def test_the_longest_text_is_the_checkpoints(tiny_bert: Path, tmp_path: Path) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), {"pooling_mode": "mean"})
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 7}')
    target = [use("the the the the man it it it it it", "man")]
    [receipt] = load_encoder(f"bert:{folder},pool=sentence").encode(target).receipts
    assert receipt.given == ("[CLS]", "the", "the", "man", "it", "it", "[SEP]")
    assert receipt.truncated
    assert not load_encoder(f"bert:{folder}").encode(target).receipts[0].truncated


def test_lower_case(tmp_path: Path) -> None:
    folder = add_modules(save("roberta", tmp_path / "model"), {"pooling_mode": "mean"})
    (folder / "sentence_bert_config.json").write_text('{"do_lower_case": true}')
    out = load_encoder(f"bert:{folder},pool=sentence").encode([use(MAN[0], "Man")])
    expected = states(folder, MAN[0].lower())[1].mean(0)
    np.testing.assert_allclose(out.vectors[0, 0], expected, rtol=0, atol=1e-5)


def test_a_decoder_gives_its_sentence_the_last_tokens_state(tmp_path: Path) -> None:
    folder = add_modules(save("gpt2", tmp_path / "gpt2"), {"pooling_mode": "lasttoken"})
    encoder = load_encoder(f"bert:{folder},pool=sentence")
    assert encoder.info.remarks == ()  # the last token has seen all
    twice = load_encoder(f"bert:{folder},pool=sentence,read=twice").encode(uses())
    for row, vector in enumerate(encoder.encode(uses()).vectors[0]):
        x = states(folder, SENTENCES[row])[1]
        np.testing.assert_allclose(vector, x[-1], rtol=0, atol=1e-5)
        again = states(folder, f"{SENTENCES[row]} {SENTENCES[row]}")[1]
        np.testing.assert_allclose(twice.vectors[0, row], again[-1], rtol=0, atol=1e-5)


def test_read_twice_pools_the_second_reading(tmp_path: Path) -> None:
    folder = add_modules(save("gpt2", tmp_path / "gpt2"), {"pooling_mode": "mean"})
    out = load_encoder(f"bert:{folder},pool=sentence,read=twice").encode([use("a man", "man")])
    tokens, x = states(folder, "a man a man")
    second = tokens.index("Ġa")
    np.testing.assert_allclose(out.vectors[0, 0], x[second:].mean(0), rtol=0, atol=1e-5)


def test_the_untrained_twin_has_an_untrained_dense_layer(tiny_bert: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_bert, tmp_path / "model")
    add_modules(folder, {"pooling_mode": "mean"}, dense=[(32, 8)], normalize=True)
    spec = f"bert:{folder},pool=sentence,weights=random"
    one, again, other = (
        load_encoder(f"{spec},seed={seed}").encode(uses()).vectors[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1e-3


POOLED = {"pooling_mode": "mean"}
FAULTS = [
    ("1_Pooling/config.json", {"pooling_mode": "median"}, "does not know the pooling 'median'"),
    ("1_Pooling/config.json", {"pooling_mode": 3}, "does not know the pooling 3"),
    ("1_Pooling/config.json", {"pooling_mode": [[]]}, r"does not know the pooling \[\[\]\]"),
    ("2_Dense/config.json", {"in_features": 7}, "takes vectors of the width 7, but those of"),
    ("2_Dense/config.json", {"out_features": 9}, "its weights are not 9 by 32"),
    ("2_Dense/config.json", {"in_features": None}, "does not declare in_features"),
    (
        "2_Dense/config.json",
        {"use_residual": True},
        "adds its input to its output",
    ),
    ("2_Dense/config.json", {"module_input_name": "token_embeddings"}, "is for token_emb"),
    ("3_Normalize/config.json", {"module_input_name": "token_embeddings"}, "is for token_emb"),
    ("2_Dense/config.json", {"activation_function": "me.Act"}, "me.Act is code of its own"),
    ("2_Dense/config.json", {"activation_function": "torch.nn.Nix"}, "has no activation Nix"),
    ("2_Dense/config.json", {"activation_function": "torch.nn.Linear"}, "is no activation"),
    ("2_Dense/config.json", {"activation_function": "torch.nn.GLU"}, "GLU is no activation"),
    ("2_Dense/config.json", {"activation_function": "torch.nn.Module"}, "is no activation"),
    ("2_Dense/config.json", {"bias": False}, "its tensors are linear.bias, linear.weight"),
    ("2_Dense/config.json", {"out_features": -4}, "does not declare in_features"),
    ("2_Dense/config.json", {"out_features": True}, "does not declare in_features"),
    ("2_Dense/config.json", {"out_features": 10**10}, "does not declare in_features"),
    ("config_sentence_transformers.json", {"default_prompt_name": "q"}, "has no prompt 'q'"),
    ("sentence_bert_config.json", {"config_args": {"layer_norm_eps": 1.0}}, "sets config_args"),
    ("sentence_bert_config.json", {"transformer_task": "fill-mask"}, "sets transformer_task"),
]


@pytest.mark.parametrize(("file", "change", "says"), FAULTS)
def test_a_fault_in_a_module_is_refused(
    tiny_bert: Path, tmp_path: Path, file: str, change: dict[str, object], says: str
) -> None:
    folder = copy_of(tiny_bert, tmp_path / "model")
    add_modules(folder, POOLED, dense=[(32, 8)], normalize=True)
    load_encoder(f"bert:{folder},pool=sentence")
    if not (folder / file).exists():
        (folder / file).write_text("{}")
    edit_json(folder / file, **change)
    with pytest.raises(ModelError, match=says):
        load_encoder(f"bert:{folder},pool=sentence")
    load_encoder(f"bert:{folder}")  # a word's vector needs none of it


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (0, "custom_st.Transformer", "custom_st.Transformer is code of its own"),
        (0, "sentence_transformers.models.CLIPModel", "begins with .*CLIPModel, which is no"),
        (1, "my_code.Pooling", "my_code.Pooling is code of its own"),
    ],
)
def test_a_class_of_other_code_is_refused(
    tiny_bert: Path, tmp_path: Path, number: int, kind: str, says: str
) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), POOLED)
    modules = json.loads((folder / "modules.json").read_text())
    modules[number]["type"] = kind
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match=says):
        load_encoder(f"bert:{folder},pool=sentence")


def test_the_first_settings_of_a_transformer_count(tiny_bert: Path, tmp_path: Path) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), POOLED)
    (folder / "sentence_aaa_config.json").write_text('{"max_seq_length": 3}')
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 9}')
    assert SentenceModules.of(folder).longest == 9


def test_another_output_than_the_states_is_refused(tiny_bert: Path, tmp_path: Path) -> None:
    folder = add_modules(copy_of(tiny_bert, tmp_path / "model"), POOLED)
    text = {"method": "forward", "method_output_name": "last_hidden_state"}
    file = folder / "sentence_bert_config.json"
    file.write_text(json.dumps({"modality_config": {"text": text}}))
    load_encoder(f"bert:{folder},pool=sentence")
    text["method_output_name"] = "pooler_output"
    file.write_text(json.dumps({"modality_config": {"text": text}}))
    with pytest.raises(ModelError, match="sentence-transformers takes pooler_output of it"):
        load_encoder(f"bert:{folder},pool=sentence")


def test_dense_weights_in_a_pickle_are_refused(tiny_bert: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_bert, tmp_path / "model")
    add_modules(folder, POOLED, dense=[(32, 8)])
    weights = folder / "2_Dense/model.safetensors"
    weights.rename(weights.with_name("pytorch_model.bin"))
    with pytest.raises(ModelError, match=r"there is no model.safetensors .*save_pretrained"):
        load_encoder(f"bert:{folder},pool=sentence")


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        (None, "nothing says how a sentence is pooled: there is no modules.json; pool=mean, "),
        ("[", "modules.json: does not list the modules of a model (Expecting"),
        ("{}", "does not list the modules of a model"),
        ("[]", "does not list the modules of a model"),
        ('[{"path": "", "type": ["x"]}]', "of a model (each needs a path and a type"),
        ('[{"path": "", "type": 0.5}]', "of a model (each needs a path and a type"),
        ('[{"path": "a\\u0000", "type": "x"}]', "of a model (each needs a path and a type"),
        ("[" * 100_000, "modules.json: its JSON is nested too deeply"),
        ([("", "Transformer")], "does not say how a sentence is pooled"),
        ([("", "Transformer"), ("x", "LSTM")], "is a module LSTM, which embcmp does not compute"),
        ([("", "Transformer"), ("../x", "Pooling")], "names a folder outside of its own"),
        ([("", "Transformer"), ("1_Pooling", "Pooling")], "there is no config.json"),
    ],
)
def test_nothing_says_how_to_pool(
    run: Run, tiny_bert: Path, tmp_path: Path, modules: object, says: str
) -> None:
    folder = copy_of(tiny_bert, tmp_path / "model")
    (folder / "1_Pooling").mkdir()
    if isinstance(modules, list):
        modules = json.dumps(
            [
                {"path": path, "type": f"sentence_transformers.models.{kind}"}
                for path, kind in modules
            ]
        )
    if modules is not None:
        (folder / "modules.json").write_text(str(modules))
    args = ("compare", "man", "-s", "-", "-e")
    done = run(*args, f"bert:{folder},pool=sentence", stdin="go man the post\n")
    assert done.returncode == 4
    assert says in " ".join(done.stderr.split())


@needs_models
def test_the_default_model_pools_its_sentences(run: Run) -> None:
    done = run("-v", "compare", "man", "-s", "-", "-e", "bert,pool=sentence", stdin="Go man it!\n")
    assert "given: [CLS] go man it ! [SEP]" in done.stdout


@pytest.mark.slow
class TestAgainstSentenceTransformers:
    """Vectors equal those of sentence-transformers' own `encode`."""

    @pytest.mark.parametrize(
        "pooling", [*"cls mean lasttoken max weightedmean".split(), "mean_sqrt_len_tokens"]
    )
    @pytest.mark.parametrize("name", ["bert-silu", "roberta", "gpt2", "t5"])
    def test_pooling(self, tmp_path: Path, name: str, pooling: str) -> None:
        folder = self.saved(name, tmp_path, pooling)
        self.equal(folder)

    @pytest.mark.parametrize("with_prompt", [True, False])
    @pytest.mark.parametrize("name", ["bert-silu", "roberta", "xlm-roberta", "gpt2"])
    def test_dense_normalized_and_prompts(
        self, tmp_path: Path, name: str, with_prompt: bool
    ) -> None:
        folder = self.saved(name, tmp_path, "mean", with_prompt=with_prompt, dense=True)
        self.equal(folder, "", "query", "passage")

    def test_the_transformer_in_a_folder_of_its_own(self, tmp_path: Path) -> None:
        folder = self.saved("bert-silu", tmp_path, "mean", dense=True)
        inner = folder / "0_Transformer"
        inner.mkdir()
        for file in [*folder.glob("*.json"), *folder.glob("*.safetensors")]:
            if file.name not in ("modules.json", "config_sentence_transformers.json"):
                file.rename(inner / file.name)
        modules = json.loads((folder / "modules.json").read_text())
        modules[0]["path"] = inner.name
        (folder / "modules.json").write_text(json.dumps(modules))
        self.equal(folder, "", "query", source=inner)
        self.equal(folder, "", "query")

    def saved(
        self,
        name: str,
        tmp_path: Path,
        pooling: str,
        *,
        with_prompt: bool = True,
        dense: bool = False,
    ) -> Path:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.base.modules import Dense, Normalize, Transformer
        from sentence_transformers.sentence_transformer.modules import Pooling

        base = Transformer(str(save_with_tokenizer(name, tmp_path / "base")))
        modules = [base, Pooling(16, pooling, include_prompt=with_prompt)]
        if dense:
            with torch.random.fork_rng():
                torch.manual_seed(5)
                modules += [Dense(16, 8, activation_function=torch.nn.GELU()), Normalize()]
        prompts = {"query": "go: ", "passage": "the post "}
        model = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
        model.save_pretrained(str(tmp_path / "saved"))
        return tmp_path / "saved"

    def equal(self, folder: Path, *prompts: str, source: Path | None = None) -> None:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device="cpu")
        for prompt in prompts or ("",):
            expected = model.encode(SENTENCES, prompt_name=prompt or None)
            spec = f"bert:{source or folder},pool=sentence" + (
                f",prompt={prompt}" if prompt else ""
            )
            out = load_encoder(spec).encode(uses())
            assert out.vectors.shape == (1, *expected.shape)
            np.testing.assert_allclose(out.vectors[0], expected, rtol=0, atol=1e-5)


def save_with_tokenizer(name: str, folder: Path) -> Path:
    """A tiny checkpoint with a tokenizer that AutoTokenizer reads as it is."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    save(name, folder)
    backend = Tokenizer.from_file(str(folder / "tokenizer.json"))
    special = {"pad": ("[PAD]", "<pad>"), "sep": ("[SEP]", "</s>"), "cls": ("[CLS]", "<s>")}
    names = {
        f"{role}_token": token
        for role, tokens in special.items()
        for token in tokens
        if backend.token_to_id(token) is not None
    }
    names.setdefault("pad_token", "<|endoftext|>")
    PreTrainedTokenizerFast(tokenizer_object=backend, **names).save_pretrained(folder)
    return folder
