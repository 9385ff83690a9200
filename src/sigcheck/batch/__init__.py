"""Many files: found, judged by worker processes or a cluster, and kept so that a run resumes.

    paths ── documents ── what the job database lacks ── local workers | cluster
                                                                  │
                          csv, xlsx, jsonl ── export ── job database

Importing this package loads nothing; `sigcheck.batch.run.Batch` is the way in.
"""

from __future__ import annotations
