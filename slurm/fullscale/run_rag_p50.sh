#!/bin/bash
#SBATCH --job-name=pum-paper-rag-p50
#SBATCH --output=.pum_work/%x.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@180
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
# Written by `pum scripts` from site.yaml (`cluster`) and params.yaml (`studies`); change it there.
export PUM_PYTHON=.venv/bin/python
export PUM_EXECUTOR=local
exec slurm/range.sh paper rag 50
