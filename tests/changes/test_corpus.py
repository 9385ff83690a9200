"""Other people's files: what upstream says of the changes in them, beside what we say."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigcheck.errors import EncryptedError
from sigcheck.evidence.changes import revision_changes
from sigcheck.evidence.pdf import signature_dictionaries
from sigcheck.model.evidence import ChangeClass
from tests.pdf.builder import open_pdf

pytestmark = pytest.mark.corpus

REASONED = {
    "22567b9b6503508e": "a freed object nobody refers to; the same bytes pass in its twin 04762cc5",
    "b5312281a05e46e6": "refused by an option that fears unreferenced objects, off by default",
}
_LEVELS = re.compile(r"mod=\[([^\]]*)\]")
_LEVEL = re.compile(r"'(LTA_UPDATES|FORM_FILLING|NONE|SUSPICIOUS|OTHER)|\"(SUSPICIOUS)")
_OURS = {
    ChangeClass.EXTENSION: 1,
    ChangeClass.SIGNATURE: 2,
    ChangeClass.FORM_FILLING: 2,
    ChangeClass.FILLING_UNCLEAR: 2,
    ChangeClass.VALUE_REPLACED: 2,
    ChangeClass.NEW_FIELD: 2,
}
_THEIRS = {"NONE": 0, "LTA_UPDATES": 1, "FORM_FILLING": 2, "OTHER": 3, "SUSPICIOUS": 3}


def _rows(corpus: Path) -> Iterator[tuple[str, int]]:
    """Yield each file with the highest level upstream gives to the changes in it."""
    with (corpus / "manifest.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            said = _LEVELS.search(row["upstream"])
            levels = [_THEIRS[a or b] for a, b in _LEVEL.findall(said[1])] if said else []
            if levels and "'?'" not in row["upstream"]:
                yield row["file"], max(levels)


def _level(data: bytes) -> int:
    document = open_pdf(data)
    since = min((s.revision for s in signature_dictionaries(document)), default=1)
    items = [item for changed in revision_changes(document, since) for item in changed]
    return max((_OURS.get(item.change, 3) for item in items), default=0)


def test_upstreams_level_of_modification_is_ours(corpus: Path) -> None:
    """None, extension, form filling or worse: as upstream has it, with each exception reasoned."""
    different = {}
    for name, expected in _rows(corpus):
        try:
            level = _level((corpus / name).read_bytes())
        except EncryptedError:
            continue
        if level != expected:
            different[Path(name).stem] = (expected, level)

    assert different.keys() == REASONED.keys()


def test_no_shadow_attack_is_explained(corpus: Path) -> None:
    """Every published shadow and annotation attack has a change that fails its signature."""
    grave = {ChangeClass.UNDEFINED, ChangeClass.ANNOTATION, ChangeClass.ANNOTATION_HIDING}
    with (corpus / "manifest.tsv").open(encoding="utf-8") as lines:
        files = [
            row["file"]
            for row in csv.DictReader(lines, delimiter="\t")
            if row["category"] in ("attack:shadow", "attack:EAA")
        ]
    missed = []
    for name in files:
        document = open_pdf((corpus / name).read_bytes())
        items = [item for changed in revision_changes(document) for item in changed]
        if not grave & {item.change for item in items}:
            missed.append(name)

    assert files
    assert missed == []
