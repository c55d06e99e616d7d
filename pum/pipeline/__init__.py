"""The stages of dvc.yaml: what each one runs, and what it depends on.

stages        what `pum stage NAME` does for each stage; a cluster's jobs start here too
notebook      runs a notebook with parameters; its executed copy has the same bytes on every run
kernel        a notebook's kernel, which no setting of the reader changes
sources       notebooks without their outputs, and methods' complete settings, as files that stages depend on
dependencies  writes the code that each stage depends on into dvc.yaml; it follows from imports

Start with `stages.run_stage`.
"""
