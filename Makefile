# Everything here sets itself up in .venv on a machine that has python3 (3.11 or newer) and make.
# ARGS goes to the program: make run ARGS="--workers 2", make test ARGS="-k keys", make bench ARGS="--quick".

.DEFAULT_GOAL := help
.PHONY: help run demo drill test test-compiled check bench eval build lock docs clean
SHELL := /bin/sh
BIN := .venv/bin
COMPILED := .cache/venv-compiled
ARGS ?=
JOBS ?= 2
PEOPLE ?= 1000000

SETUP_INPUTS := pyproject.toml uv.lock scripts/setup.sh scripts/uv.in scripts/uv.txt
RUNTIME := .venv/.ready-runtime
DEV := .venv/.ready-dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(RUNTIME): $(SETUP_INPUTS)
	@sh scripts/setup.sh runtime

$(DEV): $(SETUP_INPUTS)
	@sh scripts/setup.sh dev

run: $(RUNTIME) ## start the gateway with a small ready program, and print what to paste into your client
	@exec $(BIN)/safeconduct up $(ARGS)

demo: $(RUNTIME) ## the four legal states of June 2026 on a small population, narrated
	@exec $(BIN)/safeconduct demo $(ARGS)

drill: $(DEV) ## the June drill over a million people: every decision against an oracle that shares no line (PEOPLE=1000000)
	@SAFECONDUCT_DRILL_PEOPLE=$(PEOPLE) $(BIN)/pytest -s -m drill tests/assembly/test_june_drill.py $(ARGS)

# loadfile: what a module makes once is made once; groups of xdist_group are not seen by pytest 9.2 and xdist 3.8
test: $(DEV) ## install what the tests need, real clients included, and run them all
	@PYTHONPATH=tests $(BIN)/python -m support.clients
	@PYTHONPATH=tests $(BIN)/python -m support.debian
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

# tests/pure_only.txt: tests that subclass, patch or look into what the compiled wheel seals
test-compiled: $(DEV) ## the tests of the call path against the compiled wheel
	@sh scripts/compiled_venv.sh "$(CURDIR)/$(COMPILED)" dev
	@PYTHONPATH=tests $(BIN)/python -m support.clients
	@PYTHONPATH=tests $(BIN)/python -m support.debian
	@env -u PYTHONPATH $(COMPILED)/bin/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder \
		tests/exchange tests/wire tests/gateway tests/upstreams tests/storage tests/workers tests/audit tests/clients @tests/pure_only.txt $(ARGS)

check: $(DEV) ## format, lint, types, architecture, lock, house rules and documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/uv lock --check --quiet
	$(BIN)/pytest tests/house tests/docs -m "not slow"

bench: $(DEV) ## CPU, streams and memory of a governed call beside nginx, Envoy, LiteLLM and Portkey
	@exec $(BIN)/python -m bench $(ARGS)

eval: $(DEV) ## how good safeguards and watch are: DATA=folder of the development split, ARGS="--html page.html"
	@exec $(BIN)/python -m evaluation $(if $(DATA),--data "$(DATA)") $(ARGS)

build: $(DEV) ## the wheel, in dist/; COMPILE=1: with the call path compiled, for this Python and platform
	@$(if $(filter 1,$(COMPILE)),$(BIN)/python scripts/compile.py dist,$(BIN)/uv build --wheel --quiet) && ls dist/*.whl

docs: $(DEV) ## write docs/cli.md again from the commands
	@$(BIN)/python scripts/cli_reference.py --write

lock: $(DEV) ## resolve the dependencies again (ARGS="--upgrade" for newer ones)
	@$(BIN)/uv lock $(ARGS)

clean: ## remove everything that make made; the state of the program (SAFECONDUCT_HOME) stays
	rm -rf .venv .bench-work .cache dist build .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
