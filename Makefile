# `make run` and `make test` do all their own set-up. `make help` lists the rest.

VENV ?= .venv
PY := $(VENV)/bin/python
FITS := import sys, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(or $(firstword $(foreach name,python3.11 python3 python3.12 python3.13,\
	$(shell $(name) -c '$(FITS)' 2>/dev/null && echo $(name)))),\
	$(error No Python 3.11 or newer that can make a virtual environment; name one: make PYTHON=...))
LOCK := $(VENV)/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate $(UPGRADE) pyproject.toml
# What requirements-dev.lock holds beside what a run needs.
EXTRAS := test dev study query notebooks page docs
# Tests on all cores this process may use; ARGS="-n0" for one after another.
PARALLEL := -n auto --dist worksteal
NOTEBOOKS := $(patsubst notebooks/%.py,build/notebooks/%.ipynb,$(wildcard notebooks/*.py))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
.DEFAULT_GOAL := help
.PHONY: help run page test lint format bench fuzz docs gallery readme notebooks published bounds digests verify lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.ready-to-run ## Simulate, draw, save: make run ARGS="scenario=eu_2022 months=24"
	$(PY) -m sim $(ARGS)

page: $(VENV)/.ready-to-test ## The interactive page in your browser: make page ARGS="--port 5007"
	$(PY) -m sim page --show $(ARGS)

test: $(VENV)/.ready-to-test ## All tests: make test ARGS="-m 'not slow'"
	$(PY) -m pytest $(PARALLEL) $(ARGS)

lint: $(VENV)/.ready-to-test ## Style, types and the order of the rooms
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.ready-to-test ## Rewrite the sources in the house style
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(VENV)/.ready-to-test ## The table of speed and memory: make bench ARGS="months start"
	$(PY) benchmarks/speed.py $(ARGS)

docs: $(VENV)/.ready-to-test ## The book: build/docs/index.html, read from disk
	$(PY) -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/docs

gallery: $(VENV)/.ready-to-test ## Renew the pictures of docs/gallery.md by the commands that stand there
	$(PY) docs/gallery.py

readme: $(VENV)/.ready-to-run ## Renew the README's numbers from results/published
	$(PY) docs/readme.py

notebooks: $(VENV)/.ready-to-test $(NOTEBOOKS) ## Execute every notebook; read it in build/notebooks
	$(PY) -m pytest --nbmake --overwrite build/notebooks

fuzz: $(VENV)/.ready-to-test ## Odd configurations, runs and tables, and kills: half an hour or more
	$(PY) -m tests.fuzz.fuzz_config --count 3000 --seed 1
	$(PY) -m tests.fuzz.fuzz_run --count 300 --seed 1
	$(PY) -m tests.fuzz.fuzz_tables --count 500 --seed 1
	$(PY) -m tests.fuzz.fuzz_kill --kills 40 --seed 1

published: $(VENV)/.ready-to-run ## Renew results/published: make published ARGS="eu_2022"
	$(PY) -m sim.publish $(ARGS)

bounds: $(VENV)/.ready-to-test ## Tests of the kernels' rooms with every index checked
	NUMBA_BOUNDSCHECK=1 $(PY) -m pytest tests/market tests/baseline tests/phases \
		-m "not slow and not ray" $(ARGS)

digests: $(VENV)/.ready-to-test ## Renew what the tests expect to come out bit for bit everywhere
	$(PY) tests/bits/digests.py --renew

verify: $(VENV)/.ready-to-run ## Do results/published still come out the same?
	$(PY) -m sim.verify --all results/published --across-versions

build/notebooks/%.ipynb: notebooks/%.py | $(VENV)/.ready-to-test
	@mkdir -p $(@D)
	$(VENV)/bin/jupytext --quiet --to ipynb --output $@ $<

lock: | $(PY) ## Renew both locks from pyproject.toml: make lock UPGRADE=--upgrade
	$(PY) -m pip install --quiet uv
	$(LOCK) --output-file requirements.lock
	$(LOCK) --output-file requirements-dev.lock --constraints requirements.lock \
		$(EXTRAS:%=--extra %)

clean: ## Remove caches and builds; .venv and results stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache .benchmarks .coverage htmlcov
	find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} +

# An environment that is already there is kept; pip brings it to the locked versions.
define install
@echo "Installing $(1) into $(VENV) (a minute or so the first time)"
@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip
@$(PY) -m pip install --quiet --no-deps --require-hashes -r $(1)
@$(PY) -m pip install --quiet --no-deps --editable .
@$(PY) -m pip check
@touch $@
endef

$(VENV)/.ready-to-run: requirements.lock pyproject.toml | $(PY)
	$(call install,requirements.lock)

$(VENV)/.ready-to-test: requirements-dev.lock pyproject.toml | $(PY)
	$(call install,requirements-dev.lock)

$(PY):
	$(PYTHON) -m venv --clear $(VENV)
