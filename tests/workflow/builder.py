"""Signatures as the workflow sees them, with invented people; a case states only what is odd."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from msgspec.structs import replace

from sigcheck.config.workflow import load_workflow
from sigcheck.model.evidence import (
    DictionaryFacts,
    Evidence,
    SignerIdentity,
    SignerKind,
    WidgetFacts,
)
from sigcheck.model.finding import Finding
from sigcheck.model.indication import Indication
from sigcheck.model.report import SignatureReport, Workflow
from sigcheck.workflow import assess
from tests import facts

RULES = load_workflow()
AT = datetime(2022, 8, 30, 10, 43, 53, tzinfo=timezone(timedelta(hours=7)))
PROVINCE = "ỦY BAN NHÂN DÂN TỈNH LONG AN"
OFFICIAL = SignerIdentity(
    common_name="Trần Thị Mẫu",
    organization=PROVINCE,
    organizational_unit="LÃNH ĐẠO ỦY BAN NHÂN DÂN TỈNH",
    kind=SignerKind.INDIVIDUAL,
)
OFFICE = SignerIdentity(
    common_name="Ủy ban Nhân dân tỉnh", organization=PROVINCE, kind=SignerKind.ORGANIZATION
)
BLUE = WidgetFacts(6, (350, 413, 500, 488), visible=True, has_image=True, colours=("blue",))
RED = WidgetFacts(6, (292, 395, 402, 505), visible=True, has_image=True, colours=("red",))
NUMBER = WidgetFacts(
    1, (139, 715, 169, 733), visible=True, text="2691", colours=("black",), font_size=13.0,
    before="Số:", after="/CT-UBND Long An, ngày tháng 8 năm 2022",
)  # fmt: skip
DATE = replace(NUMBER, text="30", before="Số: /CT-UBND Long An, ngày", after="tháng 8 năm 2022")
NOTE = WidgetFacts(
    1, (408, 781, 591, 807), visible=True, colours=("black",), font="TimesNewRomanPSMT",
    font_size=10.0, page_box=(0, 0, 595, 842),
    text="Số: 2061/QĐ-UBND\nThời gian ký: 2022-08-30T10:43:53+07:00",
)  # fmt: skip


def signed(
    signer: SignerIdentity, widget: WidgetFacts | None, *, key: str = "", **odd: Any
) -> Evidence:
    """Return a signature; `reason` and `at` go into its dictionary, the rest into the evidence.

    `key` tells certificates apart; without it every holder has one.
    """
    dictionary = DictionaryFacts(reason=odd.pop("reason", ""), claimed_time=odd.pop("at", AT))
    name = key or signer.common_name
    holder = odd.pop("holder", f"CN={name},C=VN")
    certificate = facts.certificate(subject=holder, sha256=name)
    return facts.evidence(
        signer=signer, widget=widget, dictionary=dictionary, certificate=certificate,
        timestamps=odd.pop("timestamps", ()), **odd,
    )  # fmt: skip


def person(widget: WidgetFacts | None = BLUE, name: str = "Trần Thị Mẫu", **odd: Any) -> Evidence:
    """Return an official's signature."""
    return signed(replace(OFFICIAL, common_name=name), widget, **odd)


def office(widget: WidgetFacts | None = RED, **odd: Any) -> Evidence:
    """Return the organisation's signature."""
    return signed(OFFICE, widget, **odd)


def reports(
    *signatures: Evidence, indication: Indication = Indication.TOTAL_PASSED
) -> list[SignatureReport]:
    """Return reports in the order of the file."""
    ordered = [replace(e, index=i, revision=i + 1) for i, e in enumerate(signatures)]
    return [SignatureReport(e, indication, None, ()) for e in ordered]


def assessed(
    *signatures: Evidence, indication: Indication = Indication.TOTAL_PASSED, **odd: Any
) -> tuple[Workflow, list[str]]:
    """Return the workflow, and the acts alone."""
    made = reports(*signatures, indication=indication)
    document = facts.document(*(r.evidence for r in made), **odd)
    workflow, acts = assess(document, made, RULES)
    return workflow, [act.value for act, _ in acts]


def finding(code: str, workflow: Workflow) -> Finding:
    """Return one finding of a workflow."""
    return next(f for f in workflow.findings if f.code == code)


def status(code: str, *signatures: Evidence, **odd: Any) -> str:
    """Return how one question was answered."""
    return finding(code, assessed(*signatures, **odd)[0]).outcome.status.value
