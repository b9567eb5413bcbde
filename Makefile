# Each target is enough on its own: it prepares .venv when something changed, and not otherwise.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
HOST   ?= 127.0.0.1
PORT   ?= 8000

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-annotate \
	--no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup serve test check format bench wheel lock clean

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

setup: $(READY) ## the virtual environment, from the lock file

# An environment of an older Python is left alone and refused: removing it is the owner's choice.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' has no venv module; install it (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(VENV) was made by a Python older than 3.11; remove it and run make again." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

serve: $(READY) ## the service on http://127.0.0.1:8000
	$(BIN)/intrathecal serve --host $(HOST) --port $(PORT)

test: $(READY) ## every test
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

check: $(READY) ## format, lint, types, import contracts, rule files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/intrathecal check

format: $(READY) ## the code in the house format, and the generated pages of docs anew
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/intrathecal words --markdown > docs/words.new && mv docs/words.new docs/words.md
	$(BIN)/intrathecal rules --sign-off > docs/safety/new && mv docs/safety/new docs/safety/sign-off.md

bench: $(READY) ## speed and memory, as medians
	$(BIN)/python -m bench

wheel: $(READY) ## the wheel, in dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# Resolved on the oldest Python we support: it needs every backport that a newer one does without.
# What is pinned stays pinned; `make lock UPGRADE=--upgrade` takes the newest.
lock: export CUSTOM_COMPILE_COMMAND = make lock
lock: $(READY) ## the lock files anew, from pyproject.toml
	$(BIN)/python -m pip install --quiet pip-tools==7.6.2
	$(COMPILE) $(UPGRADE) --output-file requirements.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
		| $(COMPILE) $(UPGRADE) --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml -

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
