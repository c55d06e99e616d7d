#!/bin/bash
#SBATCH --job-name=pum
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=.pum_work/slurm-%j.log
# The pipeline, or the stages named as arguments, as one job:  mkdir -p .pum_work && sbatch slurm/repro.sh [STAGE ...]
# After a preemption it resumes from the last finished session. Run `make setup` once before, on the login node.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
export PATH="$PWD/.venv/bin:$PATH" DVC_SITE_CACHE_DIR="$PWD/.dvc/tmp/site" PYTHONHASHSEED=0 TOKENIZERS_PARALLELISM=false
exec dvc repro "$@"
