"""The text that a transformer is given for a target: its sentence, or what a spec makes of it.

A spec may put marks around the target, put a prompt before the sentence, or give the sentence
twice. Marks are those of XL-LEXEME (Cassotti et al. 2023) and XL-DURel (Yadav & Schlechtweg 2025).
Reading twice is that of Springer et al. 2025 ("Repetition improves language model embeddings"),
without the instructions that they try around the two readings.
"""

from __future__ import annotations

from dataclasses import dataclass

from embcmp.types import Occurrence

BETWEEN = " "  # between the two readings


@dataclass(frozen=True, slots=True)
class InputText:
    """A text with the target in it; offsets are those of its characters.

    Attributes:
        text: the prompt, the sentence and perhaps the sentence again.
        start: the start of the target, of the second one where the sentence is there twice.
        end: the end of the target.
        sentence: where the sentence begins, after the prompt.
        again: where the sentence begins for the second time; None if it is there once.
        before: how far the marked target extends before `start`: the length of its mark.
        after: how far it extends beyond `end`.
    """

    text: str
    start: int
    end: int
    sentence: int = 0
    again: int | None = None
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class InputForm:
    """How the text for a target is made of its sentence.

    Attributes:
        prompt: the text before the sentence, with the space after it if there is to be one.
        mark: the name of the marks around the target, t for `<t>` and `</t>`; None for no marks.
        twice: whether the sentence is given twice, with a blank between.
    """

    prompt: str = ""
    mark: str | None = None
    twice: bool = False

    @property
    def marks(self) -> tuple[str, str]:
        """The text before and after a target; both are empty without marks."""
        return ("", "") if self.mark is None else (f"<{self.mark}>", f"</{self.mark}>")

    def of(self, target: Occurrence) -> InputText:
        """The text for a target."""
        opening, closing = self.marks
        sentence, start, end = target.sentence, target.start, target.end
        marked = f"{sentence[:start]}{opening}{sentence[start:end]}{closing}{sentence[end:]}"
        first = len(self.prompt)
        last = first + len(marked) + len(BETWEEN) if self.twice else first
        return InputText(
            text=self.prompt + marked + (BETWEEN + marked if self.twice else ""),
            start=last + start + len(opening),
            end=last + end + len(opening),
            sentence=first,
            again=last if self.twice else None,
            before=len(opening),
            after=len(closing),
        )
