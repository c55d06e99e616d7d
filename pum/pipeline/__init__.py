"""DVC's stages and the notebooks that they run.

`stages` is where to start: what each stage of dvc.yaml does. `notebook` runs one so that its copy has the same bytes on
every machine; `shard` plays a part of a run on a cluster. `sources` and `settings` write files that stages depend on in
place of notebooks and of params.yaml, so that only what matters makes them stale. `dependencies` writes the code that
each stage depends on into dvc.yaml.
"""
