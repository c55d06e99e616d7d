"""Answers by math-verify whether two mathematical answers are equal; `pum.bench.tasks.competition` starts it and asks.

    python equality_child.py CPU_SECONDS MEMORY_BYTES

Reads lines of JSON, [right, given], and writes "true" or "false". A question that takes more processor time than
CPU_SECONDS (rounded up by at most one) ends the process.
"""

import json
import logging
import os
import resource
import sys
from math import ceil


def main() -> None:
    cpu_seconds, memory_bytes = (int(argument) for argument in sys.argv[1:])
    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of every call without a time limit of its own
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        used = ceil(sum(os.times()[:2]))
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_seconds, resource.RLIM_INFINITY))
        right, given = (parse(f"${text}$", parsing_timeout=None) for text in json.loads(line))
        print(json.dumps(bool(verify(right, given, timeout_seconds=None))), flush=True)


if __name__ == "__main__":
    main()
