"""Runs commands one at a time and reports wall time, peak memory and exit code, as JSON lines.

A process of its own, with nothing imported: Linux counts the memory of whoever started a program
into the program's own peak, so the starter must be small.
"""

import json
import os
import sys
import time


def run(command: list[str]) -> tuple[float, int, int]:
    """Run one command to its end, its output thrown away."""
    start = time.perf_counter()
    silent = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    child = os.posix_spawn(command[0], command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    taken = time.perf_counter() - start
    return taken, usage.ru_maxrss, os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
