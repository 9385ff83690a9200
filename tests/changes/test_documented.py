"""The page on changes names every rule, and no rule that doesn't exist."""

from __future__ import annotations

import re
from pathlib import Path

_RULE = re.compile(r"[a-z]+(?:-[a-z]+)+")
_ONE_WORD = {
    "encryption",
    "names",
    "dss",
    "version",
    "extensions",
    "permissions",
    "form",
    "annotations",
}
_NO_RULES = {"latin-1", "annotation-hiding", "form-filling", "new-field"}


def test_every_rule_is_documented(root: Path) -> None:
    """Each rule's name stands in `docs/changes.md`, and each name there is used in the code."""
    source = "\n".join(
        path.read_text() for path in (root / "src/sigcheck/evidence/changes").glob("*.py")
    )
    literals = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', source))
    used = {name for name in literals if _RULE.fullmatch(name) or name in _ONE_WORD} - _NO_RULES
    page = (root / "docs/changes.md").read_text()
    named = {
        name
        for row in page.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    }

    assert named == used
