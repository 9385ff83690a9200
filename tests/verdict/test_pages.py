"""What pages that look otherwise mean: who accounts for a difference, and what nobody compared."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sigcheck.checks.changes import pages_could_be_compared, pages_look_as_signed
from sigcheck.config import load_policy
from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    Evidence,
    PageComparison,
    PageDifference,
    PageView,
    Rect,
    SignatureKind,
    UndrawnPage,
)
from sigcheck.model.finding import Status
from sigcheck.verdict import pages_since
from tests import facts

ENDS, REVISIONS = (100, 200, 300), (2, 3, 4)
SHOWN = (PageView.SCREEN, PageView.PRINT)
SEAL: Rect = (300.0, 200.0, 400.0, 300.0)
STRIP: Rect = (60.0, 575.0, 540.0, 605.0)


def difference(**odd: Any) -> PageDifference:
    """Return a difference inside the rectangle of Signature2, which came with revision 3."""
    plain = PageDifference(1, 100, 200, (10.0, 10.0, 20.0, 20.0), 0.01, SHOWN, ("Signature2",))
    return replace(plain, **odd)


def change(kind: ChangeClass = ChangeClass.SIGNATURE, **odd: Any) -> ChangeItem:
    """Return the change that brought Signature2."""
    plain = ChangeItem(kind, 3, "rule", "/Root", page=1, rect=STRIP, field="Signature2")
    return replace(plain, **odd)


def signed(end: int = 100, *changes: ChangeItem, **odd: Any) -> Evidence:
    """Return a signature that covers the file up to a byte, with what was changed later."""
    covered = replace(facts.byte_range(), end=end, covers_file=False)
    return facts.evidence(byte_range=covered, changes=changes, **odd)


def left(evidence: Evidence, *found: PageDifference) -> tuple[PageDifference, ...] | None:
    """Return the differences that nothing accounts for."""
    return pages_since(evidence, PageComparison(ENDS, REVISIONS, 1, found)).differences


def test_a_later_signature_accounts_for_its_rectangle() -> None:
    """It shows itself, in a blank space."""
    assert left(signed(100, change()), difference()) == ()


@pytest.mark.parametrize(
    ("changes", "odd"),
    [
        pytest.param([], {}, id="nobody wrote there"),
        pytest.param([change()], {"inside": ()}, id="outside every rectangle"),
        pytest.param([change()], {"inside": ("Signature9",)}, id="another's rectangle"),
        pytest.param([change()], {"views": (PageView.CONTENT, *SHOWN)}, id="the page itself"),
        pytest.param([change()], {"covered": 0.001}, id="over the page's words"),
        pytest.param([change(ChangeClass.NEW_FIELD)], {}, id="no anchored signer"),
        pytest.param([change(ChangeClass.EXTENSION)], {}, id="a time-stamp"),
        pytest.param([change(ChangeClass.ANNOTATION)], {}, id="an annotation"),
        pytest.param([change(), change(ChangeClass.NEW_FIELD)], {}, id="two of one name"),
        pytest.param([change(revision=4)], {}, id="signed after it was changed"),
        pytest.param([change(revision=2)], {}, id="signed before it was changed"),
        pytest.param(
            [change(ChangeClass.FORM_FILLING)], {"covered": 0.001}, id="filled over words"
        ),
        pytest.param([change()], {"rect": None, "inside": ()}, id="the whole page"),
    ],
)
def test_nothing_else_does(changes: list[ChangeItem], odd: dict[str, Any]) -> None:
    """Each of these leaves the difference as it is."""
    found = difference(**odd)

    assert left(signed(100, *changes), found) == (found,)


def test_a_filled_field_accounts_for_its_rectangle() -> None:
    """The report names it."""
    assert left(signed(100, change(ChangeClass.FORM_FILLING)), difference()) == ()


def test_a_seal_may_lie_over_words() -> None:
    """Decree 30/2020, annex I, II.8.a."""
    assert left(signed(100, change(rect=SEAL)), difference(covered=0.001)) == ()


def test_one_of_two_rectangles_is_enough() -> None:
    """A seal lies over the signature beside it."""
    assert left(signed(100, change()), difference(inside=("Signature1", "Signature2"))) == ()


def test_what_came_before_a_signature_is_none_of_its_business() -> None:
    """The second signer signed what he saw."""
    found = difference()

    assert left(signed(200), found) == ()
    assert left(signed(100), found) == (found,)


def test_what_a_signature_did_not_see_undone_still_happened() -> None:
    """Each state counts: somebody signed the one in between."""
    between, back = difference(inside=()), difference(start=200, end=300, inside=())

    assert left(signed(100), between, back) == (between, back)


def answers(evidence: Evidence, comparison: PageComparison | None, policy: str) -> tuple[str, str]:
    """Return what both checks answer."""
    found = pages_since(evidence, comparison)
    placed = replace(evidence, page_differences=found.differences, undrawn_pages=found.undrawn)
    drawn = pages_could_be_compared(placed, load_policy(policy))
    return pages_look_as_signed(placed).status.value, drawn.status.value


ALIKE = PageComparison(ENDS, REVISIONS, 1)
MOOT = Status.NOT_APPLICABLE.value


@pytest.mark.parametrize(
    ("comparison", "policy", "expected"),
    [
        pytest.param(ALIKE, "intake", ("passed", "passed"), id="alike"),
        pytest.param(None, "intake", (MOOT, MOOT), id="nobody asked"),
        pytest.param(None, "archive", (MOOT, "failed"), id="the archive asks always"),
        pytest.param(
            replace(ALIKE, differences=(difference(),)), "intake", ("failed", "passed"), id="unlike"
        ),
        pytest.param(
            replace(ALIKE, undrawn=(UndrawnPage(1, 300, "time"),)),
            "intake",
            ("passed", "failed"),
            id="not drawn",
        ),
        pytest.param(
            replace(ALIKE, undrawn=(UndrawnPage(1, 50, "time"),)),
            "intake",
            ("passed", "passed"),
            id="not drawn in a state before the signature",
        ),
        pytest.param(
            replace(ALIKE, ends=(150, 300), revisions=(3, 4)),
            "archive",
            (MOOT, "failed"),
            id="compared from another state",
        ),
    ],
)
def test_checks(comparison: PageComparison | None, policy: str, expected: tuple[str, str]) -> None:
    """What was asked for and not compared is no pass."""
    assert answers(signed(), comparison, policy) == expected


def test_a_whole_file_and_a_time_stamp_have_nothing_to_compare() -> None:
    """Under the archive's policy too."""
    whole = facts.evidence(byte_range=replace(facts.byte_range(), covers_file=True))
    stamp = signed(kind=SignatureKind.DOCUMENT_TIMESTAMP)

    assert answers(whole, None, "archive") == (MOOT, MOOT)
    assert answers(stamp, None, "archive") == (MOOT, MOOT)
