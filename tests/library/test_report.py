"""What a program asks of a report: all of it, the answer in brief, the report for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

import sigcheck
from tests.fixtures.vectors import CASES

SCHEMAS = Path(__file__).resolve().parents[2] / "src/sigcheck/data/schema"
SUMMARY = Draft202012Validator(json.loads((SCHEMAS / "sigcheck.summary-1.json").read_text("utf-8")))
FULL = Draft202012Validator(json.loads((SCHEMAS / "sigcheck.report-1.json").read_text("utf-8")))
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def verifier(fixtures: Path) -> sigcheck.Verifier:
    """Return a verifier that knows the test PKI."""
    return sigcheck.Verifier(trust=sigcheck.TrustStore.load([fixtures / "pki"]))


def document(fixtures: Path, case: str) -> Path:
    """Return the document of a vector."""
    return fixtures / "vectors" / case / "document.pdf"


def test_the_whole_report(verifier: sigcheck.Verifier, fixtures: Path) -> None:
    """As values and as text it is the very report of the command line."""
    report = verifier.verify(document(fixtures, "long-an/2691-ct-ubnd"), at=AT)

    assert report.to_dict() == json.loads(report.to_json())
    FULL.validate(report.to_dict("en"))
    assert len(report.to_dict()["documents"][0]["signatures"]) == 5


def test_the_summary_says_what_counts(verifier: sigcheck.Verifier, fixtures: Path) -> None:
    """Verdict, reason, who, unit, act, times of every signature of the directive, what to do."""
    found = verifier.verify(document(fixtures, "long-an/2691-ct-ubnd"), at=AT).summary("en")

    SUMMARY.validate(found)
    (only,) = found["documents"]
    assert (found["indication"], only["indication"]) == ("INDETERMINATE", "INDETERMINATE")
    assert only["sub_indication"] == "CHAIN_CONSTRAINTS_FAILURE"
    assert only["reason"]["text"]
    assert only["todo"]
    acts = [s["act"] for s in only["signatures"]]
    assert acts == ["initial", "approve", "number", "date", "seal"]
    assert only["signatures"][1]["who"] == "Nguyễn Văn Út"
    assert only["signatures"][1]["claimed_time"] == "2022-08-29T13:36:27+07:00"
    assert only["signatures_left_out"] == 0


def test_the_summary_names_what_no_list_mends(verifier: sigcheck.Verifier, fixtures: Path) -> None:
    """A missing list is the reason; SHA-1 behind it is not hidden, in words as in the summary."""
    report = verifier.verify(document(fixtures, "revocation/missing-and-sha1"), at=AT)
    (only,) = report.summary("en")["documents"]
    text = " ".join(report.render("text", lang="en").split())

    assert only["reason"]["code"] == "RV-STATUS-KNOWN"
    assert only["worst"]["code"] == "AL-DIGEST-ACCEPTED"
    assert "SHA-1" in only["worst"]["text"]
    assert "SHA-1" in text


def test_every_summary_is_short_and_of_its_schema(
    verifier: sigcheck.Verifier,
) -> None:
    """At most 2 kB a document, whatever the document; the rest is counted."""
    long = {}
    for folder in CASES[::8]:
        report = verifier.verify(folder / "document.pdf", at=AT)
        found = report.summary()
        SUMMARY.validate(found)
        (only,) = found["documents"]
        shown = len(only["signatures"]) + only["signatures_left_out"]
        assert shown == len(report.document.signatures)
        size = len(json.dumps(only, ensure_ascii=False, separators=(",", ":")).encode())
        if size > 2_048:
            long[str(folder)] = size

    assert long == {}


def test_the_gravest_signature_stays_in_a_summary(
    verifier: sigcheck.Verifier, fixtures: Path
) -> None:
    """Where there is no room for all, the one that decides is among those shown."""
    report = verifier.verify(document(fixtures, "bytes/changed-in-first-range"), at=AT)
    worst = [s for s in report.document.signatures if s.indication == "TOTAL-FAILED"]
    many = [s for s in report.document.signatures if s.indication != "TOTAL-FAILED"] or worst
    crowd = replace(report.document, signatures=(*many * 30, worst[0]))
    (only,) = replace(report, documents=(crowd,)).summary()["documents"]

    assert "TOTAL-FAILED" in {s["indication"] for s in only["signatures"]}
    assert only["signatures_left_out"] + len(only["signatures"]) == len(crowd.signatures)


@pytest.mark.parametrize("name", ["text", "json", "jsonl", "html", "csv", "xml"])
def test_each_format_in_each_language(
    verifier: sigcheck.Verifier, fixtures: Path, name: str
) -> None:
    """What the command line writes, without a file between."""
    report = verifier.verify(document(fixtures, "long-an/2691-ct-ubnd-production"), at=AT)
    vi, en = report.render(name, "vi"), report.render(name, "en")

    assert "Nguyễn Văn Út" in vi
    assert vi != en


def test_unknown_format_and_language(verifier: sigcheck.Verifier) -> None:
    """A format is named with those there are."""
    report = verifier.verify(b"%PDF-")

    with pytest.raises(KeyError, match="docx: none of text, json"):
        report.render("docx")
    with pytest.raises(KeyError, match="fr"):
        report.to_json("fr")


def test_identity_numbers_are_masked_unless_asked_for(
    verifier: sigcheck.Verifier, fixtures: Path
) -> None:
    """In the summary always."""
    name = "CCCD:001099012345.pdf"
    report = verifier.verify(document(fixtures, "bytes/changed-in-first-range"), name=name)

    assert "001099012345" not in json.dumps([report.to_dict(), report.summary()])
    assert report.to_dict(full=True)["documents"][0]["path"] == name


def test_words_compare_with_those_of_the_standard(verifier: sigcheck.Verifier) -> None:
    """Indications are strings, and members of public types."""
    report = verifier.verify(b"no pdf")

    assert report.indication == "UNREADABLE"
    assert report.indication is sigcheck.DocumentIndication.UNREADABLE
    assert sigcheck.SubIndication.HASH_FAILURE == "HASH_FAILURE"
    assert sigcheck.SubIndication.HASH_FAILURE.indication is sigcheck.Indication.TOTAL_FAILED


def test_an_unreadable_document_has_its_digest(verifier: sigcheck.Verifier) -> None:
    """Which file it was can be told, though nothing is said of its signatures."""
    # The digest is that of `printf 'no pdf' | sha256sum`.
    only = verifier.verify(b"no pdf").to_dict()["documents"][0]

    assert only["sha256"] == "1429b1055efa9858b549780c9877c93f8a8d266827918aebcb8f7f1ed68710fe"
    assert only["size"] == 6
