"""Evidence that lasts: packages, replay, and the audit log of checks."""

from __future__ import annotations
