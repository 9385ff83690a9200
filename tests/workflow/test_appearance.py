"""Colour, size and position as Annex I of decree 30/2020 asks."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sigcheck.model.evidence import Evidence, WidgetFacts
from sigcheck.workflow import stamps_in_place
from tests.workflow.builder import (
    BLUE,
    DATE,
    NOTE,
    NUMBER,
    RED,
    RULES,
    assessed,
    finding,
    office,
    person,
)


def rows(*signatures: Evidence) -> object:
    """Return which rows of the annex a document's signatures do not follow."""
    return finding("WF-APPEARANCE", assessed(*signatures)[0]).outcome.facts.get("rows", ())


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        ((person(), office(NUMBER), office(DATE), office()), ()),
        ((person(replace(BLUE, colours=("black",))), office()), ("person-blue",)),
        ((person(replace(BLUE, has_image=False)), office()), ("person-blue",)),
        ((person(replace(BLUE, colours=())), office()), ()),
        ((person(), office(replace(RED, colours=("blue",)))), ("seal-red",)),
        ((person(), office(replace(RED, rect=(480, 395, 590, 505)))), ("seal-left",)),
        ((person(), office(replace(RED, rect=(10, 395, 120, 505)))), ("seal-left",)),
        ((person(), office(replace(RED, page=1))), ()),
        ((office(replace(NUMBER, page=2)),), ("number-size",)),
        ((office(replace(NUMBER, font_size=9)),), ("number-size",)),
        ((office(replace(DATE, font_size=18)),), ("date-size",)),
        ((office(NUMBER), office(replace(NUMBER, page=5, font_size=11))), ()),
        ((office(), office(replace(RED, rect=(10, 700, 120, 810))), person()), ()),
        ((office(NOTE),), ()),
        ((office(replace(NOTE, font="Arial")),), ("attachment-text",)),
        ((office(replace(NOTE, colours=("red",))),), ("attachment-text",)),
        ((office(replace(NOTE, rect=(10, 10, 90, 40))),), ("attachment-corner",)),
        ((office(replace(NOTE, page_box=None)),), ()),
        ((office(replace(NOTE, visible=False, font="Arial")),), ()),
    ],
)
def test_rows(signatures: tuple[Evidence, ...], expected: tuple[str, ...]) -> None:
    """Each row can be followed, broken, and left unanswered where the facts don't tell."""
    assert rows(*signatures) == expected


def test_the_facts_name_signatures_and_articles() -> None:
    """A reader learns which signature, and where to read about it."""
    facts = finding("WF-APPEARANCE", assessed(person(replace(BLUE, colours=("red", "black"))))[0])

    assert facts.outcome.status.value in ("passed", "not-applicable", "failed")
    told = finding("WF-APPEARANCE", assessed(person(replace(BLUE, colours=("black",))))[0]).outcome
    assert told.facts["signatures"] == ("1",)
    assert told.facts["articles"] == ("NĐ 30, Phụ lục I, Phần I, II.7.d",)


def test_stamps_in_place() -> None:
    """Gaps of the page, and a seal over a leader's signature with what lies under it."""
    e = [
        person(field="leader"),
        office(NUMBER, field="number"),
        office(replace(DATE, covers="ngày"), field="over-words"),
        office(replace(NUMBER, before="", after=""), field="nowhere"),
        office(field="seal"),
        office(replace(RED, rect=(10, 700, 120, 810)), field="seal-elsewhere"),
    ]

    assert stamps_in_place(e, RULES) == {"leader", "number", "seal"}


@pytest.mark.parametrize(
    "stamp",
    [
        replace(NUMBER, has_image=True),
        replace(NUMBER, rect=(139, 600, 169, 733)),
        replace(NUMBER, rect=None),
        replace(RED, rect=(300, 395, 475, 505)),
    ],
)
def test_a_stamp_that_could_hide_more_is_not_in_place(stamp: WidgetFacts) -> None:
    """A picture beside the figures, a frame over other lines, a seal larger than seals are."""
    assert stamps_in_place([person(field="leader"), office(stamp, field="x")], RULES) == frozenset()
