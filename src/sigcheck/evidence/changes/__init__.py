"""What later revisions did: explained by named rules, or undefined (ISO 32000-2, 12.8.2.2)."""

from sigcheck.evidence.changes.cover import covered_content
from sigcheck.evidence.changes.engine import revision_changes

__all__ = ["covered_content", "revision_changes"]
