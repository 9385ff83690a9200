"""What every readable format shows of a document and its signatures, in the same order."""

from __future__ import annotations

import os

from msgspec import Struct, field

from sigcheck.model.evidence import Act, Permission, Tier
from sigcheck.model.finding import Block, Finding, Level
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, SignatureReport, Workflow
from sigcheck.render.archiving import CODES, archiving
from sigcheck.render.options import RenderOptions
from sigcheck.render.reasons import deciding, document_findings, told
from sigcheck.render.rows import Row, rows, tier
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.todo import Todo, todos
from sigcheck.render.words import Words

ALWAYS_TOLD = frozenset(
    {
        "AD-REASON-MATCHES",
        "AD-TRIAL-TEXT",
        "RV-REVOKED-LATER",
        "TM-TOKEN-LABEL",
        "TS-PRESENT",
    }
)
"""Notes that answer a question a clerk would ask; the others wait for `--verbose`."""


class Card(Struct, frozen=True):
    """One signature in words."""

    number: int
    title: str
    verdict: str
    indication: Indication
    act: str
    """Empty while the act is unknown."""
    rows: tuple[Row, ...]
    why: tuple[str, ...]
    """What keeps it from passing, the deciding sentence first."""
    notes: tuple[str, ...]
    """Warnings, and notes that answer a question a clerk would ask."""
    asides: tuple[str, ...] = ()
    """All other notes; empty unless verbose."""
    details: tuple[Row, ...] = ()


class Sheet(Struct, frozen=True):
    """One document in words."""

    name: str
    verdict: str
    indication: DocumentIndication
    headline: str
    story: str
    """Which course of clerical work it followed; empty where that is not known."""
    cards: tuple[Card, ...]
    notes: tuple[str, ...]
    archiving: tuple[str, ...] = field(default=())
    """What the findings say of the years to come."""
    todos: tuple[Todo, ...] = field(default=())


def sheet(document: DocumentReport, words: Words, options: RenderOptions) -> Sheet:
    """Return a document in words, untrusted text made plain and identity numbers masked."""
    indication = document.indication
    unreadable = indication is DocumentIndication.UNREADABLE  # its headline says what to do
    return Sheet(
        name=plain(document.path),
        verdict=words.name("indication", indication),
        indication=indication,
        headline=_shown(_headline(document, words), options),
        story=_story(document, words),
        cards=tuple(_card(signature, words, options) for signature in document.signatures),
        notes=_document_notes(document, words, options),
        archiving=_archiving(document, words, options),
        todos=() if unreadable else todos(document, words),
    )


def short_name(path: str) -> str:
    """Return the file's name without its folders."""
    return os.path.basename(path.rstrip(os.sep)) or path


def numbers(document: DocumentReport, indication: Indication) -> list[str]:
    """Return the numbers, from 1, of the signatures that came to an indication."""
    found = enumerate(document.signatures, 1)
    return [str(number) for number, s in found if s.indication is indication]


def _headline(document: DocumentReport, words: Words) -> str:
    if document.indication is DocumentIndication.UNREADABLE and document.reason:
        return words.complaint(document.reason.code, dict(document.reason.facts))
    passed = numbers(document, Indication.TOTAL_PASSED)
    still_open = numbers(document, Indication.INDETERMINATE)
    broken = numbers(document, Indication.TOTAL_FAILED)
    return words.say(
        "headline",
        document.indication.value + _variant(document, still_open, broken),
        count=len(document.signatures),
        passed=str(len(passed)),
        open=", ".join(still_open),
        failed=", ".join(broken),
    )


def _story(document: DocumentReport, words: Words) -> str:
    """Tell the story only where the names in it may be believed."""
    pattern = words.table(f"pattern.{document.workflow.pattern}")
    known = pattern and document.workflow.pattern != Workflow().pattern
    anchored = all(tier(s.evidence) is not Tier.UNTRUSTED for s in document.signatures)
    failed = document.indication is DocumentIndication.TOTAL_FAILED
    return f"{pattern['title']}." if known and anchored and not failed else ""


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


def _card(signature: SignatureReport, words: Words, options: RenderOptions) -> Card:
    number = signature.evidence.index + 1
    return Card(
        number=number,
        title=words.label("signature", number=number),
        verdict=words.name("verdict", signature.indication),
        indication=signature.indication,
        act=_act(signature, words),
        rows=_shown_rows(rows(signature, words), options),
        why=_why(signature, words, options),
        notes=_sentences(_notes(signature), words, options),
        asides=_sentences(_asides(signature), words, options) if options.verbose else (),
        details=_details(signature, words, options) if options.verbose else (),
    )


def _details(signature: SignatureReport, words: Words, options: RenderOptions) -> tuple[Row, ...]:
    from sigcheck.render.details import details

    return _shown_rows(details(signature, words), options)


def _act(signature: SignatureReport, words: Words) -> str:
    """Name the act; the row that decided may say more, such as a seal put by a person."""
    special = words.table("act_special").get(signature.act_reason, "")
    return special or ("" if signature.act == Act.UNKNOWN else words.name("act", signature.act))


def _why(signature: SignatureReport, words: Words, options: RenderOptions) -> tuple[str, ...]:
    if signature.indication is Indication.TOTAL_PASSED:
        return ()
    findings = deciding(signature)
    if not findings:
        return (words.label("unanswered"),)
    permission = signature.evidence.dictionary.permission
    said = _sentences(findings, words, options)
    if findings[0].block is Block.CHANGES and permission is not Permission.APPROVAL:
        return (said[0], words.label("not_permitted", permission=permission.value), *said[1:])
    return said


def _notes(signature: SignatureReport) -> list[Finding]:
    found = told(signature.findings, Level.WARN, Level.NOTE)
    return [f for f in found if f.level is Level.WARN or f.code in ALWAYS_TOLD]


def _asides(signature: SignatureReport) -> list[Finding]:
    notes = told(signature.findings, Level.NOTE)
    return [f for f in notes if f.code not in ALWAYS_TOLD]


def _document_notes(
    document: DocumentReport, words: Words, options: RenderOptions
) -> tuple[str, ...]:
    levels = [Level.FAIL, Level.INDETERMINATE, Level.WARN]
    if options.verbose:
        levels.append(Level.NOTE)
    found = document_findings(document, *levels)
    others = [f for f in found if f.code not in CODES or not document.signatures]
    return _sentences(others, words, options)


def _archiving(document: DocumentReport, words: Words, options: RenderOptions) -> tuple[str, ...]:
    said = archiving(document, words, full=options.verbose)
    return tuple(_shown(text, options) for text in said)


def _sentences(findings: list[Finding], words: Words, options: RenderOptions) -> tuple[str, ...]:
    return tuple(_shown(words.message(finding), options) for finding in findings)


def _shown_rows(found: list[Row], options: RenderOptions) -> tuple[Row, ...]:
    return tuple(Row(row.label, _shown(row.text, options), row.tone) for row in found)


def _shown(text: str, options: RenderOptions) -> str:
    clean = plain(text)
    return clean if options.full else mask(clean)
