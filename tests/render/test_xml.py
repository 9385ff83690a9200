"""The XML has the names and the order of ETSI TS 119 102-2."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree
from msgspec.structs import replace

from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from tests.render.builder import SAMPLES, altered, document, evidence, report, signature, trial

SPACE = "{http://uri.etsi.org/19102/v1.4.1#}"
ORDER = (
    "SignatureIdentifier",
    "ValidationConstraintsEvaluationReport",
    "ValidationTimeInfo",
    "SignersDocument",
    "SignatureAttributes",
    "SignerInformation",
    "SignatureQuality",
    "SignatureValidationProcess",
    "SignatureValidationStatus",
    "OtherInformation",
)
"""Children of SignatureValidationReport, clause 4.3.1 and the schema's sequence."""


def tree(made: Report) -> etree._Element:
    """Return the parsed report."""
    text = renderer("xml")(made, Words.load("en"), RenderOptions())
    return etree.fromstring(text.encode("utf-8"))


def values(made: Report, name: str) -> list[str | None]:
    """Return the text of every element of a name."""
    return [element.text for element in tree(made).iter(f"{SPACE}{name}")]


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
def test_children_stand_in_the_schemas_order(sample: Callable[[], Report]) -> None:
    """At least one report, each with known children in order, one of them the status."""
    reports = tree(sample()).findall(f"{SPACE}SignatureValidationReport")

    assert reports
    for one in reports:
        names = [str(child.tag).removeprefix(SPACE) for child in one]
        assert names == sorted(names, key=ORDER.index)
        assert "SignatureValidationStatus" in names


def verdicts(made: Report, name: str) -> list[str | None]:
    """Return the text of a name in the verdicts on signatures, those on constraints left out."""
    path = f"{SPACE}SignatureValidationReport/{SPACE}SignatureValidationStatus/{SPACE}{name}"
    return [element.text for element in tree(made).findall(path)]


def test_indications_are_the_standards_names() -> None:
    """Main and sub-indication are the URIs of the standard."""
    assert verdicts(altered(), "MainIndication") == ["urn:etsi:019102:mainindication:total-failed"]
    assert verdicts(altered(), "SubIndication") == ["urn:etsi:019102:subindication:HASH_FAILURE"]
    assert verdicts(trial(), "MainIndication") == [
        "urn:etsi:019102:mainindication:total-passed",
        "urn:etsi:019102:mainindication:indeterminate",
    ]


def test_references_lead_somewhere() -> None:
    """Every VOReference is the id of a validation object, each listed once and referred to."""
    root = tree(trial())
    objects = [str(e.get("id")) for e in root.iter(f"{SPACE}ValidationObject")]
    wanted = {str(e.get("VOReference")) for e in root.iter() if e.get("VOReference")}

    assert sorted(wanted) == sorted(objects)


def test_hostile_text_stays_text() -> None:
    """Markup and characters XML forbids cannot break the report."""
    nasty = "</Signer><x/>&\x00\x0b\ud800"
    signer = replace(evidence().signer, common_name=nasty)

    told = values(report(document(signature(0, signer=signer), path=nasty)), "Signer")

    assert told == ["</Signer><x/>&"]
