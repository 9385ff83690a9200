"""The table at the end of a batch."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.batch.tally import Reason, Tally
from sigcheck.model.indication import DocumentIndication
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

_PATH = 70
"""Characters of a path; its end tells more than its beginning."""


def summary(found: Tally, words: Words, *, judged: int, seconds: float) -> str:
    """Return counts by verdict and reason, the slowest and the largest documents."""
    rate = f"{judged / seconds:.1f}" if seconds else "0"
    head = words.say(
        "batch",
        "summary",
        count=found.documents,
        judged=judged,
        known=(found.documents - judged) or None,
        seconds=f"{seconds:.1f}",
        rate=rate,
        losses=found.losses or None,
    )
    lines = [head, ""]
    for indication in DocumentIndication:
        if count := found.verdicts.get(indication):
            lines.append(f"{count:>9}  {words.name('indication', indication)}")
            lines += _reasons(found, indication, words)
    lines += _listed(words.say("batch", "slowest"), _seconds(found))
    lines += _listed(words.say("batch", "largest"), _sizes(found))
    return "\n".join(lines)


def _reasons(found: Tally, indication: DocumentIndication, words: Words) -> Iterator[str]:
    for reason in found.reasons:
        if reason.indication is indication:
            yield f"{reason.count:>18}  {reason.code}  {_said(reason, words)}"


def _said(reason: Reason, words: Words) -> str:
    """Return the sentence of a single document; for several the question they failed."""
    if reason.count == 1:
        return plain(reason.sentence)
    question = words.question(reason.code)
    return question if question != reason.code else words.error(reason.code)


def _seconds(found: Tally) -> Iterator[tuple[str, str]]:
    for path, seconds in found.slowest:
        yield f"{seconds:.2f} s", path


def _sizes(found: Tally) -> Iterator[tuple[str, str]]:
    for path, size in found.largest:
        yield f"{max(size, 0) / 1e6:.1f} MB", path


def _listed(title: str, rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    for number, (figure, path) in enumerate(rows):
        if number == 0:
            yield f"\n{title}"
        shown = plain(path)
        yield f"{figure:>12}  {shown if len(shown) <= _PATH else '…' + shown[-_PATH:]}"
