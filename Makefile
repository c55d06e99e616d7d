# `make help` lists what there is to do. Every target that needs the environment makes it first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
# Where to get torch, e.g. PyTorch's index of CPU wheels; without it, from wherever pip is configured to look.
TORCH_INDEX_URL ?=

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_SITE_CACHE_DIR := $(CURDIR)/.dvc/tmp/site
export PYTHONHASHSEED := 0
export TOKENIZERS_PARALLELISM := false
# Where the environment forbids compiled modules to be kept, each of some thirty kernels compiles a thousand anew.
unexport PYTHONDONTWRITEBYTECODE

TORCH := $(shell sed -n 's/^\(torch==[^ ;]*\).*/\1/p' constraints.txt)
STAMP := .venv/.ready-$(shell cat pyproject.toml constraints.txt Makefile | cksum | cut -d' ' -f1)

.PHONY: help setup repro test lint lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(STAMP)  ## make .venv with every pinned dependency (once per change of the pins)

repro: setup  ## rebuild every result by force, then compare it with what is committed
	dvc repro --force
	python -m pum.verify

test: setup  ## run the fast tests
	python -m pytest -p no:nbval -p no:hydra_pytest --numprocesses auto --dist loadfile

lint: setup  ## check the code's style
	ruff check .

lock: .venv/bin/uv  ## rewrite constraints.txt from pyproject.toml; keeps pins that still fit (LOCK=--upgrade moves all)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-annotate --quiet \
	  --custom-compile-command 'make lock' --output-file constraints.txt $(LOCK)

clean:  ## remove caches and unfinished work; keeps .venv, downloaded models and results
	rm -rf .pytest_cache .ruff_cache .hypothesis .dvc/tmp
	find pum tests -name __pycache__ -prune -exec rm -rf {} +
	find notebooks results -name '*.running.ipynb' -delete 2>/dev/null || true
	test ! -d .pum_work || find .pum_work -mindepth 1 -maxdepth 1 ! -name models -exec rm -rf {} +

.venv/bin/uv:
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt uv

# Torch comes first and through pip: a CPU wheel that pip's own configuration offers wins over the plain build, which
# brings gigabytes of CUDA along. uv then finds it installed, and leaves it.
$(STAMP): | .venv/bin/uv
	python -m pip install --quiet --no-deps $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) '$(TORCH)'
	uv pip install --quiet --python .venv/bin/python --constraint constraints.txt --editable '.[dev]' || \
	  python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	rm -f .venv/.ready-*
	touch $@
