"""Runs on a SLURM cluster: as ranges of profiles, submitted once, tracked by name, judged by their journals."""
