# make demo · make test · make test-schedules · make lab · make test-lab · make bench · make lint · make types · make contracts
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check -q
DEMO ?= healthy
WORKERS ?= 4

.PHONY: demo wall-web screenshots screenshots-check test test-slow test-web test-schedules lab lab-down test-lab test-lab-11 bench lint types contracts locks clean help

help:
	@echo 'make demo [DEMO=lock-safe]  the console on a simulated fleet: no server, no root, no network'
	@echo 'make test                   the tests that need no root and little time; make test-slow: those that take longer'
	@echo 'make wall-web               the wall in a browser, on loopback (WALL="--inventory FILE" for real hosts)'
	@echo 'make test-web               that, in a headless Chromium'
	@echo 'make test-schedules         runs under faults, VMDB_SCHEDULES=200 schedules a case'
	@echo 'make lab, make test-lab     real hosts on this machine, and the tests on them (root, Debian or Ubuntu)'
	@echo 'make test-lab-11            region global on PostgreSQL 11 with recovery.conf (needs npm)'
	@echo 'make screenshots            draw the pictures anew; make screenshots-check: are they stale?'
	@echo 'make bench                  the figures, against OpenSSH in the same run'
	@echo 'make lint types contracts   ruff, mypy --strict, import-linter'

# A virtual environment with the locked packages; hashes are checked.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'vmdb-console needs Python 3.11 or newer ($(PYTHON) is older). Try: make PYTHON=python3.12 $(MAKECMDGOALS)'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'python3-venv is missing. Install it and run make again:'; \
	    echo '    sudo apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/runtime.lock
	@touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime
	@$(BIN)/python -m console --demo=$(DEMO)

# Compiled files are kept even where the environment forbids it: the tests start the program some fifty times. More
# workers than two processors, since many tests wait.
TEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

test: $(VENV)/.dev
	$(TEST) -n $(WORKERS) --dist worksteal -m "not slow"

test-slow: $(VENV)/.dev
	$(TEST) -n $(WORKERS) --dist worksteal -m slow

# The properties of runs under faults (DESIGN 10), with many more schedules a case than `make test` has; VMDB_RANDOM=1
# draws new ones.
VMDB_SCHEDULES ?= 200
test-schedules: $(VENV)/.dev
	VMDB_SCHEDULES=$(VMDB_SCHEDULES) $(TEST) tests/simulation/test_runs_under_faults.py -n 2 --dist worksteal

# The wall in a browser. WALL are the arguments of its walls, `WALL='--inventory FILE'` for real hosts; it is bound to
# loopback: `python -m console.wall_web --help` tells the rest.
WALL ?= --demo
wall-web: $(VENV)/.dev
	@$(BIN)/python -m console.wall_web $(WALL)

# The wall in a headless Chromium (Debian: chromium-headless-shell).
test-web: $(VENV)/.dev
	$(TEST) tests/web

# The pictures of the README, from the simulated fleet; the same bytes every time. CI fails where they are stale.
screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.screens.screenshots

screenshots-check: $(VENV)/.dev
	$(BIN)/python -m tests.screens.screenshots --check

lab: $(VENV)/.dev
	$(BIN)/python -m tests.lab up

lab-down: $(VENV)/.dev
	$(BIN)/python -m tests.lab down

# LAB says which of them: LAB='lab and not long' is what CI runs. A lab that is broken is not worth an hour of time-outs:
# it ends after MAXFAIL failures.
LAB ?= lab
MAXFAIL ?= 25
test-lab: $(VENV)/.dev
	$(BIN)/python -m pytest tests/lab -m "$(LAB)" -v --maxfail=$(MAXFAIL)

# The scripted region again on PostgreSQL 11, which still has recovery.conf; ends a lab that is up.
test-lab-11: $(VENV)/.dev
	$(BIN)/python -m tests.lab down
	VMDB_LAB_GLOBAL_POSTGRESQL=11 $(BIN)/python -m pytest tests/lab/test_global.py tests/lab/test_run_failback.py -m lab -v

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(BENCH)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

# Renews the lock files from pyproject.toml (needs pip-tools in the environment).
LOCK := $(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras
locks: $(VENV)/bin/python
	$(PIP) install pip-tools
	$(LOCK) -o requirements/runtime.lock pyproject.toml
	$(LOCK) --extra dev --allow-unsafe -c requirements/runtime.lock -o requirements/dev.lock pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
