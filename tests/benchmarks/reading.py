"""Reading and searching a million lines: processor seconds and memory, beside another version.

    python -m tests.benchmarks.reading --against ../embcmp-833212b

The lines are the background sentences in random order, one in ten with an accented letter; two
hundred hold the word. Each task runs in a process of its own, the two versions in turn, and the
least of the rounds is shown: user and system time of all threads, without that of the imports.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from embcmp.background.background_text import shipped_background

WORD = "post"
SEED = 1
IMPORTS = """
import resource, sys
from embcmp.text.sentences import read_sentences, stream_sentences
from embcmp.text.targets import find_occurrences
path, word = sys.argv[1:]
before = resource.getrusage(resource.RUSAGE_SELF)
{task}
after = resource.getrusage(resource.RUSAGE_SELF)
seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(seconds, after.ru_maxrss / 1024)
"""
TASKS = {
    "stream": "count = sum(1 for _ in stream_sentences(path))",
    "read": "count = len(read_sentences(path))",
    "read and search": "find_occurrences(read_sentences(path), word)",
    "read and search, inflections": ("find_occurrences(read_sentences(path), word, 'inflections')"),
}


def write_lines(path: Path, count: int) -> None:
    """Write so many lines of text to a file."""
    drawn = random.Random(SEED)
    sentences = [s for s in shipped_background().sentences if WORD not in s.lower()]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            sentence = drawn.choice(sentences)
            if number % max(1, count // 200) == 0:
                sentence = f"The {WORD} was brought by a man on a horse."
            if number % 10 == 0:
                sentence = sentence.replace("e", "é", 1)
            file.write(sentence + "\n")


def measure(task: str, source: Path, text: Path) -> tuple[float, float]:
    """Processor seconds and peak MiB of a task with the package in the folder `source`."""
    made = subprocess.run(
        [sys.executable, "-c", IMPORTS.format(task=TASKS[task]), text, WORD],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, peak = made.stdout.split()
    return float(seconds), float(peak)


def main() -> None:
    """Print a line for each task and version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="A folder with another version's source.")
    args = parser.parse_args()
    versions = {"this": Path(__file__).resolve().parents[2]}
    if args.against:
        versions["other"] = args.against
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "lines.txt")
        write_lines(text, args.lines)
        for task in TASKS:
            rounds = [
                {name: measure(task, source, text) for name, source in versions.items()}
                for _ in range(args.rounds)
            ]
            for name in versions:
                seconds = min(made[name][0] for made in rounds)
                peak = min(made[name][1] for made in rounds)
                sys.stdout.write(f"{task:30}{name:8}{seconds:7.2f} s{peak:8.0f} MiB\n")


if __name__ == "__main__":
    main()
