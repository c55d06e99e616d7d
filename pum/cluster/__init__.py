"""Runs on a SLURM cluster, as shards (ranges of profiles) of one job array.

sharded_run  a run cut into shards; its name follows from everything that its sessions depend on
executor     submits the missing shards, waits, and names those that failed
slurm        calls sbatch and squeue
status       shows how far each shard is (`pum status`)
scripts      writes batch scripts for people who call sbatch themselves (`pum scripts`)

Nothing is stored about submitted jobs: SLURM is asked by name, and journals tell what is finished.
Start with `executor.play_on_cluster`.
"""
