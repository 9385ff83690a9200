"""The HTTP service and the clerk's page (extra `sigcheck[service]`).

Importing this package loads nothing; `sigcheck.service.server.serve` starts it. A request is read
into memory under limits, judged by one of a few worker processes and answered from memory:

    browser or system ── access ── requests, routes ── state ── WorkerPool ── judging (a process)
"""

from __future__ import annotations
