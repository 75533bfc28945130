# Everything runs from .venv, which the first target that needs it makes from the locked wheels.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
TESTS ?= tests
# More than there are processors: tests wait as much as they work.
WORKERS ?= 3
MINUTES ?= 3
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes

.DEFAULT_GOAL := help
.PHONY: help demo run test lint format bench soak schema lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.bench: $(VENV)/.ready requirements-bench.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(VENV)/.ready ## the main job, to watch: sample tickets, verified webhooks, the addresses
	$(BIN)/escalator demo

run: $(VENV)/.ready ## the service alone, on http://127.0.0.1:8000
	$(BIN)/escalator serve

test: $(VENV)/.ready ## all tests, on the embedded PostgreSQL (TESTS=path narrows)
	$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

lint: $(VENV)/.ready ## ruff and mypy, strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.ready ## let ruff lay out and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench ## ratios beside peers, into docs/benchmarks.md
	$(BIN)/python -m benchmarks

soak: $(VENV)/.ready ## minutes of load under faults, every promise checked (MINUTES=3, SEED=)
	$(BIN)/python -m soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

schema: $(VENV)/.ready ## write the JSON Schema of policy files again
	$(BIN)/escalator policies schema > policies/schema.json

lock: $(VENV)/.ready ## write the lock files again from pyproject.toml
	$(COMPILE) -o requirements.lock pyproject.toml
	echo hatchling | $(COMPILE) -c requirements.lock -o requirements-build.lock -
	$(COMPILE) -c requirements.lock --extra dev -o requirements-dev.lock pyproject.toml
	$(COMPILE) -c requirements-dev.lock --extra bench -o requirements-bench.lock pyproject.toml

clean: ## remove what these targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
