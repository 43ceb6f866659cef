# `make help` lists the targets. State of a local installation lives in .local/ (ignored by git).

SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
export PYTHONUNBUFFERED := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo serve test lint bench soak picture lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime ## make .venv from the hash-locked requirements.txt

setup-dev: $(VENV)/.dev ## the same with the tools of requirements-dev.txt

# A stamp is written last, so an interrupted set-up is repeated. The lock for tests holds the other one:
# after it, the runtime needs nothing more.
$(VENV)/.runtime: requirements.txt
	@sh config/setup.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	@sh config/setup.sh $(VENV) requirements-dev.txt
	@touch $(VENV)/.runtime $@

demo: setup ## the main job on invented tenants, then the console (DEMO_ARGS=--once ends after it)
	@$(PY) manage.py demo $(DEMO_ARGS)

serve: setup ## an empty installation on http://127.0.0.1:8000 (SERVE_ARGS="--port N --workers N")
	@$(PY) manage.py serve $(SERVE_ARGS)

test: lint ## linters and the whole test suite (TEST_ARGS=tests/kyc)
	$(PY) -m pytest -n 2 --dist loadscope --durations=20 $(TEST_ARGS)

lint: setup-dev ## linters, types, floors, templates, migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-cache --no-logo
	$(VENV)/bin/mypy
	$(VENV)/bin/djlint --lint --quiet templates
	$(PY) manage.py check
	$(PY) -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run

bench: setup-dev ## every benchmark, each figure beside its peer or limit; JSON in .local/bench/
	$(PY) -m tests.benchmarks

bench-%: setup-dev
	$(PY) -m tests.benchmarks $*

soak: setup-dev ## the long form of the fault tests and of the daily series; pages over a slow line
	$(PY) -m pytest tests/faults tests/journeys/browser tests/kyc/screening/test_series.py --soak --timeout=3600 $(TEST_ARGS)

picture: setup-dev ## docs/home.png anew, from the demonstration (PICTURE_ARGS="--all FOLDER": every page)
	@$(PY) -m tests.pictures $(PICTURE_ARGS)

lock: setup-dev ## write both lock files anew from pyproject.toml
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		pyproject.toml --output-file requirements.txt
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean: ## remove .venv (never .local/, which may hold keys)
	rm -rf $(VENV)
