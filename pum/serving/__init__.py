"""vLLM servers for the roles in params.yaml.

Start with `vllm.py`: it starts the replicas of a role as site.yaml describes them, waits until they answer, and stops
them (`pum serve`; other stages use `all_running`). `doctor.py` checks a layout in advance (`pum doctor`): does every
server answer, and does every model fit on its GPUs?
"""
