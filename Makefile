# make demo    install the core into .venv and hear the example clips
# make test    install the test extras into .venv and run the tests, in a process a core, four at most
# make check   lint, formatting, types and import arrows
# make soak    the full-size runs, minutes to hours
# make clean   remove .venv and everything generated
#
# PYTHON chooses the interpreter that .venv is made with: make PYTHON=python3.12 demo

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
MADE := $(VENV)/.made
CORE := $(VENV)/.installed-core
TEST := $(VENV)/.installed-test
DEV := $(VENV)/.installed-dev
SOURCES := $(shell find src -type f -not -path '*/__pycache__/*')

# Once the tests have made the installation editable, the demo runs on that one instead of replacing it.
INSTALLED := $(if $(wildcard $(TEST)),$(TEST),$(CORE))

# A file's tests stay in one process, so that what they share is made once. In the order of the folders, the last
# files are short ones, and no process waits long for another.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo test check soak clean
# Two installations into one environment must not run at the same time.
.NOTPARALLEL:

demo: $(INSTALLED)
	$(BIN)/affectone predict examples/

test: $(TEST)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/contract/test_arrows.py

soak: $(TEST)
	$(BIN)/python -m pytest -m soak

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'affectone needs Python 3.11 or newer; $(PYTHON) is' "$$($(PYTHON) --version 2>&1)."; \
	  echo 'Name another one: make PYTHON=python3.12 demo'; exit 1; } >&2
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || { \
	  echo 'Could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv'; exit 1; } >&2
	@touch $@

$(CORE): pyproject.toml $(SOURCES) | $(MADE)
	@echo 'Installing affectone into $(VENV)'
	@test -e $(TEST) || { echo '$(PIP) .'; $(PIP) .; }
	@touch $@

$(TEST): pyproject.toml | $(MADE)
	@echo 'Installing affectone and what its tests need into $(VENV); the first time takes minutes'
	$(PIP) --editable '.[test]'
	@touch $@

$(DEV): pyproject.toml | $(MADE)
	@echo 'Installing affectone and its development tools into $(VENV); the first time takes minutes'
	$(PIP) --editable '.[dev]'
	@touch $(TEST) $@
