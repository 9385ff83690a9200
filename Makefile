# Two commands are complete on a fresh machine with Python 3.11: `make verify` and `make test`.
# Everything a target needs it makes itself; stamps keep the second run fast. docs/adr/0003 says why it is done so.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
FROM_LOCK := $(PIP) install --require-hashes --only-binary :all:
CASES := fixtures/vectors/long-an
WORKERS ?= 2

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# --- set-up ---------------------------------------------------------------------------------------------------------

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Built in place with the locked build tools, so nothing but the locks is ever asked for.
$(VENV)/.stamp-run: requirements/run.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(FROM_LOCK) -r requirements/run.lock -r requirements/build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.stamp-dev: requirements/dev.lock $(VENV)/.stamp-run
	$(FROM_LOCK) -r requirements/dev.lock
	touch $@

$(VENV)/.stamp-%: requirements/%.lock $(VENV)/.stamp-dev
	$(FROM_LOCK) -r requirements/$*.lock
	touch $@

.PHONY: setup system
setup: $(VENV)/.stamp-dev ## make .venv with everything the tests need

system: ## install the Debian packages the tests use, where they are missing
	tools/system-packages
