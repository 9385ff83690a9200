"""The history of a file, revision by revision and page by page: who did what, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from sigcheck.model.evidence import ChangeClass, ChangeItem, Coverage, RevisionFacts
from sigcheck.model.finding import Level
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport, SignatureReport
from sigcheck.render.cards import act_words, shown, signing_times
from sigcheck.render.layout import TONES, RenderOptions, Tone, gravest
from sigcheck.render.reasons import ranges
from sigcheck.render.words import Words

MOST = 100
"""Revisions that are listed one by one; the file must not choose how long a report gets."""
_TONES = {
    Level.FAIL: Tone.BAD,
    Level.INDETERMINATE: Tone.DOUBT,
    Level.WARN: Tone.DOUBT,
    Level.NOTE: Tone.PLAIN,
    Level.SKIP: Tone.PLAIN,
}
_SILENT = frozenset({ChangeClass.EXTENSION, ChangeClass.SIGNATURE})
"""Shown by the signature itself, or not worth a line of its own."""


class Event(Struct, frozen=True):
    """What one revision brought."""

    revision: int
    title: str
    when: str
    """Empty where no signature says it."""
    texts: tuple[str, ...]
    tone: Tone
    signatures: tuple[int, ...] = ()
    """Numbers, from 1, of the signatures written in it."""


def timeline(document: DocumentReport, words: Words) -> list[Event]:
    """Return the events in the order of the revisions."""
    if document.evidence is None:
        return []
    first = min((s.evidence.revision for s in document.signatures), default=0)
    revisions = document.evidence.revisions[:MOST]
    return [_event(revision, first, document, words) for revision in revisions]


def _event(revision: RevisionFacts, first: int, document: DocumentReport, words: Words) -> Event:
    number = revision.number
    signed = [s for s in document.signatures if s.evidence.revision == number]
    items = _items(number, document)
    tones = [TONES[s.indication.value] for s in signed]
    tones += [_tone(change, number, document) for change in {i.change for i in items}]
    texts = (*_signed_by(signed, words), *_changed(items, words))
    return Event(
        revision=number,
        title=words.label("revision_number", number=number),
        when=signing_times(signed[0], words) if signed else "",
        texts=texts or (_otherwise(number, first, words),),
        tone=gravest(tones),
        signatures=tuple(s.evidence.index + 1 for s in signed),
    )


def _signed_by(signed: Iterable[SignatureReport], words: Words) -> Iterator[str]:
    for signature in signed:
        yield words.label(
            "signed_by",
            number=signature.evidence.index + 1,
            act=act_words(signature, words),
            signer=signature.evidence.signer.common_name or words.label("unknown_signer"),
            verdict=words.name("verdict", signature.indication),
        )


def _items(revision: int, document: DocumentReport) -> list[ChangeItem]:
    """Return what a revision changed, as recorded for the first signature before it."""
    for signature in document.signatures:
        if found := [i for i in signature.evidence.changes if i.revision == revision]:
            return found
    return []


def _changed(items: list[ChangeItem], words: Words) -> Iterator[str]:
    for change in dict.fromkeys(i.change for i in items if i.change not in _SILENT):
        pages = sorted({i.page for i in items if i.change is change and i.page})
        yield words.label(
            "changed_where", change=change.value, pages=tuple(str(page) for page in pages)
        )


def _otherwise(number: int, first: int, words: Words) -> str:
    """Say what a revision without signature or visible change is."""
    if number == 1:
        return words.label("written_first")
    return words.label("written_before" if number < first else "written_unseen")


def _tone(change: ChangeClass, revision: int, document: DocumentReport) -> Tone:
    """Return how gravely the policy takes a change for the signatures before it."""
    if change in _SILENT:
        return Tone.PLAIN
    code = f"CH-{change.value.upper()}"
    levels = [
        finding.level
        for signature in document.signatures
        if signature.evidence.revision < revision
        for finding in signature.findings
        if finding.code == code and finding.unanswered
    ]
    return gravest(_TONES[level] for level in levels)


# --- page by page -------------------------------------------------------------------------------

_WHOLE = frozenset({Coverage.FILE, Coverage.REVISION})


class PageHistory(Struct, frozen=True):
    """What stands on one page, and what became of it."""

    page: int
    """Counted from 1; 0 for every page that has no history of its own."""
    signatures: tuple[int, ...]
    """Numbers, from 1, of the signatures that show themselves on it."""
    unchanged_since: tuple[int, ...]
    """Numbers of the sound signatures since which only further signatures were put on it."""
    changes: tuple[ChangeItem, ...]
    """What was changed on it after a signature, each change once, in the order of revisions."""


def page_histories(document: DocumentReport) -> list[PageHistory]:
    """Return the pages with a signature or a change, at most MOST, then all others as page 0."""
    shown: dict[int, list[int]] = {}
    changed: dict[int, dict[tuple[int, ChangeClass, str], ChangeItem]] = {}
    for number, signature in enumerate(document.signatures, 1):
        widget = signature.evidence.widget
        if widget and widget.visible and widget.page:
            shown.setdefault(widget.page, []).append(number)
        for item in signature.evidence.changes:
            if item.page and item.change is not ChangeClass.EXTENSION:
                found = changed.setdefault(item.page, {})
                found.setdefault((item.revision, item.change, item.field), item)
    if not document.signatures:
        return []
    pages = sorted({*shown, *changed})[:MOST]
    return [
        PageHistory(
            page=page,
            signatures=tuple(shown.get(page, ())),
            unchanged_since=_unchanged_since(page, document),
            changes=tuple(sorted(changed.get(page, {}).values(), key=lambda i: i.revision)),
        )
        for page in (*pages, 0)
    ]


def _unchanged_since(page: int, document: DocumentReport) -> tuple[int, ...]:
    return tuple(
        number
        for number, signature in enumerate(document.signatures, 1)
        if signature.coverage in _WHOLE
        and signature.indication is not Indication.TOTAL_FAILED
        and not any(
            item.page in (page, None) and item.change not in _SILENT
            for item in signature.evidence.changes
        )
    )


class PageRow(Struct, frozen=True):
    """The history of a page in words."""

    page: str
    signatures: str
    """Numbers of the signatures that show themselves on it."""
    unchanged: str
    """The signatures since which it is unchanged."""
    changes: tuple[str, ...]


def page_rows(
    document: DocumentReport, words: Words, options: RenderOptions
) -> tuple[PageRow, ...]:
    """Return a row for each page with a history, and one for all others."""
    return tuple(_page_row(history, words, options) for history in page_histories(document))


def _page_row(history: PageHistory, words: Words, options: RenderOptions) -> PageRow:
    unchanged = ranges(history.unchanged_since)
    changes = (
        words.label(
            "page_change", revision=item.revision, change=item.change.value, field=item.field
        )
        for item in history.changes
    )
    return PageRow(
        page=str(history.page) if history.page else words.label("other_pages"),
        signatures=ranges(history.signatures),
        unchanged=words.label("signature", number=unchanged) if unchanged else "–",
        changes=tuple(shown(text, options) for text in changes) or ("–",),
    )
