"""What to do next, said once for all signatures it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sigcheck.model.finding import Finding, Level
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, SignatureReport
from sigcheck.render.reasons import deciding, document_finding, document_findings
from sigcheck.render.words import Words

_BEFORE_SIGNATURES = frozenset({"DC-REWRITTEN", "WF-REWRITTEN"})
"""What explains every signature at once is said first."""


class Todo(Struct, frozen=True):
    """One piece of advice and the signatures, from 1, that call for it."""

    text: str
    signatures: tuple[int, ...] = ()


def advised(todo: Todo, words: Words) -> str:
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
    if (said := document_finding(document)) and not document.signatures:
        yield said, 0
    general = document_findings(document, Level.FAIL, Level.INDETERMINATE, Level.WARN)
    yield from ((f, 0) for f in general if f.code in _BEFORE_SIGNATURES)
    for number, signature in enumerate(document.signatures, 1):
        yield from ((finding, number) for finding in _between(signature))
    yield from ((f, 0) for f in general if f.code not in _BEFORE_SIGNATURES)


def _between(signature: SignatureReport) -> Sequence[Finding]:
    """Return what stands between a signature and TOTAL-PASSED.

    An open one is told everything that would have to be remedied; nothing remedies a forgery, so
    there the first reason is enough.
    """
    failed = signature.indication is Indication.TOTAL_FAILED
    return deciding(signature)[: 1 if failed else None]
