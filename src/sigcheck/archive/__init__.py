"""Evidence that lasts: packages, replay, and the ledger of checks."""

from __future__ import annotations
