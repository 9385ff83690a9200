"""One document in words: what every readable format shows of it, in the same order."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.model.evidence import Tier
from sigcheck.model.finding import Finding, Level, Status
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import (
    STANDARD_INPUT,
    DocumentReport,
    SignatureReport,
    TrustSummary,
    Workflow,
)
from sigcheck.render.cards import (
    EVERYTHING,
    Card,
    act_words,
    card,
    sentences,
    shown,
    signer_line,
    signing_time,
)
from sigcheck.render.findings import document_findings
from sigcheck.render.layout import TONES, RenderOptions, Tone
from sigcheck.render.reasons import Point, explanations, point_line, ranges, todos, warnings, why
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words


class Line(Struct, frozen=True):
    """One signature in one line: who and unit, act, time, verdict."""

    number: int
    who: str
    act: str
    """Empty while the act is unknown."""
    time: str
    verdict: str
    tone: Tone


class Sheet(Struct, frozen=True):
    """One document in words, untrusted text made plain and identity numbers masked."""

    name: str
    verdict: str
    indication: DocumentIndication
    tone: Tone
    headline: str
    explanations: tuple[str, ...]
    """What explains the verdict on its own: a file saved anew, a machine without roots."""
    story: str
    """Which course of clerical work it followed; empty where that is not known."""
    lines: tuple[Line, ...]
    """The signatures, a line each."""
    why: tuple[Point, ...]
    warnings: tuple[Point, ...]
    todos: tuple[Point, ...]
    cards: tuple[Card, ...]
    """The signatures, a card each."""
    notes: tuple[str, ...]
    archiving: tuple[str, ...]
    """What the findings say of the years to come."""


def sheet(
    document: DocumentReport, trust: TrustSummary, words: Words, options: RenderOptions
) -> Sheet:
    """Return a document in words."""
    indication = document.indication
    unreadable = indication is DocumentIndication.UNREADABLE  # its headline says what to do
    return Sheet(
        name=shown_name(document.path, words),
        verdict=words.name("indication", indication),
        indication=indication,
        tone=TONES[indication.value],
        headline=shown(_headline(document, words), options),
        explanations=tuple(shown(t, options) for t in explanations(document, trust, words)),
        story=_story(document, words),
        lines=tuple(_line(signature, words, options) for signature in document.signatures),
        why=_points(why(document, trust, words), options),
        warnings=_points(warnings(document, words), options),
        todos=() if unreadable else _points(todos(document, trust, words), options),
        cards=tuple(card(signature, words, options) for signature in document.signatures),
        notes=_notes(document, words, options),
        archiving=tuple(
            shown(text, options)
            for text in archiving(document, words, full=options.verbose >= EVERYTHING)
        ),
    )


def notes_of(page: Sheet, words: Words) -> tuple[str, ...]:
    """Return the warnings, then the other notes on the document; nothing said above is repeated."""
    above = {*page.explanations, *(point.text for point in (*page.why, *page.warnings))}
    warnings = (point_line(point, words) for point in page.warnings)
    return (*warnings, *(note for note in page.notes if note not in above))


def _points(points: Iterable[Point], options: RenderOptions) -> tuple[Point, ...]:
    return tuple(replace(point, text=shown(point.text, options)) for point in points)


def _line(signature: SignatureReport, words: Words, options: RenderOptions) -> Line:
    return Line(
        number=signature.evidence.index + 1,
        who=shown(signer_line(signature, words), options),
        act=act_words(signature, words),
        time=signing_time(signature, words),
        verdict=words.name("verdict_short", signature.indication),
        tone=TONES[signature.indication.value],
    )


def _headline(document: DocumentReport, words: Words) -> str:
    if document.indication is DocumentIndication.UNREADABLE and document.reason:
        return words.complaint(document.reason.code, dict(document.reason.facts))
    passed = _numbers(document, Indication.TOTAL_PASSED)
    still_open = _numbers(document, Indication.INDETERMINATE)
    broken = _numbers(document, Indication.TOTAL_FAILED)
    return words.say(
        "headline",
        document.indication.value + _variant(document, still_open, broken),
        count=len(document.signatures),
        passed=str(len(passed)),
        open=ranges(still_open),
        failed=ranges(broken),
    )


def _numbers(document: DocumentReport, indication: Indication) -> list[int]:
    """Return the numbers, from 1, of the signatures that came to an indication."""
    found = enumerate(document.signatures, 1)
    return [number for number, s in found if s.indication is indication]


def _variant(document: DocumentReport, still_open: list[int], broken: list[int]) -> str:
    """Choose the sentence where a document's verdict isn't simply its signatures' worst."""
    match document.indication:
        case DocumentIndication.TOTAL_PASSED:
            return "-ONE" if len(document.signatures) == 1 else ""
        case DocumentIndication.INDETERMINATE:
            return "" if still_open else "-PLAIN"
        case DocumentIndication.TOTAL_FAILED:
            return "" if broken else "-PLAIN"
        case _:
            return ""


def _story(document: DocumentReport, words: Words) -> str:
    """Describe the course of work only where the names in it are proven."""
    pattern = words.table(f"pattern.{document.workflow.pattern}")
    known = pattern and document.workflow.pattern != Workflow().pattern
    anchored = all(s.evidence.tier is not Tier.UNTRUSTED for s in document.signatures)
    failed = document.indication is DocumentIndication.TOTAL_FAILED
    return f"{pattern['title']}." if known and anchored and not failed else ""


def _notes(document: DocumentReport, words: Words, options: RenderOptions) -> tuple[str, ...]:
    levels = [Level.FAIL, Level.INDETERMINATE, Level.WARN]
    if options.verbose >= EVERYTHING:
        levels.append(Level.NOTE)
    found = document_findings(document, *levels)
    others = [f for f in found if f.code not in _ARCHIVING or not document.signatures]
    return sentences(others, words, options)


# --- ready for the archive? ---------------------------------------------------------------------

_ALWAYS = ("DC-PROOF-UNTIL",)
"""Shown whatever the answer is; the others only where something is amiss, or on request."""
_ON_REQUEST = (
    "DC-PDFA-CLAIMED",
    "DC-PDFA-HOLDS",
    "DC-FONTS-EMBEDDED",
    "DC-ENCRYPTED",
    "DC-ACTIVE-CONTENT",
)
_ARCHIVING = frozenset({*_ALWAYS, *_ON_REQUEST})
"""Shown here, and so not among the notes on the whole document."""


def archiving(document: DocumentReport, words: Words, *, full: bool) -> tuple[str, ...]:
    """Return the section's sentences: level, end of proof, then what an archive would object to.

    With `full` every answer is shown, also the good ones.
    """
    if not document.signatures or document.indication is DocumentIndication.TOTAL_FAILED:
        return ()  # a broken document proves nothing that could last
    found = {finding.code: finding for finding in document.findings}
    chosen = [found[code] for code in _ALWAYS if code in found]
    chosen += [found[c] for c in _ON_REQUEST if c in found and (full or _amiss(found[c]))]
    answered = [f for f in chosen if f.outcome.status in (Status.PASSED, Status.FAILED)]
    return (*_levels(document, words), *(words.message(finding) for finding in answered))


def _amiss(finding: Finding) -> bool:
    return finding.outcome.status is Status.FAILED


def _levels(document: DocumentReport, words: Words) -> tuple[str, ...]:
    levels = sorted({s.pades_level for s in document.signatures if s.pades_level})
    return (words.label("levels", levels=", ".join(levels)),) if levels else ()


def shown_name(path: str, words: Words) -> str:
    """Return a document's name for people: standard input is named in words."""
    return words.label("standard_input") if path == STANDARD_INPUT else plain(path)
