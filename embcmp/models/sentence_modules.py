"""What a checkpoint of sentence-transformers declares about the vector of a sentence.

modules.json lists the modules that a text passes: the transformer, Pooling, and perhaps Dense and
Normalize. Each has a folder with its settings. Prompts are in config_sentence_transformers.json,
and what is done to a text before, as cutting it, is in sentence_bert_config.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from embcmp.choices import did_you_mean
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import read_json
from embcmp.models.module_settings import Module, Pooling, in_words, read_module

MODULES = "modules.json"
PROMPTS = "config_sentence_transformers.json"
# The settings of the transformer; the first one there counts, as in sentence-transformers.
TEXTS = tuple(
    f"sentence_{name}_config.json"
    for name in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
FILES = re.compile(  # those above, and what modules after the transformer have
    r"modules\.json|config_sentence_transformers\.json|sentence_[\w-]+_config\.json"
    r"|\d+_(?!Transformer)\w+/(config\.json|model\.safetensors)"
)
_STATES = "last_hidden_state"
_OWN = "sentence_transformers."  # what its classes begin with
_EMPTY_PROMPTS = ("query", "document")  # those that sentence-transformers has, if not declared
_KNOWN = {"max_seq_length", "do_lower_case", "modality_config"}
_HARMLESS = {"transformer_task": "feature-extraction", "module_output_name": "token_embeddings"}
_AGAIN = "fetch the model again"


@dataclass(frozen=True)
class SentenceModules:
    """The files of sentence-transformers in a checkpoint, which are read when they are needed.

    Attributes:
        folder: the folder of modules.json, or that of the checkpoint.
        transformer: the folder of the checkpoint.
    """

    folder: Path
    transformer: Path

    @classmethod
    def of(cls, checkpoint: Path) -> SentenceModules:
        """The files that belong to a transformer: in its folder, or in the one above.

        Older versions put the transformer into a folder of its own, 0_Transformer.
        """
        above = checkpoint.resolve().parent
        try:
            path, _ = next(iter(listed_modules(above / MODULES)), ("", ""))
        except ModelError:  # a file that has nothing to do with this checkpoint
            path = ""
        return cls(above if path == checkpoint.resolve().name else checkpoint, checkpoint)

    @property
    def declared(self) -> bool:
        """Whether there is a modules.json."""
        return (self.folder / MODULES).is_file()

    @cached_property
    def after_transformer(self) -> tuple[Module, ...]:
        """The modules that the states of the last layer pass: Pooling, and what follows it.

        Raises:
            ModelError: there is no modules.json, it is broken, or it has a module that embcmp does
                not know.
        """
        if not self.declared:
            raise ModelError(
                f"{self.folder}: nothing says how a sentence is pooled: there is no {MODULES}",
                "pool=mean, pool=first and pool=last take the vectors of the word's own tokens",
            )
        self._refuse_other_states()
        listed = listed_modules(self.folder / MODULES)
        for _, kind in listed:
            if not kind.startswith(_OWN):
                raise ModelError(
                    f"{self.folder / MODULES}: {kind} is code of its own",
                    "embcmp does not run it; leave out pool=sentence",
                )
        (_, first), *modules = listed
        if first.rpartition(".")[2] not in ("Transformer", "BERT"):
            raise ModelError(
                f"{self.folder / MODULES}: begins with {first}, which is no Transformer",
                "leave out pool=sentence",
            )
        read = [self._module(path, kind) for path, kind in modules]
        known = tuple(module for module in read if module is not None)
        if not known or not isinstance(known[0], Pooling):
            raise ModelError(
                f"{self.folder / MODULES}: does not say how a sentence is pooled",
                "pool=mean, pool=first and pool=last take the vectors of the word's own tokens",
            )
        return known

    @property
    def pooling(self) -> Pooling:
        """How the states are pooled; raises ModelError as `after_transformer` does."""
        pooling = self.after_transformer[0]
        assert isinstance(pooling, Pooling), "the first one is checked where they are read"
        return pooling

    def summary(self) -> str | None:
        """How the sentence's vector is made, in a few words; None if nothing says so."""
        if not self.declared:
            return None
        try:
            said = [in_words(module) for module in self.after_transformer]
        except ModelError as e:
            return f"not computed: {e.message}"
        return ", ".join([*said, *([f"at most {self.longest} tokens"] if self.longest else [])])

    @property
    def longest(self) -> int | None:
        """The longest text in tokens, special ones included; None if none is declared."""
        longest = self._texts.get("max_seq_length")
        return longest if isinstance(longest, int) and longest > 2 else None

    @property
    def lower_case(self) -> bool:
        """Whether a text is put into lower case, whatever the tokenizer does."""
        return self._texts.get("do_lower_case") is True

    @cached_property
    def prompts(self) -> Mapping[str, str]:
        """The prompts, by their names."""
        prompts = self._settings.get("prompts")
        named = prompts if isinstance(prompts, dict) else {}
        return {name: text for name, text in named.items() if isinstance(text, str)}

    @property
    def default_prompt(self) -> str:
        """The prompt that sentence-transformers puts before every text; "" if there is none.

        Raises:
            ModelError: there is no prompt of the name that is declared.
        """
        name = self._settings.get("default_prompt_name")
        if name is None or (name in _EMPTY_PROMPTS and name not in self.prompts):
            return ""
        return self.prompt(str(name))

    def prompt(self, name: str) -> str:
        """The text of a prompt.

        Raises:
            ModelError: there is no prompt of that name.
        """
        if name not in self.prompts:
            known = did_you_mean(name, self.prompts, f"it has {', '.join(self.prompts) or 'none'}")
            raise ModelError(f"{self.folder / PROMPTS}: has no prompt {name!r}", known)
        return self.prompts[name]

    @cached_property
    def _texts(self) -> dict[str, Any]:
        files = (self.transformer / name for name in TEXTS)
        file = next((file for file in files if file.is_file()), None)
        settings = {} if file is None else read_json(file)
        for key, value in settings.items():
            if value and key not in _KNOWN and value != _HARMLESS.get(key):
                raise ModelError(
                    f"{file}: sets {key}, which embcmp does not follow", "leave out pool=sentence"
                )
        return settings

    @cached_property
    def _settings(self) -> dict[str, Any]:
        file = self.folder / PROMPTS
        return read_json(file) if file.is_file() else {}

    def _refuse_other_states(self) -> None:
        """Raise ModelError if something else than the states of the last layer is pooled."""
        try:
            pooled = self._texts["modality_config"]["text"]["method_output_name"]
        except (LookupError, TypeError):  # versions before the sixth do not say it
            return
        if pooled != _STATES:
            raise ModelError(
                f"{self.transformer}: sentence-transformers takes {pooled} of it",
                f"embcmp pools {_STATES}; leave out pool=sentence",
            )

    def _module(self, path: str, kind: str) -> Module | None:
        """A module as modules.json lists it; None if it does nothing."""
        folder = self.folder / path
        if not folder.resolve().is_relative_to(self.folder.resolve()):
            raise ModelError(
                f"{self.folder / MODULES}: names a folder outside of its own: {folder}"
            )
        return read_module(kind.rpartition(".")[2], folder)


def listed_modules(file: Path) -> list[tuple[str, str]]:
    """The modules in modules.json: the folder and the class of each, with its package.

    Returns:
        The modules; none if there is no such file.

    Raises:
        ModelError: the file lists no modules.
    """
    if not file.is_file():
        return []
    try:
        modules = json.loads(file.read_text(encoding="utf-8"))
        listed = [(m["path"], m["type"]) for m in modules]
        named = all(isinstance(path, str) and isinstance(kind, str) for path, kind in listed)
        if not listed or not named or any("\0" in path for path, _ in listed):
            raise ValueError("each needs a path and a type")
    except RecursionError:
        raise ModelError(f"{file}: its JSON is nested too deeply", _AGAIN) from None
    except (OSError, ValueError, LookupError, TypeError) as e:
        raise ModelError(f"{file}: does not list the modules of a model ({e})", _AGAIN) from e
    return listed
