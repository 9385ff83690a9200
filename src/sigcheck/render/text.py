"""The text a clerk reads: a screen for a document, a line for one of many, cards on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import DocumentReport, Report, TrustSummary
from sigcheck.render.cards import EVERYTHING, Card
from sigcheck.render.findings import circumstances, document_reason
from sigcheck.render.layout import (
    TONES,
    RenderOptions,
    Row,
    Tone,
    bullets,
    paint,
    table,
    wrapped,
)
from sigcheck.render.reasons import Point, brief_why, point_line, ranges
from sigcheck.render.sheet import Line, Sheet, sheet, shown_name
from sigcheck.render.words import Words

_SENTENCES = ((4, 3, 4), (3, 2, 4), (3, 1, 3), (2, 1, 3), (2, 1, 2), (1, 1, 1))
"""How many reasons, warnings and things to do stand on the screen: as many as fit on it."""
_SCREEN = 25
"""Lines of a screen, for a document of up to five signatures."""
_USUAL = 5
_NO_BREAK = "\N{NO-BREAK SPACE}"


def render(report: Report, words: Words, options: RenderOptions) -> str:
    """Return the documents one after another: a screen, or a line, for each."""
    if options.brief:
        lines = (_brief(document, report.trust, words, options) for document in report.documents)
        return "".join(f"{line}\n" for line in lines)
    blocks = []
    for document in report.documents:
        page = sheet(document, report.trust, words, options)
        laid_out = _cards if options.verbose else _screen
        shown = list(laid_out(page, report, words, options))
        if options.verbose and document.sha256:
            shown += ["", *wrapped(_identity(document, words), options)]
        blocks.append("\n".join(shown) + "\n")
    return "\n".join(blocks)


def _identity(document: DocumentReport, words: Words) -> str:
    """Return what tells this very file from any other."""
    size = words.label("bytes", count=document.size)
    return f"{size}; {words.label('sha256')} {document.sha256}"


def missing_roots(trust: TrustSummary, words: Words, options: RenderOptions) -> str:
    """Return what is said first of several files where no root is at hand, empty otherwise."""
    if trust.at_hand != 0:
        return ""
    text = words.label("no_roots", anchors=str(trust.anchors))
    return "".join(f"{line}\n" for line in wrapped(text, options))


def next_step(
    counts: Counter[DocumentIndication], trust: TrustSummary, words: Words, options: RenderOptions
) -> str:
    """Return what to do after a run over several files, empty where all passed."""
    if counts.total() == counts[DocumentIndication.TOTAL_PASSED]:
        return ""
    lacking = trust.at_hand == 0 and counts[DocumentIndication.INDETERMINATE] > 0
    step = words.label("fetch_roots") if lacking else words.say("run", "next")
    rows = [Row(words.label("todo_short"), step)]
    return "".join(f"{line}\n" for line in table(rows, options, indent=""))


def summary(counts: Counter[DocumentIndication], words: Words, options: RenderOptions) -> str:
    """Return the totals of a run over several files, in lines of the width."""
    text = words.say(
        "run",
        "summary",
        count=counts.total(),
        passed=str(counts[DocumentIndication.TOTAL_PASSED]),
        open=str(counts[DocumentIndication.INDETERMINATE]),
        failed=str(counts[DocumentIndication.TOTAL_FAILED]),
        unsigned=str(counts[DocumentIndication.NO_SIGNATURE]),
        unreadable=str(counts[DocumentIndication.UNREADABLE]),
    )
    return "\n".join(wrapped(text, options))


# --- a line for one of many ---------------------------------------------------------------------


def _brief(
    document: DocumentReport, trust: TrustSummary, words: Words, options: RenderOptions
) -> str:
    verdict = words.name("indication_short", document.indication)
    column = max(map(len, words.table("indication_short").values())) + 2
    name, reason = shown_name(document.path, words), _brief_reason(document, trust, words)
    text = f"{name}: {reason}" if reason else name
    first, *others = wrapped(text, options, verdict.ljust(column), " " * column)
    painted = paint(first[:column], TONES[document.indication.value], options)
    return "\n".join((painted + first[column:], *others))


def _brief_reason(document: DocumentReport, trust: TrustSummary, words: Words) -> str:
    if document.indication is DocumentIndication.UNREADABLE:
        said = document_reason(document, words).rstrip(".")
        return f"{said[:1].lower()}{said[1:]}"
    if not document.sub_indication:
        return ""
    point = brief_why(document, trust, words)
    reason = point.text if point else words.name("sub_indication", document.sub_indication)
    numbers = ranges(point.signatures) if point else ""
    return words.label("brief_reason", reason=reason, numbers=numbers)


# --- the screen ---------------------------------------------------------------------------------


def _screen(page: Sheet, report: Report, words: Words, options: RenderOptions) -> Iterator[str]:
    """Yield the verdict, a line for each signature, why, and as the last what to do."""
    head = [*_head(page, report, words, options)]
    yield from head
    if page.indication is DocumentIndication.UNREADABLE:
        return
    signatures = [_signature(line, words, options) for line in page.lines]
    above = [*head, *chain(*signatures[:_USUAL])]
    room = _SCREEN - 2 - len(above)  # two blank lines
    chosen = (_sentences(page, most, words, options) for most in _SENTENCES)
    sentences = next((found for found in chosen if len(found) <= room), None)
    if sentences is None:
        sentences = _sentences(page, _SENTENCES[-1], words, options)
    yield from ("", *chain(*signatures)) if signatures else ()
    yield from ("", *sentences) if sentences else ()


def _sentences(
    page: Sheet, most: tuple[int, int, int], words: Words, options: RenderOptions
) -> list[str]:
    rows = [
        *_rows("why", page.why, most[0], words, page.tone),
        *_rows("note", page.warnings, most[1], words),
        *_rows("todo_short", page.todos, most[2], words),
    ]
    return table(rows, options, indent="")


def _head(page: Sheet, report: Report, words: Words, options: RenderOptions) -> Iterator[str]:
    """Yield the verdict, what explains it, and when and how it was judged."""
    verdict = page.verdict.upper()
    first, *others = wrapped(f"{verdict}: {page.name}", options)
    yield first.replace(verdict, paint(verdict, page.tone, options, bold=True), 1)
    yield from others
    for text in page.explanations:
        yield from wrapped(text, options)
    yield from wrapped(page.headline, options)
    if page.story:
        yield from wrapped(page.story, options)
    if page.indication is DocumentIndication.TOTAL_PASSED:
        yield from wrapped(words.label("scope"), options)
    if page.indication is not DocumentIndication.UNREADABLE:
        yield from wrapped(circumstances(report, words), options)


def _signature(line: Line, words: Words, options: RenderOptions) -> list[str]:
    text = words.label("signature_line", who=line.who, act=line.act, time=line.time)
    unbroken = line.verdict.replace(" ", _NO_BREAK)
    *before, last = wrapped(f"{text}: {unbroken}", options, f"{line.number:>2}. ", "    ")
    painted = paint(line.verdict, line.tone, options, bold=True)
    return [*before, f"{last.removesuffix(unbroken)}{painted}"]


def _rows(
    label: str, points: Sequence[Point], most: int, words: Words, tone: Tone = Tone.PLAIN
) -> Iterator[Row]:
    """Yield the first sentences, and how many more the cards have."""
    for point in points[:most]:
        yield Row(words.label(label), point_line(point, words), tone)
    if len(points) > most:
        rest = words.label("more_in_cards", count=len(points) - most)
        yield Row(words.label(label), rest)


# --- cards --------------------------------------------------------------------------------------


def _cards(page: Sheet, report: Report, words: Words, options: RenderOptions) -> Iterator[str]:
    """Yield the verdict, a card for each signature, what concerns the document, what to do."""
    yield from _head(page, report, words, options)
    if page.indication is DocumentIndication.UNREADABLE:
        return
    for card in page.cards:
        yield ""
        yield from _card(card, words, options)
    yield from _section("document_notes", page.notes, words, options)
    yield from _section("archiving", page.archiving, words, options)
    advice = (point_line(point, words) for point in page.todos)
    yield from _section("todo", advice, words, options)


def _section(
    label: str, texts: Iterable[str], words: Words, options: RenderOptions
) -> Iterator[str]:
    lines = bullets(texts, options)
    if lines:
        yield from ("", words.label(label), *lines)


def _card(card: Card, words: Words, options: RenderOptions) -> Iterator[str]:
    tone = TONES[card.indication.value]
    title = f"{card.title}: {paint(card.verdict, tone, options, bold=True)}"
    yield f"{title} – {card.act}" if card.act else title
    why = [Row(words.label("why"), text, tone) for text in card.why]
    notes = [Row(words.label("note"), text) for text in (*card.notes, *card.asides)]
    yield from table([*card.rows, *why, *notes], options)
    if options.verbose >= EVERYTHING and card.details:
        yield f"  {words.label('details')}:"
        yield from table(card.details, options, indent="    ")
