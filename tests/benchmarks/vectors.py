"""Looking a word up in large files of vectors against gensim's load, and index structures.

    python tests/benchmarks/vectors.py goals       # first and next process, as ratios
    python tests/benchmarks/vectors.py memory      # reading by position against mapping
    python tests/benchmarks/vectors.py structures  # what an index could be; marisa-trie if there

Each ratio is the median over rounds, in each of which both are timed one after the other: by the
clock, and by the processor's time, which tells the same on a machine that has other work. The
files are made on the first call, of random numbers: 1,000,000 x 300 as word2vec.c writes it
(1.2 GB) and 400,000 x 50 as GloVe writes it (170 MB).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

GENSIM = """
import json, sys, time
from gensim.models import KeyedVectors
begin, cpu = time.perf_counter(), time.process_time()
how = {"binary": True} if sys.argv[1].endswith(".bin") else {"no_header": True}
vectors = KeyedVectors.load_word2vec_format(sys.argv[1], **how)
row = [float(x) for x in vectors["word377777"]]
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "row": row}))
"""

EMBCMP = """
import json, resource, sys, time
import numpy
from embcmp import Occurrence, load_encoder
begin, cpu = time.perf_counter(), time.process_time()
use = Occurrence("0", "word377777", "word377777 is here", 0, 10)
row = load_encoder("word2vec:" + sys.argv[1]).encode([use]).vectors[0, 0].tolist()
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "row": row, "mib": mib}))
"""

MEMORY = """
import mmap, os, resource, sys
import numpy as np
descriptor = os.open(sys.argv[1], os.O_RDONLY)
size = os.fstat(descriptor).st_size
places = np.random.default_rng(0).integers(0, size - 1200, 20_000).tolist()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[2] == "map":
    mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    total = sum(mapped[place : place + 1200][0] for place in places)
else:
    total = sum(os.pread(descriptor, 1200, place)[0] for place in places)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""

STRUCTURES = """
import json, os, resource, sqlite3, sys, time, zlib
from pathlib import Path
import numpy as np
kind, folder, step = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
place = folder / kind
count = 1_000_000
asked = [f"word{i}" for i in range(0, count, 10_000)] + [f"none{i}" for i in range(100)]
if step == "make":
    words = [b"word%d" % i for i in range(count)]
    places = np.arange(count, dtype=np.int64) * 1210
begin = time.perf_counter()
if kind == "array":
    shift = np.uint64(32)
    if step == "make":
        entries = np.fromiter(map(zlib.crc32, words), np.uint64) << shift
        entries |= np.arange(count, dtype=np.uint64)
        entries.sort()
        np.concatenate([entries, places.view(np.uint64)]).tofile(place)
    else:
        read = np.memmap(place, np.uint64, "r")
        keys = np.fromiter(map(zlib.crc32, map(str.encode, asked)), np.uint64) << shift
        at = np.searchsorted(read[:count], keys)
        found = sum(int(read[i] >> shift == key >> shift) for i, key in zip(at, keys))
elif kind == "sqlite":
    if step == "make":
        place.unlink(missing_ok=True)
    base = sqlite3.connect(place)
    if step == "make":
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("CREATE TABLE words (word BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID")
        base.executemany("INSERT INTO words VALUES (?, ?)", zip(words, places.tolist()))
        base.commit()
    else:
        query = "SELECT place FROM words WHERE word = ?"
        found = sum(base.execute(query, (word.encode(),)).fetchone() is not None for word in asked)
else:
    import marisa_trie
    if step == "make":
        pairs = ((word.decode(), (place,)) for word, place in zip(words, places.tolist()))
        marisa_trie.RecordTrie("<q", pairs).save(str(place))
    else:
        trie = marisa_trie.RecordTrie("<q").mmap(str(place))
        found = sum(word in trie for word in asked)
seconds = time.perf_counter() - begin
if step == "look":
    assert found == 100, found
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "mb": place.stat().st_size / 1e6, "mib": mib}))
"""


def large_binary(path: Path) -> None:
    rng = np.random.default_rng(0)
    with path.open("wb") as f:
        f.write(b"1000000 300\n")
        for start in range(0, 1_000_000, 10_000):
            block = rng.standard_normal((10_000, 300), dtype=np.float32)
            f.writelines(b"word%d %b\n" % (start + i, row.tobytes()) for i, row in enumerate(block))


def large_text(path: Path) -> None:
    rng = np.random.default_rng(1)
    with path.open("w") as f:
        for start in range(0, 400_000, 10_000):
            block = 0.5 * rng.standard_normal((10_000, 50))
            f.writelines(
                f"word{start + i} {' '.join(f'{x:.5g}' for x in row)}\n"
                for i, row in enumerate(block)
            )


FILES = {"1m-300.bin": large_binary, "400k-50.txt": large_text}
GOALS = {"1m-300.bin": (0.12, 0.01), "400k-50.txt": (0.5, 0.02)}


def run(
    code: str, *arguments: object, python: str = sys.executable, **env: str
) -> dict[str, float]:
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, **env},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found = json.loads(done.stdout.splitlines()[-1])
    return found if isinstance(found, dict) else {"mib": found}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def goals(path: Path, rounds: int) -> str:
    ratios: dict[str, list[float]] = {}
    most = 0.0
    for _ in range(rounds):
        peer = run(GENSIM, path)
        with tempfile.TemporaryDirectory() as cache:
            first = run(EMBCMP, path, EMBCMP_CACHE=cache)
            later = [run(EMBCMP, path, EMBCMP_CACHE=cache) for _ in range(3)]
        assert all(r["row"] == peer["row"] for r in (first, *later)), "another vector than gensim's"
        for unit in ("seconds", "cpu"):
            for name, runs in (("first", [first]), ("next", later)):
                ratio = statistics.median(r[unit] for r in runs) / peer[unit]
                ratios.setdefault(f"{name} {unit}", []).append(ratio)
        most = max(most, *(r["mib"] for r in (first, *later)))
    found = ", ".join(f"{name} {statistics.median(r):.4f}" for name, r in ratios.items())
    return f"{found}, {most:.0f} MiB"


def structures(python: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("array", "sqlite", "marisa"):
            made = run(STRUCTURES, kind, folder, "make", python=python)
            looked = [run(STRUCTURES, kind, folder, "look", python=python) for _ in range(5)]
            seconds = statistics.median(r["seconds"] for r in looked)
            say(
                f"{kind:8} made in {made['seconds']:.2f} s with {made['mib']:.0f} MiB,"
                f" {made['mb']:.1f} MB; opened and 200 words in {1e3 * seconds:.1f} ms"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("goals", "memory", "structures"))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=sys.executable, help="one that has marisa-trie")
    given = parser.parse_args()
    if given.what == "structures":
        structures(given.python)
        return
    for name, make in FILES.items():
        path = given.folder / f"embcmp-{name}"
        if not path.exists():
            make(path)
        if given.what == "goals":
            first, later = GOALS[name]
            say(f"{name}: {goals(path, given.rounds)}; goals: first {first}, next {later}")
    if given.what == "memory":
        for how in ("map", "read"):
            used = run(MEMORY, given.folder / "embcmp-1m-300.bin", how)["mib"]
            say(f"20,000 vectors by {how}: {used:.0f} MiB more")


if __name__ == "__main__":
    main()
