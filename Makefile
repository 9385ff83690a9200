# Two commands are complete on a fresh machine with Python 3.11 or newer: `make verify` and `make test`.
# Everything a target needs it makes itself; stamps keep the second run fast. docs/adr/0003 says why it is done so.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A complete lock needs no resolver, and a resolver would take a newer release than the locked one for "unpinned".
FROM_LOCK := $(PIP) install --no-deps --require-hashes --only-binary :all:
CASES := fixtures/vectors/long-an
WORKERS ?= 2

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- set-up ---------------------------------------------------------------------------------------------------------

# A half-made environment would be taken for a whole one by the next run.
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# Built in place with the locked build tools, so nothing but the locks is ever asked for.
$(VENV)/.stamp-run: requirements/run.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(FROM_LOCK) -r requirements/run.lock -r requirements/build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(PIP) check
	$(BIN)/python -m compileall -q src
	touch $@

$(VENV)/.stamp-dev: requirements/dev.lock $(VENV)/.stamp-run
	$(FROM_LOCK) -r requirements/dev.lock
	$(PIP) check
	touch $@

$(VENV)/.stamp-%: requirements/%.lock $(VENV)/.stamp-dev
	$(FROM_LOCK) -r requirements/$*.lock
	$(PIP) check
	touch $@

# yattag alone comes as source, and is built with what a lock of its own names.
$(VENV)/.stamp-mutants: requirements/mutants.lock $(VENV)/.stamp-mutants-build
	$(FROM_LOCK) --no-binary yattag --no-build-isolation -r requirements/mutants.lock
	$(PIP) check
	touch $@

.PHONY: setup system
setup: $(VENV)/.stamp-dev ## make .venv with everything the tests need

system: ## install the Debian packages the tests use, where they are missing
	tools/system-packages

# --- the main job ---------------------------------------------------------------------------------------------------

# The first fixture is INDETERMINATE on purpose (exit code 10: its second signature is by the test CA): that is the
# right answer, so the job has succeeded when exactly these two codes come back.
.PHONY: verify
verify: $(VENV)/.stamp-run ## verify directive 2691/CT-UBND and print its two reports
	@$(BIN)/sigcheck verify $(CASES)/2691-ct-ubnd/document.pdf --trust fixtures/pki $(OPTIONS); code=$$?; \
	  test $$code -eq 10 || { echo "expected exit code 10, got $$code" >&2; exit 1; }
	@echo
	@$(BIN)/sigcheck verify $(CASES)/2691-ct-ubnd-production/document.pdf --trust fixtures/pki $(OPTIONS)

# --- habits ---------------------------------------------------------------------------------------------------------

.PHONY: test coverage lint conformance bench fixtures docs clean
test: $(VENV)/.stamp-dev system ## run the tests
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(OPTIONS)

coverage: $(VENV)/.stamp-dev system ## run the tests, and tell which lines and branches none reaches
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term $(OPTIONS)

lint: $(VENV)/.stamp-dev ## ruff, its formatter, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(VENV)/.stamp-dev ## judge corpus and small cases beside the project against the verdicts they come with
	$(BIN)/python tools/conformance.py $(OPTIONS)
	$(BIN)/python tools/cases.py

bench: $(VENV)/.stamp-bench system ## measure beside pdfsig, pyHanko, pdfcpu and EU DSS; write docs/performance.md
	$(BIN)/python -m bench.run $(OPTIONS)

fixtures: $(VENV)/.stamp-dev ## make fixtures/ anew: the same bytes on every run
	$(BIN)/python fixtures/build.py

MINUTES ?= 120
.PHONY: mutants
mutants: $(VENV)/.stamp-mutants ## change the deciding code place by place: does a test notice? (MINUTES=120)
	$(BIN)/python tools/mutants.py --minutes $(MINUTES) $(OPTIONS)

SECONDS_EACH ?= 60
.PHONY: fuzz
fuzz: $(VENV)/.stamp-fuzz ## fuzz byte layer, CMS, certificates and lists, guided by coverage (SECONDS_EACH=60)
	for target in document cms certificate revocation; do \
	  $(BIN)/python fuzz/run.py $$target --seconds $(SECONDS_EACH) || exit 1; done

.PHONY: fuzz-faults
fuzz-faults: $(VENV)/.stamp-dev ## inject a fault into every function of the evidence: none may make a document pass
	$(BIN)/python -m fuzz.faults $(OPTIONS)

N ?= 1000
SEED ?= 1
.PHONY: fuzz-viewers
fuzz-viewers: $(VENV)/.stamp-dev system ## hold verdicts against three viewers (N=1000 SEED=1, findings in .cache/viewers)
	$(BIN)/python -m fuzz.viewers -n $(N) --seed $(SEED) -o .cache/viewers --jobs $(WORKERS)

docs: $(VENV)/.stamp-docs ## build the pages in docs/ into site/
	$(BIN)/mkdocs build --strict --quiet

clean: ## remove what was made, but for .venv
	rm -rf build dist site htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache bench/work
