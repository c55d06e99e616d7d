#!/bin/bash
#SBATCH --requeue
#SBATCH --open-mode=append
# Plays one shard (a range of profiles) of one method. Its arguments are those of `pum range`; an array's index follows.
# At SLURM's warning the run stops at a session boundary, and the job queues itself again to resume from there.
set -euo pipefail
if [ -n "${PUM_MODULES:-}" ]; then
  for module in $PUM_MODULES; do module load "$module"; done
fi
export PYTHONHASHSEED=0 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE="${HF_HUB_OFFLINE:-1}"
[ -z "${PUM_CACHE:-}" ] || mkdir -p "$PUM_CACHE"
PUM_STOP_FILE=$(mktemp -u "${TMPDIR:-/tmp}/pum-stop.XXXXXX")
export PUM_STOP_FILE
task=$SLURM_JOB_ID
# An array's last task has the array's own id as its job id.
[ -z "${SLURM_ARRAY_TASK_ID:-}" ] || task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
say() { echo "$(date +%s.%N) $* task=$task host=$(hostname) restart=${SLURM_RESTART_COUNT:-0}"; }

# shellcheck disable=SC2317  # called by the trap
warned() { say warned; touch "$PUM_STOP_FILE"; }
trap warned USR1
trap 'rm -f "$PUM_STOP_FILE"' EXIT

say start
"${PUM_PYTHON:-python}" -m pum.cli range "$@" ${SLURM_ARRAY_TASK_ID:+"$SLURM_ARRAY_TASK_ID"} &
code=0
wait $! || code=$?
# A signal ends `wait` early, before the shard is done.
while [ -n "$(jobs -r)" ]; do code=0; wait $! || code=$?; done
say "end code=$code"
if [ "$code" -ne 0 ] && [ -e "$PUM_STOP_FILE" ]; then
  say requeue
  rm -f "$PUM_STOP_FILE"
  scontrol requeue "$task"
  exit 0
fi
exit "$code"
