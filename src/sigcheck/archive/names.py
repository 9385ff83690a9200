"""Names of the files below `data/` of a package; materials are named by their SHA-256."""

from __future__ import annotations

EVIDENCE, POLICY, INFO = "evidence.json", "policy.json", "package.json"
"""What was seen, how it was weighed, and the circumstances."""
REPORT, XML, PREMIS = "report.json", "report.xml", "premis.xml"
"""What follows from those three."""
DOCUMENT = "document.pdf"
ALWAYS = frozenset({EVIDENCE, POLICY, INFO, REPORT, XML, PREMIS})
