"""Every JSON output is what the schema and the design say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    PathStep,
    WidgetFacts,
)
from sigcheck.model.finding import Block, Level, Status
from sigcheck.model.report import Report, Workflow, WorkflowStep
from sigcheck.render import RenderOptions, Words, renderer
from tests.render.builder import (
    SAMPLES,
    certificate,
    document,
    evidence,
    finding,
    passed,
    path,
    report,
    signature,
    trial,
)

SCHEMA = Path(__file__).resolve().parents[2] / "src/sigcheck/data/schema/sigcheck.report-1.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def rendered(made: Report, shape: str = "json", **options: Any) -> Any:
    """Return what a renderer wrote, parsed and checked against the schema."""
    text = renderer(shape)(made, Words.load("vi"), RenderOptions(**options))
    parsed = json.loads(text)
    VALIDATOR.validate(parsed)
    return parsed


def test_the_schema_itself_holds() -> None:
    """The schema is a schema, and every object in it is closed."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)

    opened = [name for name, part in _objects(schema, "") if "additionalProperties" not in part]

    assert opened == []


def _objects(part: Any, name: str) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(part, list):
        return [found for i, item in enumerate(part) for found in _objects(item, f"{name}/{i}")]
    if not isinstance(part, dict):
        return []
    own = [(name, part)] if part.get("type") == "object" else []
    return own + [f for key, item in part.items() for f in _objects(item, f"{name}/{key}")]


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
@pytest.mark.parametrize("shape", ["json", "jsonl"])
def test_every_sample_fits_the_schema(sample: Callable[[], Report], shape: str) -> None:
    """A report of each indication, whole and as a line."""
    assert rendered(sample(), shape)["schema"] == "sigcheck.report/1"


def test_the_top_names_what_the_report_rests_on() -> None:
    """Tool, policy, trust and time stand at the top, as the design lists them."""
    top = rendered(passed())

    assert list(top) == ["schema", "tool", "validation_time", "policy", "trust", "documents"]
    assert top["tool"] == {"name": "sigcheck", "version": "0.1.0"}
    assert top["policy"] == {"id": "intake", "version": "1"}
    assert top["trust"] == {"digest": "cd" * 32, "anchors": 2}


def test_times_are_in_vietnam() -> None:
    """Times are ISO 8601 with the offset +07:00, whatever offset they were written with."""
    top = rendered(passed())
    first = top["documents"][0]["signatures"][0]

    assert top["validation_time"] == "2026-11-23T08:00:00+07:00"
    assert first["claimed_time"] == "2022-08-26T20:20:45+07:00"
    assert first["cms_signing_time"] == "2022-08-27T03:20:45+07:00"
    assert first["timestamp"] == {
        "time": "2022-08-26T20:21:55+07:00",
        "tsa": "Máy chủ cấp dấu thời gian 09",
        "indication": "TOTAL-PASSED",
    }


def test_citizen_numbers_are_masked_unless_asked_for() -> None:
    """The identity number of a signer is shown in full only with `full`."""

    def number(**options: Any) -> str:
        top = rendered(passed(), **options)
        return str(top["documents"][0]["signatures"][0]["signer"]["serial_number"])

    assert number() == "CCCD:…0123"
    assert number(full=True) == "CCCD:001199000123"


def test_masking_reaches_every_corner() -> None:
    """Subjects, facts and messages are masked like the signer's own number."""
    subject = "CN=Trần Thị Bình,UID=CCCD:001199000123"
    told = finding("ID-CERTIFICATE-FOUND", status=Status.PASSED, facts={"subject": subject})
    made = report(document(signature(0, told, path=path(subject=subject))))

    text = renderer("json")(made, Words.load("vi"), RenderOptions())

    assert "001199000123" not in text


def test_a_passed_document_has_no_reason() -> None:
    """Null, not an empty sentence."""
    only = rendered(passed())["documents"][0]

    assert (only["indication"], only["sub_indication"], only["reason"]) == (
        "TOTAL-PASSED",
        None,
        None,
    )


def test_the_reason_is_the_deciding_findings_sentence() -> None:
    """Code and sentence of the finding that decided, in the language asked for."""
    only = rendered(trial())["documents"][0]

    assert only["sub_indication"] == "CHAIN_CONSTRAINTS_FAILURE"
    assert only["reason"]["code"] == "PA-TIER-PRODUCTION"
    assert "THỬ NGHIỆM" in only["reason"]["text"]


def test_an_unreadable_document_says_why() -> None:
    """The error's own sentence stands as the reason."""
    only = rendered(SAMPLES["unreadable"]())["documents"][0]

    assert only["reason"] == {"code": "DOC-NOT-A-PDF", "text": "Tệp này không phải là PDF."}
    assert (only["sha256"], only["size"], only["revisions"]) == ("", 0, 0)


def test_a_signature_has_exactly_the_promised_members() -> None:
    """The members and their order are the design's; what was added stands behind them."""
    first = rendered(passed())["documents"][0]["signatures"][0]

    assert list(first) == [
        "field",
        "kind",
        "revision",
        "indication",
        "sub_indication",
        "byte_range",
        "coverage",
        "signer",
        "certificate_path",
        "claimed_time",
        "claimed_time_raw",
        "cms_signing_time",
        "timestamp",
        "best_signature_time",
        "revocation",
        "changes_after",
        "dictionary",
        "act",
        "pades_level",
        "widget",
        "findings",
        "tool",
        "timestamps",
        "attributes",
    ]
    assert first["widget"] == {"page": 6, "rect": [100.0, 200.0, 220.5, 300.0]}
    assert [c["anchor"] for c in first["certificate_path"]] == [False, True]


def test_later_changes_are_named_with_their_level() -> None:
    """The level is what the policy made of the gravest change."""
    first = rendered(trial())["documents"][0]["signatures"][0]

    assert first["changes_after"]["level"] == "note"
    assert first["changes_after"]["items"][0]["change"] == "signature"


def test_an_unanswered_certificate_is_listed_as_unknown() -> None:
    """Missing revocation data is said, not left out."""
    silent = replace(path(), steps=(PathStep(certificate()),))

    first = rendered(report(document(signature(0, path=silent))))["documents"][0]["signatures"][0]

    assert first["revocation"] == [
        {
            "certificate": "11" * 32,
            "status": "unknown",
            "source": None,
            "this_update": None,
            "next_update": None,
        }
    ]


def test_nothing_known_fits_the_schema_too() -> None:
    """A signature of which nothing could be read is still a complete object."""
    bare = signature(
        0,
        byte_range=None,
        certificate=None,
        path=None,
        timestamps=(),
        widget=None,
        best_signature_time=None,
        field="",
        orphan=True,
    )

    first = rendered(report(document(bare)))["documents"][0]["signatures"][0]

    assert (first["byte_range"], first["timestamp"], first["widget"]) == ([], None, None)
    assert first["signer"]["tier"] == "untrusted"


def test_infinite_numbers_do_not_break_json() -> None:
    """A rectangle that overflows is null, a fact that overflows is text."""
    endless = (0.0, 0.0, float("inf"), 1.0)
    item = ChangeItem(ChangeClass.ANNOTATION, 3, "annotation", "/Root", rect=endless)
    told = finding("CH-ANNOTATION", block=Block.CHANGES, facts={"size": float("nan")})
    made = signature(0, told, widget=WidgetFacts(1, endless, visible=True), changes=(item,))

    first = rendered(report(document(made)))["documents"][0]["signatures"][0]

    assert first["widget"]["rect"] is None
    assert first["changes_after"]["items"][0]["rect"] is None
    assert first["findings"][-1]["facts"] == {"size": "nan"}


def test_facts_keep_their_types() -> None:
    """Numbers, truth values and lists survive; a profile that softened is among the facts."""
    told = replace(
        finding("AD-REASON-MATCHES", level=Level.NOTE, facts={"n": 1, "ok": True, "l": ("a",)}),
        softened_by="vnpt",
    )

    first = rendered(report(document(signature(0, told))))["documents"][0]["signatures"][0]

    assert first["findings"][-1]["facts"] == {
        "n": 1,
        "ok": True,
        "l": ["a"],
        "softened_by": "vnpt",
    }


def test_the_workflow_is_an_object_of_its_own() -> None:
    """Steps name the signature by its index."""
    flow = Workflow("directive", (WorkflowStep("approve", 0, "person signs first"),))
    made = report(replace(document(signature()), workflow=flow))

    told = rendered(made)["documents"][0]["workflow"]

    assert told == {
        "pattern": "directive",
        "steps": [{"act": "approve", "signature": 0, "reason": "person signs first"}],
        "findings": [],
    }


def test_lines_are_lines() -> None:
    """JSON Lines has one document a line, whatever line ends a name carries."""
    odd = signature(0, dictionary=replace(evidence().dictionary, reason="a\nb\u2028c\x85d"))
    made = report(document(odd), document(signature()))

    text = renderer("jsonl")(made, Words.load("en"), RenderOptions())

    assert len(text.splitlines()) == 2
    for line in text.splitlines():
        VALIDATOR.validate(json.loads(line))
