"""The history of a file says who did what in which revision."""

from __future__ import annotations

from msgspec.structs import replace

from sigcheck.model.evidence import ChangeClass, ChangeItem, RevisionFacts
from sigcheck.model.finding import Block, Level
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport
from sigcheck.render import RenderOptions
from sigcheck.render.layout import Tone
from sigcheck.render.timeline import MOST, page_histories, page_rows, timeline
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


def test_each_page_says_who_shows_himself_and_what_changed() -> None:
    """A later seal leaves the page to all signatures; a note takes it from those before."""
    seal = ChangeItem(ChangeClass.SIGNATURE, 3, "signature-field", "/Root", page=6, field="Seal")
    note = ChangeItem(ChangeClass.ANNOTATION, 4, "annotation", "/Root", page=2)
    data = ChangeItem(ChangeClass.EXTENSION, 4, "dss", "/Root/DSS")
    made = document(signature(0, changes=(seal, note, data)), signature(1, changes=(note, data)))

    found = {h.page: h for h in page_histories(made)}

    assert list(found) == [2, 6, 0]
    assert found[6].signatures == (1, 2)
    assert found[6].unchanged_since == (1, 2)
    assert (found[2].signatures, found[2].unchanged_since) == ((), ())
    assert found[0].unchanged_since == (1, 2)
    assert [row.changes for row in page_rows(made, VI, RenderOptions())] == [
        ("phiên bản 4: thêm ghi chú hoặc dấu",),
        ("phiên bản 3: chữ ký ký sau đó (Seal)",),
        ("–",),
    ]


def test_a_failed_signature_vouches_for_no_page() -> None:
    """What is not as it was signed is unchanged since nothing."""
    broken = signature(0, indication=Indication.TOTAL_FAILED)

    assert [h.unchanged_since for h in page_histories(document(broken))] == [(), ()]


def test_a_change_of_no_known_page_may_be_on_any() -> None:
    """Then no page is called unchanged."""
    odd = ChangeItem(ChangeClass.UNDEFINED, 3, "unexplained", "/Root/X")

    found = page_histories(document(signature(0, changes=(odd,))))

    assert [h.unchanged_since for h in found] == [(), ()]
