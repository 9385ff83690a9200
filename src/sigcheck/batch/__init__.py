"""Many files: found, judged by worker processes or a cluster, and kept in a ledger that resumes.

    paths ── find/watch ── what the ledger lacks ── crew | cluster ── ledger ── csv, xlsx, jsonl

Importing this package loads nothing; `sigcheck.batch.run.Batch` is the way in.
"""

from __future__ import annotations
