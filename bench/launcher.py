"""Runs commands one at a time and reports wall time, CPU time and peak memory, as JSON lines.

A process of its own, with nothing imported: Linux counts the memory of whoever started a program
into the program's own peak, so the starter must be small.
"""

import json
import os
import sys
import time


def run(command: list[str], environment: dict[str, str]) -> dict[str, object]:
    """Run one command to its end, its output thrown away."""
    start = time.perf_counter()
    child = os.posix_spawn(
        command[0],
        command,
        {**os.environ, **environment},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
    _, status, usage = os.wait4(child, 0)
    return {
        "seconds": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_kib": usage.ru_maxrss,
        "code": os.waitstatus_to_exitcode(status),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(run(job["command"], job["environment"])), flush=True)
