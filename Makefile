# make demo, make test: each does its own set-up, in .venv, from Python 3.10 or newer.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
UV := .uv/bin/uv
RESOLUTION ?= lowest-direct
RIVALS := fine-tune,fada,all-source,label-target,mlp-labels,svm-labels,pooled,cada-eq2,cada-warm,fine-tune+cada,svm-pooled
RUNS := $(patsubst results/%/results.csv,%,$(wildcard results/*/results.csv))

.DEFAULT_GOAL := help
.PHONY: help demo docs test test-ci test-all chaos tables figures study-report lint audit format dist \
	test-installed clean

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Run the paper's experiment on two synthetic corpora, from waveforms to table and figure.
	@$(VENV)/bin/python -m experiments.run --flagfile=experiments/demo.flags

test test-ci test-all: PYTEST = $(VENV)/bin/python -m pytest -n auto --dist=loadfile --no-loadscope-reorder

test: $(READY) ## Run the tests but the slow ones; those on real corpora where CADA_CORPORA names them.
	@$(PYTEST)

test-ci: $(READY) ## Run the slow tests as well, as CI does.
	@CADA_SLOW=1 $(PYTEST)

test-all: $(READY) ## Run all tests, also the exhaustive ones, as before a release.
	@CADA_SLOW=1 CADA_EXHAUSTIVE=1 $(PYTEST)

chaos: $(READY) ## Strike the programs at a hundred random moments: signals, lost workers, full disks, damage.
	@CADA_EXHAUSTIVE=1 CADA_CHAOS=$${CADA_CHAOS:-100} $(VENV)/bin/python -m pytest --no-cov -q tests/chaos

tables: $(READY) ## Write results/NAME/table.md from each results/NAME/results.csv.
	@set -e; for run in $(RUNS); do \
	  $(VENV)/bin/python -m figures.tables --results=results/$$run --format=markdown \
	    --output=results/$$run/table.md; done

figures: $(READY) ## Draw figures/NAME.png and .pdf from each results/NAME.
	@set -e; for run in $(RUNS); do \
	  $(VENV)/bin/python -m figures.curves --results=results/$$run --output=figures/$$run; done
	@$(VENV)/bin/python -m figures.benchmark --results=results/benchmark --output=figures/benchmark
	@set -e; for pair in nemo-emodb emodb-nemo; do \
	  $(VENV)/bin/python -m figures.few_labels --results=results/few-labels/$$pair.csv \
	    --output=figures/few-labels-$$pair; done
	@$(VENV)/bin/python -m figures.suggestions --results=results/suggestions/nemo-emodb.csv \
	  --output=figures/suggestions-nemo-emodb

study-report: $(READY) ## Write the leaderboard and the tables of the study from its rows.
	@$(VENV)/bin/python -m figures.leaderboard --results=results/study --output=docs/leaderboard.md
	@$(VENV)/bin/python -m figures.study --results=results/study --compare=cada \
	  --rivals=$(RIVALS) --output=results/study/cada.md --rules=results/study/rules.csv \
	  --leads=results/study/leads.csv --picture=figures/study-cada
	@$(VENV)/bin/python -m figures.study --results=results/study-defaults \
	  --declaration=experiments/study_defaults.yaml --compare=cada \
	  --rivals=fine-tune,fine-tune+cada,svm-labels,all-source \
	  --output=results/study-defaults/cada.md
	@$(VENV)/bin/python -m figures.method_choice --results=results/study-defaults \
	  --output=results/study-defaults/auto.md

docs: $(DOCS_READY) ## Build the site into docs/_build: every example and notebook is run, warnings are errors.
	@PATH=$(abspath $(VENV)/bin):$$PATH PYTHONPATH=. $(VENV)/bin/python -m sphinx \
	  --fail-on-warning --keep-going --jobs=2 -q -b html docs docs/_build/html
	@echo "site: docs/_build/html/index.html"

lint: $(READY) ## Check style with ruff, and the direction of imports.
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports --no-cache

audit: $(READY) ## Look up known vulnerabilities of the dependencies.
	@.ci/audit

format: $(READY) ## Put code into shape with ruff.
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

dist: $(UV) ## Build the source distribution and the wheel into dist/, and check them.
	@rm -rf dist
	@$(UV) build --quiet --out-dir=dist
	@$(UV) tool run twine check --strict dist/*
	@$(UV) tool run check-wheel-contents dist/*.whl

test-installed: $(UV) ## Test what users install: PYTHON=python3.10 RESOLUTION=lowest-direct, or highest.
	@.ci/test-installed $(UV) $(PYTHON) $(RESOLUTION)

clean: ## Remove the virtual environments and what was built.
	rm -rf $(VENV) .uv build dist *.egg-info .pytest_cache .ruff_cache .coverage*

$(READY): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "error: expected Python 3.10 or newer, found $$($(PYTHON) -V 2>&1). Set PYTHON=."; exit 2; }
	@echo "Setting up $(VENV), once; TensorFlow is large, so this takes a few minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps Resemblyzer==0.1.4
	@touch $@

$(DOCS_READY): $(READY)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[test,docs]'
	@touch $@

$(UV):
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv
