"""PREMIS events: the two an archive asks for, about the right file, by the right program."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from lxml import etree

from sigcheck.archive.bag import PREMIS
from sigcheck.archive.replay import read_package
from tests.archive.samples import VECTORS, package, written

SPACE = {"p": "http://www.loc.gov/premis/v3"}


def events(case: Path, folder: Path) -> etree._Element:
    """Return the PREMIS file of a vector's package."""
    return etree.fromstring(read_package(written(folder, package(case))).files[PREMIS])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "long-an/2691-ct-ubnd-production",
            [("fixity check", "pass"), ("validation", "TOTAL-PASSED")],
        ),
        (
            "cms/wrong-message-digest",
            [("fixity check", "fail"), ("validation", "TOTAL-FAILED/HASH_FAILURE")],
        ),
        ("file/no-signature", [("validation", "NO-SIGNATURE")]),
    ],
)
def test_events_tell_what_came_of_the_check(
    tmp_path: Path, name: str, wanted: list[tuple[str, str]]
) -> None:
    """Fixity check and validation, each with its outcome; without signatures no fixity check."""
    root = events(VECTORS / name, tmp_path)
    found = [
        (e.findtext("p:eventType", "", SPACE), e.findtext(".//p:eventOutcome", "", SPACE))
        for e in root.iterfind("p:event", SPACE)
    ]

    assert found == wanted


def test_the_object_is_the_document(tmp_path: Path) -> None:
    """SHA-256 and size are those of the file, and every event is linked to it."""
    case = VECTORS / "long-an" / "2691-ct-ubnd"
    data = (case / "document.pdf").read_bytes()
    root = events(case, tmp_path)
    sha256 = hashlib.sha256(data).hexdigest()
    linked = [e.text for e in root.iterfind(".//p:linkingObjectIdentifierValue", SPACE)]

    assert root.findtext(".//p:messageDigest", "", SPACE) == sha256
    assert root.findtext(".//p:size", "", SPACE) == str(len(data))
    assert linked == [sha256, sha256]
    assert root.findtext("p:agent/p:agentName", "", SPACE) == "sigcheck"
