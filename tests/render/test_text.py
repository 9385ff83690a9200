"""The text a clerk reads: the answer first, what must be shown, what to do last."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import sigcheck
from sigcheck.model.finding import Block, Level
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.model.report import Report, TrustSummary
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.reasons import ranges
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
@pytest.mark.parametrize("verbose", [0, 1, 2])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_stay_within_the_width(
    sample: Callable[[], Report], lang: str, verbose: int, width: int
) -> None:
    """No line is longer than the terminal is wide, in either language."""
    text = said(sample(), lang, verbose=verbose, width=width)

    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("case", ["2691-ct-ubnd", "2691-ct-ubnd-production"])
@pytest.mark.parametrize("trusted", [True, False], ids=["roots", "no-roots"])
def test_five_signatures_fit_a_screen(fixtures: Path, case: str, lang: str, trusted: bool) -> None:
    """The directive takes at most 25 lines of 80 columns, with its roots at hand and without."""
    trust = sigcheck.TrustStore.load([fixtures / "pki"] if trusted else [])
    made = sigcheck.verify(fixtures / "vectors" / "long-an" / case / "document.pdf", trust=trust)
    short = replace(made.document, path="2691-CT-UBND.pdf")

    lines = said(replace(made, documents=(short,)), lang).splitlines()

    assert len(lines) <= 25
    assert sum(bool(re.match(r" \d\. ", line)) for line in lines) == 5


def test_what_the_circular_asks_to_be_shown() -> None:
    """TT 15/2025, 6.4: issuer, signer, managing unit, time, integrity, validity, period."""
    text = " ".join(said(passed(), verbose=1).split())

    for needed in (
        "Trần Thị Bình",
        "Sở Nội vụ, Ủy ban nhân dân tỉnh Mẫu",
        "do CA Thử nghiệm cho Nhà nước G2 cấp",
        "Ban Cơ yếu Chính phủ – chuyên dùng công vụ",
        "01/01/2020 – 01/01/2030",
        "26/08/2022 20:20:45 (theo đồng hồ máy người ký); 26/08/2022 20:21:55 (dấu thời gian)",
        "nội dung đã ký không bị thay đổi",
        "tại thời điểm ký, chứng thư số còn hạn, không bị thu hồi",
    ):
        assert needed in text


def test_a_line_says_who_did_what_when_and_how_it_came_out() -> None:
    """Number, signer and innermost unit, proven time, verdict; the claimed time is called so."""
    unstamped = signature(1, indication=Indication.INDETERMINATE, timestamps=())
    lines = said(report(document(signature(0), unstamped)), width=120).splitlines()

    assert " 1. Trần Thị Bình, Sở Nội vụ; 26/08/2022 20:21:55 (dấu thời gian): HỢP LỆ" in lines
    assert (
        " 2. Trần Thị Bình, Sở Nội vụ; 26/08/2022 20:20:45 (theo đồng hồ máy người ký): "
        "CHƯA ĐỦ CĂN CỨ" in lines
    )


def test_a_name_that_nobody_vouches_for_is_called_so() -> None:
    """Where the path leads to no root, the name on the line is a claim."""
    claimed = signature(0, indication=Indication.INDETERMINATE, path=None)

    assert "Trần Thị Bình, Sở Nội vụ (tên chưa xác minh);" in said(report(document(claimed)))


def test_a_trial_certificate_is_said_in_plain_words() -> None:
    """The signature by a test CA says so, and what to do about it names who does it."""
    text = " ".join(said(trial()).split())

    assert "Vì sao Chữ ký 2: Chứng thư số này là chứng thư THỬ NGHIỆM" in text
    assert (
        "Việc cần làm Văn thư – Chữ ký 2: Đề nghị nơi phát hành cho người ký ký lại bằng chứng "
        "thư số chính thức." in text
    )


def test_a_rewritten_file_leads_with_that() -> None:
    """All signatures broken by saving the file anew: said first, and no reason beside it."""
    screen = " ".join(said(altered()).split())
    cards = said(altered(), verbose=1)

    cause = "ghi lại toàn bộ sau khi ký, có dấu của nơi nhận: CÔNG VĂN ĐẾN"
    assert screen.index(cause) < screen.index("0/1 chữ ký hợp lệ")
    assert "Đề nghị nơi phát hành gửi lại bản gốc" in screen
    assert "Vì sao" not in screen
    assert "NỘI DUNG ĐÃ KÝ BỊ THAY ĐỔI" in cards


def test_a_machine_without_roots_is_told_first() -> None:
    """The cause is the machine's, with the one command; nothing is called the document's fault."""
    missing = finding("PA-ANCHOR-FOUND", sub=SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    token = finding("TS-TOKENS-HOLD", block=Block.TIME, facts={"findings": ("TS-PATH-ANCHORED",)})
    expired = finding("PA-VALIDITY-LASTS")
    open_ = signature(0, missing, token, expired, indication=Indication.INDETERMINATE, path=None)
    made = report(document(open_, indication=DocumentIndication.INDETERMINATE))
    bare = replace(made, trust=TrustSummary("cd" * 32, anchors=10, at_hand=0))
    some = replace(made, trust=TrustSummary("cd" * 32, anchors=10, at_hand=1))

    text, other = (" ".join(said(one).split()) for one in (bare, some))

    assert text.startswith(
        "CHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN: văn bản.pdf Máy này chưa cài chứng thư của Ban Cơ yếu và NEAC "
        "(0/10 gốc)"
    )
    assert "sigcheck trust fetch" in text
    assert "Vì sao" not in text
    assert "Máy này chưa cài" not in other
    assert "Vì sao Chữ ký 1: Chưa nối được chứng thư số" in other


def test_what_follows_from_a_cause_is_not_said_beside_it() -> None:
    """An expired certificate is open for want of a time-stamp: the time-stamp is the reason."""
    token = finding("TS-TOKENS-HOLD", block=Block.TIME, facts={"findings": ("TS-IMPRINT-MATCHES",)})
    expired = finding("PA-VALIDITY-LASTS")
    made = report(document(signature(0, token, expired, indication=Indication.INDETERMINATE)))

    screen, cards = said(made), said(made, verbose=1)

    assert "Dấu thời gian của chữ ký chưa được chấp nhận" in screen
    assert "đã hết hạn" not in screen
    assert "đã hết hạn" in cards


def test_a_reason_is_said_once_for_all_signatures() -> None:
    """Signatures that fail alike share a sentence with the facts they share."""
    issuer = {"missing_issuer": "CN=CA chung"}
    several = [
        signature(
            i,
            finding("PA-ANCHOR-FOUND", facts={**issuer, "missing_key_id": f"0{i}"}),
            indication=Indication.INDETERMINATE,
        )
        for i in range(4)
    ]

    text = " ".join(said(report(document(*several))).split())

    assert "Chữ ký 1–4: Chưa nối được chứng thư số tới CA gốc đã được tin cậy: thiếu chứng" in text
    assert "“CA chung”." in text


def test_the_gravest_reason_comes_first_and_the_cause_before_its_consequence() -> None:
    """A broken signature, then the one without a CA, then the one open because of that one."""
    later = finding("CH-SIGNATURE-UNCLEAR", block=Block.CHANGES, facts={"fields": ("Signature2",)})
    missing = finding("PA-ANCHOR-FOUND", facts={"missing_issuer": "CN=CA lạ"})
    broken = finding("CR-DIGEST-MATCHES", block=Block.CRYPTO, sub=SubIndication.HASH_FAILURE)
    made = document(
        signature(0, later, indication=Indication.INDETERMINATE),
        signature(1, missing, indication=Indication.INDETERMINATE, path=None),
        signature(2, broken, indication=Indication.TOTAL_FAILED),
        indication=DocumentIndication.TOTAL_FAILED,
    )

    text = " ".join(said(report(made)).split())

    reasons = ("Vì sao Chữ ký 3: Nội dung", "Chữ ký 2: Chưa nối", "Chữ ký 1: Chưa xác định")
    places = [text.index(reason) for reason in reasons]
    assert places == sorted(places)


def test_at_most_four_things_to_do() -> None:
    """What goes beyond a screen is counted and waits for the cards."""
    codes = ["CH-LOCKED-FIELD", "CH-TRAILING", "PA-PURPOSE-SIGNING", "PA-ANCHOR-PURPOSE"]
    codes += ["RV-ON-HOLD", "ID-CERTIFICATE-FOUND"]
    open_ = signature(0, *(finding(c) for c in codes), indication=Indication.INDETERMINATE)
    lines = said(report(document(open_, indication=DocumentIndication.INDETERMINATE)), width=500)

    after = lines[lines.index("Việc cần làm") :].splitlines()

    assert "Còn 2 điều nữa" in after[4]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_screen_is_not_made_longer_by_many_reasons(lang: str) -> None:
    """What does not fit on 25 lines is counted; a reason and a thing to do always stand there."""
    codes = ["CH-LOCKED-FIELD", "PA-ANCHOR-FOUND", "PA-PURPOSE-SIGNING", "RV-STATUS-KNOWN"]
    warned = ["WF-BOTH-SIGNED", "WF-PERSON-BEFORE-ORG", "DC-ACTIVE-CONTENT"]
    urls = {"missing_urls": ("http://ca.example/" + "x" * 90,), "urls": ("http://a/" + "y" * 90,)}
    several = [
        signature(i, *(finding(c, facts=urls) for c in codes), indication=Indication.INDETERMINATE)
        for i in range(5)
    ]
    general = tuple(finding(c, level=Level.WARN, block=Block.ADVISORY) for c in warned)
    open_ = DocumentIndication.INDETERMINATE

    text = said(report(document(*several, indication=open_, findings=general)), lang)

    assert len(text.splitlines()) <= 25
    assert text.count("-v.") >= 2


def test_many_files_are_a_line_each() -> None:
    """Verdict, name, and the reason in a few words."""
    made = report(*(sample().document for sample in SAMPLES.values()))
    trust = "ký bằng chứng thư số THỬ NGHIỆM"
    saved = "tệp đã bị ghi lại toàn bộ sau khi ký, nên chữ ký không còn khớp"

    assert said(made, brief=True, width=200).splitlines() == [
        "HỢP LỆ          văn bản.pdf",
        "CHƯA ĐỦ CĂN CỨ  văn bản.pdf: " + trust + " (chữ ký 2)",
        "KHÔNG HỢP LỆ    văn bản.pdf: " + saved,
        "CHƯA KÝ SỐ      văn bản.pdf",
        "KHÔNG ĐỌC ĐƯỢC  hỏng.pdf: tệp này không phải là PDF",
    ]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [([1], "1"), ([1, 2], "1, 2"), ([3, 1, 2], "1–3"), ([1, 2, 4, 5, 6, 9], "1, 2, 4–6, 9")],
)
def test_signatures_in_a_row_are_a_range(numbers: list[int], told: str) -> None:
    """Three or more in a row are written as a range."""
    assert ranges(numbers) == told


def test_an_unreadable_file_is_one_sentence() -> None:
    """Verdict, and one sentence with what to do in it."""
    assert said(unreadable(), width=100).splitlines() == [
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

    brief, verbose = (" ".join(said(made, verbose=level).split()) for level in (1, 2))

    assert "“PHIÊN BẢN THỬ NGHIỆM” là do phần mềm ký ghi" in brief
    assert "RSASSA-PSS" not in brief
    assert "RSASSA-PSS" in verbose


def test_the_same_advice_is_given_once() -> None:
    """Three signatures that need the same thing share a line."""
    sub = SubIndication.TRY_LATER
    unknown = finding("RV-STATUS-KNOWN", block=Block.REVOCATION, sub=sub)
    three = [signature(i, unknown, indication=Indication.INDETERMINATE, sub=sub) for i in range(3)]

    text = said(report(document(*three)))

    assert text.count("--online") == 1
    assert "Quản trị viên – Chữ ký 1–3:" in text


def test_a_signature_nobody_answered_for_says_so() -> None:
    """INDETERMINATE without a deciding finding is explained too."""
    silent = signature(0, indication=Indication.INDETERMINATE)

    text = " ".join(said(report(document(silent))).split())

    assert "chưa phép kiểm tra nào xác nhận" in text


def test_untrusted_text_cannot_write_on_the_terminal() -> None:
    """Escape sequences, bidi marks and line ends in a name are gone."""
    signer = replace(evidence().signer, common_name="A\x1b[2J\u202eB\nCHỮ KÝ HỢP LỆ")
    made = report(document(signature(0, signer=signer), path="x\x1b]0;y\x07.pdf"))

    text = said(made, verbose=2)

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "A[2JB CHỮ KÝ HỢP LỆ" in text


def test_colour_only_when_asked_for() -> None:
    """Without colour there is no escape; with it the words are the same."""
    plain, painted = said(trial()), said(trial(), color=True)

    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == plain
    assert "\x1b[33;1mCHƯA ĐỦ CĂN CỨ ĐỂ KẾT LUẬN\x1b[0m" in painted
    assert "\x1b[33;1mCHƯA ĐỦ CĂN CỨ\x1b[0m" in painted


def test_citizen_numbers_are_masked_in_text() -> None:
    """The details show the last four characters only, all of them with `full`."""
    assert "CCCD:…0123" in said(passed(), verbose=2)
    assert "CCCD:001199000123" in said(passed(), verbose=2, full=True)


def test_details_name_every_check() -> None:
    """`--verbose` lists each check with its question and answer."""
    text = said(passed(), verbose=2)

    assert "+ CR-DIGEST-MATCHES" in text
    assert "Nội dung đã ký có còn nguyên vẹn không? đạt" in text


def test_a_report_says_what_it_does_not_judge() -> None:
    """A pass never speaks of authority or content."""
    assert "không đánh giá thẩm quyền của người ký" in " ".join(said(passed()).split())
