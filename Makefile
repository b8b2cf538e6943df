# The commands of the project. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := zone_service/web/vendor
DEMO_SECONDS ?= 0
# One more than the cores of a small machine: whole stories mostly wait for processes and clocks.
JOBS ?= 3
# Where it is set (images of containers do), each of the hundreds of processes that the tests start would
# compile our modules from their text: a fifth of its start.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile

TELL_EVERY_S ?= 10

# A stage of the set-up says that it begins, each ten seconds that it goes on, and how long it took: on a
# slow machine some of them take minutes. What waits for the next ten seconds holds no pipe of ours open.
define stage
	@echo "$(1) …"; begun=$$SECONDS; \
	( while sleep $(TELL_EVERY_S) >/dev/null 2>&1; do echo "  goes on, $$(( SECONDS - begun )) s so far"; done ) & \
	trap "kill $$! 2>/dev/null" EXIT; \
	$(2) && echo "  done in $$(( SECONDS - begun )) s"
endef

.PHONY: help setup demo test check format lint types imports page-check found bench servers lock clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready $(PAGE)/.ready $(VENV)/.compiled  ## the environment in .venv, the page's libraries, the compiled loops

$(VENV)/.ready: requirements.txt pyproject.toml
	$(call stage,Making the environment in $(VENV),test -x $(BIN)/python || $(PYTHON) -m venv $(VENV))
	@# Seven thousand modules, most of which nobody loads: compiled when they are, and not here, one by one.
	$(call stage,Installing the packages of requirements.txt: about half a minute,$(PIP) --require-hashes -r requirements.txt)
	$(call stage,Installing the platform,$(PIP) --no-deps --no-build-isolation -e .)
	@touch $@

$(PAGE)/.ready: $(VENV)/.ready zone_service/web/package-lock.json zone_service/web/vendor.py
	$(call stage,Fetching the page's libraries: some ten seconds,$(BIN)/python zone_service/web/vendor.py)
	@touch $@

$(VENV)/.compiled: $(VENV)/.ready zone_service/compiling.py $(wildcard geofence/*.py telemetry/*.py)
	$(call stage,Compiling the loops that have changed: up to half a minute,$(BIN)/python -m zone_service.compiling)
	@touch $@

demo: setup  ## the platform, a simulated city and a live map (DEMO_SECONDS=60 makes it end)
	@$(BIN)/zone demo --seconds $(DEMO_SECONDS)

test: setup  ## all tests, in JOBS=3 processes (one test alone: .venv/bin/pytest PATH -k WORD)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations=20

format: $(VENV)/.ready  ## write the code in its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.ready
	$(BIN)/mypy

imports: $(VENV)/.ready
	$(BIN)/lint-imports

page-check: $(PAGE)/.ready
	$(BIN)/python zone_service/web/vendor.py --check

# Found once, and what pytest makes of their text is kept: each process of the tests would make it again.
found: setup
	@$(BIN)/python -m pytest --collect-only -qq > /dev/null || $(BIN)/python -m pytest --collect-only -qq

check:  ## format, lint, types, imports, page, tests: what CI runs
	@# Types are checked on one core while the loops are compiled, and the tests found, on the other.
	$(MAKE) --no-print-directory -j2 types lint imports setup page-check found
	$(MAKE) --no-print-directory test

bench: setup  ## every benchmark, with its oracle
	$(BIN)/python -m bench.path --json
	$(BIN)/python -m bench.crash --json
	$(BIN)/python -m bench.ahead --json
	$(BIN)/python -m bench.fence --json
	$(BIN)/python -m bench.change --json
	$(BIN)/python -m bench.permits --json
	$(BIN)/python -m bench.history --json
	$(BIN)/python -m bench.history --json --rows 100000000 --end-devices 0
	$(BIN)/python -m bench.telemetry --json --nightly
	$(BIN)/python -m bench.tracks --json
	PERMIT_MODEL_STEPS=100000 PERMIT_MODEL_SEED=$$(date +%s) $(BIN)/python -m pytest -n $(JOBS) tests/store/test_permit_model.py

servers:  ## Mosquitto, PostgreSQL 15 with PostGIS and Chromium for the tests, where apt and root are there
	@deploy/install-test-servers

lock:  ## compile requirements.txt anew from pyproject.toml
	uv pip compile pyproject.toml --extra dev --extra bench --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-annotate --upgrade --output-file requirements.txt

clean:
	rm -rf $(VENV) $(PAGE) .mypy_cache .ruff_cache .pytest_cache .hypothesis
