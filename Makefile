# `make demo` and `make test` start from nothing: they make .venv and install what they need.
# `make test TESTS=tests/text` runs a part.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The folder of gold standards as TSV files, which no clone contains.
GOLD ?= ../shared/data/tsv
ITEMS := $(GOLD)/wikihomograph.train.items.tsv
comma := ,

WORKERS ?= 2
TESTS ?= tests
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: demo test test-slow mutants lint format type check bench lstm gold findings reference browser clean

demo: $(VENV)/.models
	$(BIN)/embcmp compare man --sentences fixtures/man.txt

# Only the whole suite is held to the coverage that pyproject.toml asks for.
test: export PYTHONDONTWRITEBYTECODE = # keep compiled tests, so that the next run starts sooner
test: $(VENV)/.dev
	$(PYTEST) -m "not slow" $(if $(filter tests,$(TESTS)),--cov --cov-report=term) $(TESTS)

test-slow: $(VENV)/.dev
	$(PYTEST) -m slow $(TESTS)

mutants: $(VENV)/.dev
	$(BIN)/python -m tests.mutants

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

type: $(VENV)/.dev
	$(BIN)/mypy

check: lint type test

bench: gold $(VENV)/.models
	$(BIN)/python tests/benchmarks/wikihomograph.py $(ITEMS)
	$(BIN)/python -m tests.benchmarks.receipts $(GOLD)
	$(BIN)/python -m tests.benchmarks.cold_start fixtures/man.txt
	$(BIN)/python -m tests.benchmarks.throughput $(ITEMS) $(PEERS:%=--peers %)

# WordNet's glosses from Debian, three seeds, and the numbers of docs/notes/lstm.md.
lstm: gold $(VENV)/.models
	mkdir -p build/lstm
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	(cd "$$folder" && { apt-get update -qq || true; } && apt-get download -qq wordnet-base && dpkg -x wordnet-base_*.deb .) && \
	for cell in lstm rnn; do \
	  $(BIN)/python -m tests.making.shipped_encoders --wordnet "$$folder/usr/share/wordnet" --cell $$cell --runs build/lstm || exit 1; \
	done
	$(BIN)/python tests/benchmarks/wikihomograph.py $(ITEMS) \
	  --words N-Z --shots 10 -e word2vec -e context -e rnn -e lstm,direction=forward -e lstm -e lstm,weights=random -e bert \
	  $(foreach cell,lstm rnn,$(foreach seed,0 1 2,-e $(cell):build/lstm/$(cell)-seed$(seed).safetensors))
	$(BIN)/embcmp evaluate items $(ITEMS) --words N-Z \
	  $(foreach seed,0 1 2,-e lstm:build/lstm/lstm-seed$(seed).safetensors \
	  -e lstm:build/lstm/lstm-seed$(seed).safetensors$(comma)direction=forward \
	  -e rnn:build/lstm/rnn-seed$(seed).safetensors)

gold:
	@test -f $(ITEMS) || { echo "$(ITEMS) is missing: make bench and make lstm measure on gold standards" \
	  "that do not come with embcmp. docs/reference/evaluation.md says where to get them and the columns of" \
	  "the file; then name its folder: make bench GOLD=DIR" >&2; exit 1; }

# The tables over words of docs/notes/findings.md and README.md, on the project's own sentences.
findings: $(VENV)/.models
	$(BIN)/python -m tests.benchmarks.findings $(addprefix --page docs/notes/,findings.md findings-tables.md findings-development.md) --summary README.md

reference: $(VENV)/.models
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_limits.py

# Debian's chromium, for the tests that look at a page as its reader does. Without it they are
# skipped; in CI they fail.
browser:
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } || \
	  { echo "chromium cannot be installed here: install it by hand, for the tests of pages" >&2; exit 1; }

clean:
	rm -rf $(VENV) build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# torch first, alone and pinned by constraints.txt: a range would bring the newest build, and
# gigabytes with it.
$(VENV)/.models: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) torch
	$(INSTALL) --editable '.[models]'
	touch $@

$(VENV)/.dev: $(VENV)/.models
	$(INSTALL) --editable '.[models,dev]'
	touch $@
