# `make demo` and `make test` start from nothing: they make .venv and install what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
GOLD := ../shared/data/tsv
comma := ,

.PHONY: demo test test-slow lint type check bench lstm findings reference browser clean

demo: $(VENV)/.models
	$(BIN)/embcmp compare man --sentences fixtures/man.txt

# One thread for each process: torch's threads would wait for each other. One process more than the
# two cores: each waits now and then for a command that it started.
test: export OMP_NUM_THREADS = 1
# Hundreds of commands are started: none need compile embcmp again.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev browser
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" --cov --cov-report=term

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/.dev
	$(BIN)/mypy

check: lint type test

bench: $(VENV)/.models
	$(BIN)/python tests/benchmarks/wikihomograph.py $(GOLD)/wikihomograph.train.items.tsv
	$(BIN)/python -m tests.benchmarks.receipts $(GOLD)
	$(BIN)/python -m tests.benchmarks.cold_start fixtures/man.txt
	$(BIN)/python -m tests.benchmarks.throughput $(GOLD)/wikihomograph.train.items.tsv $(PEERS:%=--peers %)

# WordNet's glosses from Debian, three seeds, and the numbers of docs/lstm.md.
lstm: $(VENV)/.models
	mkdir -p build/lstm
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	(cd "$$folder" && { apt-get update -qq || true; } && apt-get download -qq wordnet-base && dpkg -x wordnet-base_*.deb .) && \
	for cell in lstm rnn; do \
	  $(BIN)/python -m embcmp.training.shipped --wordnet "$$folder/usr/share/wordnet" --cell $$cell --runs build/lstm || exit 1; \
	done
	$(BIN)/python tests/benchmarks/wikihomograph.py $(GOLD)/wikihomograph.train.items.tsv \
	  --words N-Z --shots 10 -e word2vec -e context -e rnn -e lstm,direction=forward -e lstm -e lstm,weights=random -e bert \
	  $(foreach cell,lstm rnn,$(foreach seed,0 1 2,-e $(cell):build/lstm/$(cell)-seed$(seed).safetensors))
	$(BIN)/embcmp evaluate items $(GOLD)/wikihomograph.train.items.tsv --words N-Z \
	  $(foreach seed,0 1 2,-e lstm:build/lstm/lstm-seed$(seed).safetensors \
	  -e lstm:build/lstm/lstm-seed$(seed).safetensors$(comma)direction=forward \
	  -e rnn:build/lstm/rnn-seed$(seed).safetensors)

# The tables over words of docs/findings.md and README.md, on the project's own sentences.
findings: $(VENV)/.models
	$(BIN)/python -m tests.benchmarks.findings --page docs/findings.md --summary README.md

reference: $(VENV)/.models
	$(BIN)/python docs/make_reference.py

# Debian's chromium, for tests that look at a page as its reader does; without it they are skipped,
# but for CI, where they fail.
browser:
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } || \
	  echo "chromium cannot be installed here: install it by hand, for the tests of pages" >&2

clean:
	rm -rf $(VENV) build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# torch first and by its pin: a range would bring the newest build, and gigabytes with it.
$(VENV)/.models: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) torch==2.13.0
	$(INSTALL) --editable '.[models]'
	touch $@

$(VENV)/.dev: $(VENV)/.models
	$(INSTALL) --editable '.[models,dev]'
	touch $@
