"""The text a clerk reads: the answer first, what must be shown, what to do last."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.model.finding import Block, Level
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, Words, renderer
from tests.render.builder import (
    SAMPLES,
    altered,
    document,
    evidence,
    finding,
    passed,
    report,
    signature,
    trial,
    unreadable,
)


def said(made: Report, lang: str = "vi", **options: Any) -> str:
    """Return the text of a report."""
    return renderer("text")(made, Words.load(lang), RenderOptions(**options))


@pytest.mark.parametrize(
    ("sample", "first"),
    [
        ("passed", "CHỮ KÝ HỢP LỆ: văn bản.pdf"),
        ("trial", "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN: văn bản.pdf"),
        ("altered", "CHỮ KÝ KHÔNG HỢP LỆ: văn bản.pdf"),
        ("unsigned", "VĂN BẢN CHƯA ĐƯỢC KÝ SỐ: văn bản.pdf"),
        ("unreadable", "KHÔNG ĐỌC ĐƯỢC TỆP: hỏng.pdf"),
    ],
)
def test_the_first_line_is_the_answer(sample: str, first: str) -> None:
    """Verdict and file stand on the first line."""
    assert said(SAMPLES[sample]()).splitlines()[0] == first


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("verbose", [False, True])
def test_lines_stay_within_a_hundred_columns(
    sample: Callable[[], Report], lang: str, verbose: bool
) -> None:
    """No line is longer than the width, in either language."""
    assert max(map(len, said(sample(), lang, verbose=verbose).splitlines())) <= 100


def test_what_the_circular_asks_to_be_shown() -> None:
    """TT 15/2025, 6.4: issuer, signer, managing unit, time, integrity, validity, period."""
    text = said(passed())

    for needed in (
        "Trần Thị Bình",
        "Sở Nội vụ, Ủy ban nhân dân tỉnh Mẫu",
        "do CA Thử nghiệm cho Nhà nước G2 cấp",
        "Ban Cơ yếu Chính phủ – chuyên dùng công",
        "01/01/2020 – 01/01/2030",
        "26/08/2022 20:20:45 (theo máy người ký); 26/08/2022 20:21:55 (dấu thời gian)",
        "nội dung đã ký không bị thay đổi",
        "khi ký chứng thư số còn hạn, không bị thu hồi",
    ):
        assert needed in text


def test_a_trial_certificate_is_said_in_plain_words() -> None:
    """The signature by a test CA says so, and the last line says what to do about it."""
    lines = said(trial()).splitlines()

    assert any("chứng thư THỬ NGHIỆM" in line for line in lines)
    assert lines[-1] == (
        "  - Chữ ký 2: Đề nghị nơi phát hành cho người ký ký lại bằng chứng thư số chính thức."
    )


def test_a_rewritten_file_is_told_as_such() -> None:
    """All signatures broken in one revision: ask the sender for the original."""
    text = " ".join(said(altered()).split())

    assert "NỘI DUNG ĐÃ KÝ BỊ THAY ĐỔI" in text
    assert "ghi lại toàn bộ sau khi ký, có dấu của nơi nhận: CÔNG VĂN ĐẾN" in text
    assert "Đề nghị nơi phát hành gửi lại bản gốc" in text


def test_an_unreadable_file_is_one_sentence() -> None:
    """Verdict, and one sentence with what to do in it."""
    assert said(unreadable()).splitlines() == [
        "KHÔNG ĐỌC ĐƯỢC TỆP: hỏng.pdf",
        "Tệp này không phải là PDF; chọn đúng tệp PDF đã ký, không phải tệp Word, ảnh hay tệp nén.",
    ]


def test_notes_wait_for_verbose_unless_they_answer_a_question() -> None:
    """A scheme nobody asks about is a detail; the tool's trial text is not."""
    scheme = finding("AL-SCHEME-ADVISED", level=Level.NOTE, block=Block.ADVISORY)
    trial_text = finding(
        "AD-TRIAL-TEXT",
        level=Level.NOTE,
        block=Block.ADVISORY,
        facts={"text": "PHIÊN BẢN THỬ NGHIỆM"},
    )
    made = report(document(signature(0, scheme, trial_text)))

    brief, verbose = said(made), said(made, verbose=True)

    assert "“PHIÊN BẢN THỬ NGHIỆM” là do phần mềm ký ghi" in brief
    assert "RSASSA-PSS" not in brief
    assert "RSASSA-PSS" in verbose


def test_the_same_advice_is_given_once() -> None:
    """Three signatures that need the same thing share a line."""
    sub = SubIndication.TRY_LATER
    unknown = finding("RV-STATUS-KNOWN", block=Block.REVOCATION, sub=sub)
    three = [signature(i, unknown, indication=Indication.INDETERMINATE, sub=sub) for i in range(3)]

    lines = said(report(document(*three))).splitlines()

    assert sum("--online" in line for line in lines) == 1
    assert any(line.startswith("  - Chữ ký 1, 2, 3:") for line in lines)


def test_a_signature_nobody_answered_for_says_so() -> None:
    """INDETERMINATE without a deciding finding is explained too."""
    silent = signature(0, indication=Indication.INDETERMINATE)

    assert "chưa được phép kiểm tra nào xác nhận" in said(report(document(silent)))


def test_untrusted_text_cannot_write_on_the_terminal() -> None:
    """Escape sequences, bidi marks and line ends in a name are gone."""
    signer = replace(evidence().signer, common_name="A\x1b[2J\u202eB\nCHỮ KÝ HỢP LỆ")
    made = report(document(signature(0, signer=signer), path="x\x1b]0;y\x07.pdf"))

    text = said(made, verbose=True)

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "A[2JB CHỮ KÝ HỢP LỆ" in text


def test_colour_only_when_asked_for() -> None:
    """Without colour there is no escape; with it the words are the same."""
    plain, painted = said(trial()), said(trial(), color=True)

    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == plain
    assert "\x1b[33;1mCHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN\x1b[0m" in painted


def test_citizen_numbers_are_masked_in_text() -> None:
    """The details show the last four characters only, all of them with `full`."""
    assert "CCCD:…0123" in said(passed(), verbose=True)
    assert "CCCD:001199000123" in said(passed(), verbose=True, full=True)


def test_details_name_every_check() -> None:
    """`--verbose` lists each check with its question and answer."""
    text = said(passed(), verbose=True)

    assert "+ CR-DIGEST-MATCHES" in text
    assert "Nội dung đã ký có còn nguyên vẹn không? đạt" in text


def test_a_report_says_what_it_does_not_judge() -> None:
    """A pass never speaks of authority or content."""
    assert "không đánh giá thẩm quyền của người ký" in said(passed())
