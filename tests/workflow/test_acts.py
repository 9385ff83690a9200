"""Which act each signature is: from what it draws, who made it and where it stands."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import Act, SignatureKind, SignerKind, WidgetFacts
from sigcheck.workflow import classify_act
from tests.workflow.builder import (
    BLUE,
    DATE,
    NOTE,
    NUMBER,
    OFFICE,
    OFFICIAL,
    RED,
    RULES,
    assessed,
    office,
    person,
    signed,
)

DIRECTIVE = (person(name="Lê Văn Nháp"), person(), office(NUMBER), office(DATE), office())


def drawing(text: str, before: str = "", after: str = "") -> WidgetFacts:
    """Return a widget that draws text."""
    return WidgetFacts(1, (0, 0, 9, 9), visible=True, text=text, before=before, after=after)


def pictured(before: str = "", after: str = "") -> WidgetFacts:
    """Return a widget that draws a small picture."""
    return replace(drawing("", before, after), has_image=True, rect=(0, 0, 60, 18))


def test_the_directive() -> None:
    """Initial, approval, number, date, seal: the five acts of the model document."""
    workflow, acts = assessed(*DIRECTIVE)

    assert acts == ["initial", "approve", "number", "date", "seal"]
    assert workflow.pattern == "directive-by-province"
    assert [step.signature for step in workflow.steps] == [0, 1, 2, 3, 4]


def test_the_clerk_may_begin_with_the_seal() -> None:
    """Number, date and seal come in whatever order the tool has."""
    assert assessed(person(), office(), office(NUMBER), office(DATE))[1] == [
        "approve", "seal", "number", "date",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("widget", "act", "row"),
    [
        (drawing("156"), Act.NUMBER, "number-figures"),
        (drawing("08", before="Số:"), Act.NUMBER, "number-after-so"),
        (drawing("8a", after="/TTr-SNV"), Act.NUMBER, "number-before-slash"),
        (drawing("Số: 12/QĐ-UBND"), Act.NUMBER, "number-with-symbol"),
        (drawing("25", before="Lâm Đồng, ngày"), Act.DATE, "date-after-ngay"),
        (drawing("25", after="tháng 8 năm 2025"), Act.DATE, "date-before-thang"),
        (drawing("ngày 25 tháng 8 năm 2025"), Act.DATE, "date-whole"),
        (drawing("25/08/2025"), Act.DATE, "date-whole"),
        (drawing("SAO Y\nSỞ NỘI VỤ"), Act.COPY, "copy-words"),
        (drawing("TRÍCH SAO"), Act.COPY, "copy-words"),
        (drawing("CÔNG VĂN ĐẾN\nSố: 12"), Act.INCOMING, "incoming-words"),
        (NOTE, Act.ATTACHMENT, "attachment-words"),
        (RED, Act.SEAL, "seal-red-image"),
        (replace(RED, colours=()), Act.SEAL, "seal-image"),
        (replace(RED, colours=("black",)), Act.SEAL, "seal-image"),
        (replace(RED, rect=(0, 0, 150, 88)), Act.SEAL, "seal-red-image"),
        (replace(RED, rect=(0, 0, 26, 26)), Act.UNKNOWN, "organization-unsealed"),
        (replace(BLUE, rect=(0, 0, 150, 75)), Act.UNKNOWN, "organization-unsealed"),
        (None, Act.UNKNOWN, "organization-unsealed"),
        (drawing("08", before="Số:…"), Act.NUMBER, "number-after-so"),
        (drawing("25", before="Lâm Đồng, ngày....."), Act.DATE, "date-after-ngay"),
        (drawing("12", before="ngày tháng", after="năm 2025"), Act.MONTH, "month-after-thang"),
        (drawing("12", before="ngày tháng…", after="…năm"), Act.MONTH, "month-after-thang"),
        (drawing("12", after="năm 2025"), Act.MONTH, "month-before-nam"),
        (pictured(before="Số:"), Act.NUMBER, "number-picture-after"),
        (pictured(after="/QĐ-UBND"), Act.NUMBER, "number-picture-before"),
        (pictured(before="Lâm Đồng, ngày"), Act.DATE, "date-picture-after"),
        (pictured(after="tháng năm 2025"), Act.DATE, "date-picture-before"),
        (pictured(before="ngày tháng"), Act.MONTH, "month-picture-after"),
        (pictured(after="năm 2025"), Act.MONTH, "month-picture-before"),
    ],
)
def test_rows_for_an_organisation(widget: WidgetFacts | None, act: Act, row: str) -> None:
    """What an organisation's certificate draws says what it did."""
    assert classify_act(office(widget), [], RULES) == (act, row)


def test_an_attachment_by_its_reason() -> None:
    """VGCA's tool writes what the file belongs to into /Reason, NFD or NFC."""
    evidence = office(None, reason="Ke\u0300m theo văn bản số 2061/QĐ-UBND của UBND TỈNH")

    assert classify_act(evidence, [], RULES) == (Act.ATTACHMENT, "attachment-reason")


def test_a_day_without_a_page_to_compare() -> None:
    """Two figures are the day when they are the day of signing and the number is there too."""
    number, day = office(drawing("2691")), office(drawing("30"))

    assert classify_act(day, [number, day], RULES) == (Act.DATE, "date-same-day")
    assert classify_act(day, [day], RULES) == (Act.NUMBER, "number-figures")


def test_a_service_puts_no_seal() -> None:
    """A gazette's caption with a red emblem confirms a publication, whatever date it names."""
    service = replace(OFFICE, kind=SignerKind.SERVICE)
    caption = replace(RED, text="CÔNG BÁO\nngày 08 tháng 12 năm 2025", rect=(0, 0, 180, 80))

    assert classify_act(signed(service, caption), [], RULES)[0] is Act.PUBLICATION
    assert classify_act(signed(service, RED), [], RULES)[0] is Act.PUBLICATION
    assert classify_act(signed(service, None), [], RULES)[0] is Act.UNKNOWN
    assert assessed(person(), office(), signed(service, caption))[0].pattern == "publication"


def test_a_red_seal_by_a_person() -> None:
    """A person's certificate that draws a red image put the seal, and the act says by whom."""
    workflow, acts = assessed(person(), person(RED))

    assert acts == ["approve", "seal"]
    assert workflow.steps[1].reason == "seal-by-person"
    assert workflow.pattern == "seal-by-person"


def test_the_same_person_twice() -> None:
    """Two signatures by one certificate are both the approval, not an initial."""
    assert assessed(person(), person(), office())[1] == ["approve", "approve", "seal"]


def test_a_person_after_the_organisation() -> None:
    """Someone who signs a finished document is no longer its approver."""
    workflow, acts = assessed(person(), office(), person(name="Người Nhận"))

    assert acts == ["approve", "seal", "unknown"]
    assert workflow.steps[2].reason == "person-after-organization"


def test_order_comes_from_the_file() -> None:
    """The claimed times may lie; the revisions cannot (vietnam.md, 3.3)."""
    early = person(name="Lê Văn Nháp")
    late = person()
    backdated = replace(late, dictionary=replace(late.dictionary, claimed_time=None))

    assert assessed(early, backdated, office())[1] == ["initial", "approve", "seal"]


def test_kinds_nobody_knows() -> None:
    """A holder of unknown kind is a person only with a person's blue ink."""
    unknown = replace(OFFICIAL, kind=SignerKind.UNKNOWN)

    assert assessed(signed(unknown, BLUE))[1] == ["approve"]
    assert assessed(signed(unknown, BLUE))[0].steps[0].reason == "unknown-last"
    assert assessed(signed(unknown, BLUE))[0].pattern == "unknown"
    assert assessed(signed(unknown, RED))[0].steps[0].reason == "seal-by-unknown"
    assert assessed(signed(unknown, None))[1] == ["unknown"]


def test_a_document_timestamp_is_no_act() -> None:
    """It is judged like a signature, and has no part in the workflow."""
    stamp = office(None, kind=SignatureKind.DOCUMENT_TIMESTAMP)
    workflow, acts = assessed(person(), office(), stamp)

    assert acts == ["approve", "seal", "unknown"]
    assert len(workflow.steps) == 2
    assert workflow.pattern == "person-and-organization"


@pytest.mark.parametrize(
    ("signatures", "pattern"),
    [
        ((), "unknown"),
        ((person(),), "single-person"),
        ((person(name="Lê Văn Nháp"), person()), "persons"),
        ((office(),), "organization-alone"),
        ((office(None),), "organization-alone"),
        ((person(), office(None)), "person-and-organization"),
        ((person(), office()), "person-and-organization"),
        ((office(NOTE),), "attachment"),
        ((office(NOTE), office(drawing("SAO Y"))), "copy"),
        ((*DIRECTIVE, office(drawing("CÔNG VĂN ĐẾN"))), "received"),
        ((signed(replace(OFFICE, kind=SignerKind.SERVICE), None),), "unknown"),
    ],
)
def test_patterns(signatures: tuple[object, ...], pattern: str) -> None:
    """The acts together name the document's pattern."""
    assert assessed(*signatures)[0].pattern == pattern  # type: ignore[arg-type]


def test_hostile_text_costs_bounded_time() -> None:
    """A text of megabytes is cut before any expression sees it."""
    evidence = office(drawing("Số: 1/" * 500_000), reason="kèm " * 500_000)

    assert classify_act(evidence, [evidence], RULES)[0] in set(Act)
