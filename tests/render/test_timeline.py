"""The history of a file says who did what in which revision."""

from __future__ import annotations

from msgspec.structs import replace

from sigcheck.model.evidence import ChangeClass, ChangeItem, RevisionFacts
from sigcheck.model.finding import Block, Level
from sigcheck.model.report import DocumentReport
from sigcheck.render.layout import Tone
from sigcheck.render.timeline import MOST, timeline
from sigcheck.render.words import Words
from tests.render.builder import document, finding, signature, trial

VI = Words.load("vi")


def revised(made: DocumentReport, count: int) -> DocumentReport:
    """Return the document with revisions numbered from 1."""
    assert made.evidence is not None
    revisions = tuple(RevisionFacts(n, 0, 100 * n, 1, "table") for n in range(1, count + 1))
    return replace(made, evidence=replace(made.evidence, revisions=revisions))


def test_each_signature_stands_in_its_revision() -> None:
    """The revision before the first signature comes first, then who signed in which."""
    events = timeline(revised(trial().document, 3), VI)

    assert [event.signatures for event in events] == [(), (1,), (2,)]
    assert events[0].texts == ("Văn bản trước khi có chữ ký.",)
    assert events[1].texts == ("Trần Thị Bình: HỢP LỆ",)
    assert "26/08/2022 20:20:45" in events[1].when
    assert [event.tone for event in events] == [Tone.PLAIN, Tone.GOOD, Tone.DOUBT]


def test_a_change_nobody_signed_is_told_as_gravely_as_the_policy_takes_it() -> None:
    """A revision that only adds a note over content says so, with its page."""
    hidden = ChangeItem(ChangeClass.ANNOTATION_HIDING, 3, "hides", "/Root", page=2)
    against = finding("CH-ANNOTATION-HIDING", level=Level.FAIL, block=Block.CHANGES)
    made = revised(document(signature(0, against, changes=(hidden,), revision_count=3)), 3)

    told = timeline(made, VI)[2]

    assert told.texts == ("Sau khi ký: thêm ghi chú che nội dung đã ký (trang 2)",)
    assert told.tone is Tone.BAD
    assert told.when == ""


def test_book_keeping_is_told_as_such() -> None:
    """A revision that only adds validation data is no change anybody could see."""
    data = ChangeItem(ChangeClass.EXTENSION, 3, "dss", "/Root/DSS")
    made = revised(document(signature(0, changes=(data,), revision_count=3)), 3)

    assert timeline(made, VI)[2].texts == ("Thêm dữ liệu kỹ thuật, không nhìn thấy trên trang.",)


def test_a_file_of_very_many_revisions_is_cut_short() -> None:
    """The file does not choose how long the report gets."""
    assert len(timeline(revised(trial().document, 5 * MOST), VI)) == MOST
