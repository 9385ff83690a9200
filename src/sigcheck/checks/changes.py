"""What later revisions did to the signed document (ISO 32000-2, 12.8.2.2; table of the design).

Each row of the table is a check; its columns (approval, P=1, 2, 3) are levels of the policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sigcheck.checks.registry import check
from sigcheck.model.evidence import (
    ChangeClass,
    ChangeItem,
    Evidence,
    PageDifference,
    SignatureKind,
)
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed
from sigcheck.model.indication import SubIndication
from sigcheck.model.policy import Policy

_NAMED = 5
"""Changes a finding names one by one; the report lists them all."""


def place(item: ChangeItem) -> str:
    """Return a short name of where a change happened, for facts."""
    page = f"p{item.page}" if item.page else ""
    field = item.field or ""
    where = " ".join(part for part in (page, field or item.path) if part)
    return f"r{item.revision}: {where} ({item.rule})"


def _none_of(kind: ChangeClass) -> Callable[[Evidence], Outcome]:
    def ask(evidence: Evidence) -> Outcome:
        found = [item for item in evidence.changes if item.change is kind]
        if not found:
            return PASSED
        named = tuple(place(item) for item in found[:_NAMED])
        return failed(count=len(found), pages=_pages(found), fields=_fields(found), items=named)

    return ask


def _pages(found: Sequence[ChangeItem]) -> tuple[str, ...]:
    return tuple(str(page) for page in sorted({item.page for item in found if item.page}))


def _fields(found: Sequence[ChangeItem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.field for item in found if item.field))


def _row(code: str, question: str, kind: ChangeClass) -> None:
    ask = _none_of(kind)
    ask.__doc__ = question
    check(
        code,
        block=Block.CHANGES,
        fails_as=SubIndication.FORMAT_FAILURE,
        spec="ISO 32000-2, 12.8.2.2",
    )(ask)


_row(
    "CH-EXTENSION",
    "Is the file free of later validation data and document time-stamps?",
    ChangeClass.EXTENSION,
)
_row("CH-SIGNATURE", "Is the file free of further signatures?", ChangeClass.SIGNATURE)


@check(
    "CH-FORM-FILLING",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 12.8.2.2",
)
def form_stays_as_signed(evidence: Evidence) -> Outcome:
    """Were all form fields left as they were?"""
    found = [item for item in evidence.changes if item.change is ChangeClass.FORM_FILLING]
    values = tuple(f"{item.field} = {_value(item.after)}" for item in found[:_NAMED])
    return _fillings(found, values)


_row(
    "CH-SIGNATURE-UNCLEAR",
    "Is it known of every further signature whether it holds and whose it is?",
    ChangeClass.SIGNATURE_UNCLEAR,
)
_row(
    "CH-FILLING-UNCLEAR",
    "Does every filled-in field show its value, and nothing over the page's own words?",
    ChangeClass.FILLING_UNCLEAR,
)


@check(
    "CH-VALUE-REPLACED",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 12.8.2.2",
)
def values_stay(evidence: Evidence) -> Outcome:
    """Did every filled-in field keep its value?"""
    found = [item for item in evidence.changes if item.change is ChangeClass.VALUE_REPLACED]
    values = tuple(
        f"{item.field} = {_value(item.before)} → {_value(item.after)}" for item in found[:_NAMED]
    )
    return _fillings(found, values)


_row(
    "CH-EMPTY-FIELD",
    "Does an anchored signer answer for every new signature field?",
    ChangeClass.EMPTY_FIELD,
)
_row(
    "CH-NEW-FIELD",
    "Does an anchored signer answer for everything that new signature fields paint?",
    ChangeClass.NEW_FIELD,
)
_row("CH-ANNOTATION", "Is the file free of later annotations?", ChangeClass.ANNOTATION)
_row(
    "CH-ANNOTATION-HIDING",
    "Is the file free of later annotations that hide what was signed?",
    ChangeClass.ANNOTATION_HIDING,
)
_row("CH-UNDEFINED", "Is every later change of a kind that is known?", ChangeClass.UNDEFINED)
_row(
    "CH-TRAILING-LINE-ENDS",
    "Does the file end with its last end marker?",
    ChangeClass.TRAILING_LINE_ENDS,
)
_row(
    "CH-TRAILING-TEXT",
    "Is the end of the file free of text that belongs to nothing?",
    ChangeClass.TRAILING_TEXT,
)
_row(
    "CH-TRAILING",
    "Is the end of the file free of bytes that belong to nothing?",
    ChangeClass.TRAILING,
)


def _fillings(found: Sequence[ChangeItem], values: tuple[str, ...]) -> Outcome:
    if not found:
        return PASSED
    return failed(count=len(found), pages=_pages(found), fields=_fields(found), values=values)


def _value(quoted: str) -> str:
    """Return a quoted value as people write it: strings without their brackets."""
    if quoted.startswith("["):
        return ", ".join(f"“{item}”" for item in _STRING.findall(quoted))
    is_string = quoted.startswith("(") and quoted.endswith(")")
    return f"“{quoted[1:-1] if is_string else quoted.removeprefix('/')}”"


_STRING = re.compile(r"\(([^()]*)\)")


SEAL_SIDES = (80.0, 130.0)
"""Points: a seal, which may lie over other things (decree 30/2020, annex I, II.8.a)."""
STAMP_SIDES = (230.0, 130.0)
"""Points, width and height: what the stamps of the decree and a leader's signature stay within."""
MOST_OF_A_PAGE = 0.1
"""A further signature that takes more of a page is none of the decree's stamps."""


@check(
    "CH-SIGNATURE-HIDES",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 12.8.2.2; decree 30/2020, annex I, II.7 and II.8",
)
def later_signatures_hide_nothing(evidence: Evidence) -> Outcome:
    """Do the later signatures hide no signed content but where the decree places its stamps?"""
    found = [
        item
        for item in evidence.changes
        if item.change is ChangeClass.SIGNATURE
        and item.paints
        and (item.page_share > MOST_OF_A_PAGE or (lies_over(item) and not _is_stamp(item)))
    ]
    return _covering(found) if found else PASSED


def lies_over(item: ChangeItem) -> tuple[str, ...]:
    """What counts: stamps of the own unit may overlap a little, all others nothing at all."""
    return (item.touches or item.covers) if item.stranger else item.covers


def _is_stamp(item: ChangeItem) -> bool:
    """A stamp of the document's own unit, no larger than the decree's stamps are."""
    if item.stranger or item.rect is None:
        return False
    left, bottom, right, top = item.rect
    return right - left <= STAMP_SIDES[0] and top - bottom <= STAMP_SIDES[1]


@check(
    "CH-SIGNATURE-WORDS",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 12.8.2.2",
)
def strangers_add_no_words(evidence: Evidence) -> Outcome:
    """Do later signatures of other units leave the page without words of their own?"""
    found = [
        item
        for item in evidence.changes
        if item.change is ChangeClass.SIGNATURE and item.stranger and item.words
    ]
    if not found:
        return PASSED
    words = tuple(item.words for item in found[:_NAMED])
    return failed(fields=_fields(found), pages=_pages(found), words=words)


@check(
    "CH-SIGNATURE-COVERS",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 12.8.2.2; decree 30/2020, annex I, II.8.a",
)
def later_signatures_cover_nothing(evidence: Evidence) -> Outcome:
    """Do the later signatures cover nothing signed but where the decree places its stamps?"""
    found = [
        item
        for item in evidence.changes
        if item.change is ChangeClass.SIGNATURE and lies_over(item) and not item.in_place
    ]
    return _covering(found) if found else PASSED


def _covering(found: Sequence[ChangeItem]) -> Outcome:
    places = tuple(f"{item.page} {_sides(item)}" for item in found[:_NAMED])
    covered = tuple(dict.fromkeys(kind for item in found for kind in lies_over(item)))
    return failed(fields=_fields(found), pages=_pages(found), covers=covered, places=places)


def is_seal(item: ChangeItem) -> bool:
    """Say whether a signature's rectangle has the size of a seal."""
    if item.rect is None:
        return False
    left, bottom, right, top = item.rect
    return all(SEAL_SIDES[0] <= side <= SEAL_SIDES[1] for side in (right - left, top - bottom))


def _sides(item: ChangeItem) -> str:
    return "[" + " ".join(f"{side:g}" for side in item.rect or ()) + "]"


_FILLINGS = (
    ChangeClass.FORM_FILLING,
    ChangeClass.FILLING_UNCLEAR,
    ChangeClass.VALUE_REPLACED,
)


@check(
    "CH-LOCKED-FIELD",
    block=Block.CHANGES,
    fails_as=SubIndication.FORMAT_FAILURE,
    spec="ISO 32000-2, 12.8.2.4",
)
def locked_fields_stay(evidence: Evidence) -> Outcome:
    """Were the fields this signature locked left as they were?"""
    locked = evidence.dictionary.locked_fields
    if locked is None:
        return NOT_APPLICABLE
    changed = (
        c.field for c in evidence.changes if c.change in _FILLINGS or c.rule == "field-signed"
    )
    broken = tuple(dict.fromkeys(name for name in changed if _is_locked(name, locked)))
    return failed(fields=broken) if broken else PASSED


def _is_locked(name: str, locked: tuple[str, ...]) -> bool:
    """A name in the list stands for the field and all below it (table 256, /Fields).

    What changes in a field changes for all below it, too.
    """
    parts = name.split(".")
    meant = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    if any(f"!{above}" in locked for above in meant):
        return False
    below = any(other.startswith(f"{name}.") for other in locked)
    return "*" in locked or below or not meant.isdisjoint(locked)


@check(
    "CH-PAGES-ALIKE",
    block=Block.CHANGES,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="ISO 32000-2, 12.8.2.2",
)
def pages_look_as_signed(evidence: Evidence) -> Outcome:
    """Does every page look as it was signed, but for later signatures and filled fields?"""
    found = evidence.page_differences
    if found is None:
        return NOT_APPLICABLE
    if not found:
        return PASSED
    pages = tuple(str(page) for page in sorted({item.page for item in found}))
    largest = max(item.share for item in found)
    named = tuple(_region(item) for item in found[:_NAMED])
    return failed(count=len(found), pages=pages, percent=round(100 * largest, 2), places=named)


def _region(item: PageDifference) -> str:
    where = " ".join(f"{side:g}" for side in item.rect) if item.rect else "*"
    return f"{item.page} [{where}] ({', '.join(item.views)})"


@check(
    "CH-PAGES-DRAWN",
    block=Block.CHANGES,
    fails_as=SubIndication.SIG_CONSTRAINTS_FAILURE,
    spec="ISO 32000-2, 12.8.2.2",
)
def pages_could_be_compared(evidence: Evidence, policy: Policy) -> Outcome:
    """Could every page be drawn as it was signed and as it is, where this was asked for?"""
    if evidence.undrawn_pages:
        missing = evidence.undrawn_pages
        pages = tuple(str(page) for page in sorted({u.page for u in missing if u.page}))
        problems = tuple(dict.fromkeys(u.problem for u in missing))
        return failed(count=len(missing), pages=pages, problems=problems)
    if evidence.page_differences is not None:
        return PASSED
    wanted = policy.compare_pages and evidence.kind is not SignatureKind.DOCUMENT_TIMESTAMP
    followed = evidence.byte_range is not None and not evidence.byte_range.covers_file
    return failed(count=0, problems=("not-compared",)) if wanted and followed else NOT_APPLICABLE
