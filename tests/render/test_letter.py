"""The letter that returns a document: what it says, what it leaves blank, when there is none."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from docx import Document
from msgspec.structs import replace

import sigcheck
from sigcheck import TrustStore
from sigcheck.errors import SigcheckError
from sigcheck.model.finding import Block, Level
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.model.report import Reference, Report, TrustSummary, Workflow
from sigcheck.render.letter import docx, letter, text
from tests.render import builder

REFERENCE = Reference("2691/CT-UBND", date(2022, 8, 30), "ỦY BAN NHÂN DÂN TỈNH MẪU")


def told(report: Report) -> str:
    """Return the letter on one line."""
    return " ".join(text(letter(report)).split())


def referred(report: Report) -> Report:
    """Return a report whose document says what it is called."""
    workflow = Workflow(reference=REFERENCE)
    return replace(report, documents=(replace(report.document, workflow=workflow),))


def opened(code: str, block: Block, **facts: str) -> Report:
    """Return a report on a document that one finding leaves open."""
    sub = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    open_ = builder.finding(code, block=block, sub=sub, facts=facts)
    signature = builder.signature(0, open_, indication=Indication.INDETERMINATE, sub=sub)
    return builder.report(builder.document(signature, indication=DocumentIndication.INDETERMINATE))


def test_what_it_says() -> None:
    """Document as read, the signature with its reason, the rule, what is asked for, blanks."""
    said = told(referred(builder.trial()))

    assert "Kính gửi: ỦY BAN NHÂN DÂN TỈNH MẪU" in said
    assert "văn bản điện tử số 2691/CT-UBND ngày 30/08/2022 của ỦY BAN NHÂN DÂN TỈNH MẪU" in said
    assert "tệp “văn bản.pdf”, mã băm SHA-256 abab" in said
    assert "Chữ ký số 2 – Trần Thị Bình, Sở Nội vụ;" in said
    assert "CHƯA ĐỦ CĂN CỨ. Chứng thư số này là chứng thư THỬ NGHIỆM" in said
    assert "khoản 2 Điều 21 Nghị định số 30/2020/NĐ-CP" in said
    assert "1. Ký số lại bằng chứng thư số chính thức" in said
    assert "Chữ ký số 1" not in said
    for blank in ("Số: ………/………", "(TÊN CƠ QUAN)", "(QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ)"):
        assert blank in said


@pytest.mark.parametrize(
    ("made", "reason", "request_"),
    [
        (builder.altered, "KHÔNG HỢP LỆ. 2. Mọi chữ ký đều hỏng vì tệp đã bị ghi lại", "tệp gốc"),
        (builder.unsigned, "1. Văn bản chưa được ký số", "Gửi bản gốc điện tử có chữ ký số"),
        (partial(builder.unreadable, "DOC-DAMAGED"), "1. Tệp PDF bị hỏng", "Gửi lại tệp PDF gốc"),
    ],
)
def test_other_reasons(made: Callable[[], Report], reason: str, request_: str) -> None:
    """A file saved anew, an unsigned and an unreadable one: each is asked for what mends it."""
    said = told(made())

    assert reason in said
    assert request_ in said.partition("Quý cơ quan:")[2]
    assert "văn bản điện tử số …………… ngày ……………" in said


def test_a_rule_known_second_hand_is_not_cited() -> None:
    """The letter names the algorithm, and no circular whose text nobody here has read."""
    facts = {"algorithm": "sha1", "until": "2025-08-15", "article": "TT 15/2025/TT-BKHCN"}
    said = told(opened("AL-DIGEST-ACCEPTED", Block.ACCEPTANCE, **facts))

    assert "SHA-1" in said
    assert "TT 15/2025" not in said
    assert "thuật toán băm SHA-256 trở lên" in said


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (builder.passed(), "LETTER-PASSED"),
        (builder.unreadable("DOC-PASSWORD-NEEDED"), "DOC-PASSWORD-NEEDED"),
        (opened("RV-STATUS-KNOWN", Block.REVOCATION), "LETTER-OURS"),
        (opened("CH-SIGNATURE-UNCLEAR", Block.CHANGES), "LETTER-OURS"),
        (builder.unreadable("LIMIT-TIME"), "LIMIT-TIME"),
        (builder.unreadable("DOC-NOT-A-PDF"), "DOC-NOT-A-PDF"),
        (builder.unreadable("FILE-NOT-FOUND"), "FILE-NOT-FOUND"),
    ],
)
def test_there_is_none(report: Report, code: str) -> None:
    """Nothing is returned that is sound, or open for what this machine lacks."""
    with pytest.raises(SigcheckError) as problem:
        letter(report)

    assert problem.value.code == code


def test_a_machine_without_roots_returns_nothing() -> None:
    """What only a missing root leaves open is not held against the sender."""
    report = opened("PA-ANCHOR-FOUND", Block.PATH)
    report = replace(report, trust=TrustSummary("cd" * 32, anchors=2, at_hand=0))

    with pytest.raises(SigcheckError) as problem:
        letter(report)

    assert problem.value.code == "LETTER-OURS"


def test_the_word_document_says_the_same() -> None:
    """Every sentence of the letter is in it; hostile names are made plain."""
    report = referred(builder.trial())
    hostile = replace(REFERENCE, agency="SỞ\x00 X\uffff\ud800 {blank}")
    document = replace(report.document, workflow=Workflow(reference=hostile), path="a/\u202eb.pdf")
    draft = letter(replace(report, documents=(document,)))
    page = Document(io.BytesIO(docx(draft)))
    cells = [c.text for table in page.tables for row in table.rows for c in row.cells]
    said = "\n".join([*cells, *(p.text for p in page.paragraphs)])

    assert draft.addressee == "Kính gửi: SỞ X {blank}"
    for one in (draft.subject, draft.addressee, *draft.opening, draft.law):
        assert one in said
    for one in (*draft.reasons, *draft.requests):
        assert f". {one}" in said
    assert "“b.pdf”" in said


def test_warnings_are_not_reasons() -> None:
    """A signature that passes with a warning is not returned for it."""
    warned = builder.finding("TS-PRESENT", level=Level.WARN, block=Block.TIME)
    broken = builder.finding(
        "CR-DIGEST-MATCHES", block=Block.CRYPTO, sub=SubIndication.HASH_FAILURE
    )
    failing = builder.signature(
        1, broken, indication=Indication.TOTAL_FAILED, sub=SubIndication.HASH_FAILURE
    )
    document = builder.document(
        builder.signature(0, warned), failing, indication=DocumentIndication.TOTAL_FAILED
    )

    (reason,) = letter(builder.report(document)).reasons
    assert reason.startswith("Chữ ký số 2")


def test_what_the_receiver_saved_anew_is_not_returned() -> None:
    """The sender is not at fault: the original is looked for first."""
    folder = Path(__file__).parents[2] / "fixtures"
    document = folder / "vectors" / "file" / "rewritten-by-receiver" / "document.pdf"
    report = sigcheck.verify(document, trust=TrustStore.load([str(folder / "pki")]))

    with pytest.raises(SigcheckError) as problem:
        letter(report)

    assert problem.value.code == "LETTER-REWRITTEN"
    assert "hộp thư" in report.render("text", "vi")
