"""One document in words: what every readable format shows of it, in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sigcheck.model.evidence import Tier
from sigcheck.model.finding import Finding, Level, Status
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, SignatureReport, Workflow
from sigcheck.render.cards import Card, card, sentences, shown, tier
from sigcheck.render.findings import deciding, document_finding, document_findings
from sigcheck.render.layout import RenderOptions
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words


class Todo(Struct, frozen=True):
    """One piece of advice and the signatures, from 1, that it is for."""

    text: str
    signatures: tuple[int, ...] = ()


class Sheet(Struct, frozen=True):
    """One document in words, untrusted text made plain and identity numbers masked."""

    name: str
    verdict: str
    indication: DocumentIndication
    headline: str
    story: str
    """Which course of clerical work it followed; empty where that is not known."""
    cards: tuple[Card, ...]
    notes: tuple[str, ...]
    archiving: tuple[str, ...]
    """What the findings say of the years to come."""
    todos: tuple[Todo, ...]


def sheet(document: DocumentReport, words: Words, options: RenderOptions) -> Sheet:
    """Return a document in words."""
    indication = document.indication
    unreadable = indication is DocumentIndication.UNREADABLE  # its headline says what to do
    return Sheet(
        name=plain(document.path),
        verdict=words.name("indication", indication),
        indication=indication,
        headline=shown(_headline(document, words), options),
        story=_story(document, words),
        cards=tuple(card(signature, words, options) for signature in document.signatures),
        notes=_notes(document, words, options),
        archiving=tuple(
            shown(text, options) for text in archiving(document, words, full=options.verbose)
        ),
        todos=() if unreadable else todos(document, words),
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
        open=", ".join(still_open),
        failed=", ".join(broken),
    )


def _numbers(document: DocumentReport, indication: Indication) -> list[str]:
    """Return the numbers, from 1, of the signatures that came to an indication."""
    found = enumerate(document.signatures, 1)
    return [str(number) for number, s in found if s.indication is indication]


def _variant(document: DocumentReport, still_open: list[str], broken: list[str]) -> str:
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
    anchored = all(tier(s.evidence) is not Tier.UNTRUSTED for s in document.signatures)
    failed = document.indication is DocumentIndication.TOTAL_FAILED
    return f"{pattern['title']}." if known and anchored and not failed else ""


def _notes(document: DocumentReport, words: Words, options: RenderOptions) -> tuple[str, ...]:
    levels = [Level.FAIL, Level.INDETERMINATE, Level.WARN]
    if options.verbose:
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


# --- what to do next ----------------------------------------------------------------------------

_BEFORE_SIGNATURES = frozenset({"DC-REWRITTEN", "WF-REWRITTEN"})
"""What explains every signature at once is said first."""


def todo_line(todo: Todo, words: Words) -> str:
    """Return the advice with the signatures it is for in front."""
    if not todo.signatures:
        return todo.text
    listed = ", ".join(map(str, todo.signatures))
    return f"{words.label('signature', number=listed)}: {todo.text}"


def todos(document: DocumentReport, words: Words) -> tuple[Todo, ...]:
    """Return the advice for a document, the gravest first; for one that passed, that it did."""
    wanted: dict[str, list[int]] = {}
    for finding, number in _calling(document):
        if advice := words.advice(finding):
            wanted.setdefault(advice, []).extend([number] if number else [])
    if document.reason and document_finding(document) is None:
        wanted.setdefault(words.remedy(document.reason.code), [])
    if document.indication is DocumentIndication.TOTAL_PASSED:
        if not wanted:
            wanted[words.label("nothing_to_do")] = []
        wanted.setdefault(words.label("scope"), [])
    return tuple(Todo(text, tuple(dict.fromkeys(found))) for text, found in wanted.items())


def _calling(document: DocumentReport) -> Iterator[tuple[Finding, int]]:
    """Yield what calls for action: the document's own findings, then each deciding finding."""
    if (reason := document_finding(document)) and not document.signatures:
        yield reason, 0
    general = document_findings(document, Level.FAIL, Level.INDETERMINATE, Level.WARN)
    yield from ((f, 0) for f in general if f.code in _BEFORE_SIGNATURES)
    for number, signature in enumerate(document.signatures, 1):
        yield from ((finding, number) for finding in _between(signature))
    yield from ((f, 0) for f in general if f.code not in _BEFORE_SIGNATURES)


def _between(signature: SignatureReport) -> Sequence[Finding]:
    """Return what stands between a signature and TOTAL-PASSED.

    For an open one everything that would have to be remedied; nothing remedies a forgery, so
    there the first reason is enough.
    """
    failed = signature.indication is Indication.TOTAL_FAILED
    return deciding(signature)[: 1 if failed else None]
