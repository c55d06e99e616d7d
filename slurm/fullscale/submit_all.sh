#!/bin/bash
# Written by `pum scripts` from site.yaml (`cluster`) and params.yaml (`studies`); change it there.
# Queues everything at once: setup, then all ranges of all methods together, then the merge and the analysis.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p .pum_work
# The job's id, "ID" or "ID;CLUSTER", among words that a site may print.
only_id() { awk -F';' '/^[0-9]+(;[^ ]+)?$/ { id = $1 } END { if (!id) exit 1; print id }'; }
queue() { sbatch --parsable --kill-on-invalid-dep=yes "$@" | only_id; }

here=slurm/fullscale
setup=$(queue "$here/setup.sh")
after=afterok
for run in run_vanilla_p0.sh run_vanilla_p50.sh run_vanilla_p100.sh run_vanilla_p150.sh run_contextual_p0.sh run_contextual_p50.sh run_contextual_p100.sh run_contextual_p150.sh run_reflection_p0.sh run_reflection_p50.sh run_reflection_p100.sh run_reflection_p150.sh run_all_memory_p0.sh run_all_memory_p50.sh run_all_memory_p100.sh run_all_memory_p150.sh run_rag_p0.sh run_rag_p50.sh run_rag_p100.sh run_rag_p150.sh run_rag_vector_p0.sh run_rag_vector_p50.sh run_rag_vector_p100.sh run_rag_vector_p150.sh run_oracle_p0.sh run_oracle_p50.sh run_oracle_p100.sh run_oracle_p150.sh; do
  after+=:$(queue --dependency="afterok:$setup" "$here/$run")
done
queue --dependency="$after" "$here/analysis.sh"
