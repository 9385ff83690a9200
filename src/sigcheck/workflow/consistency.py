"""Whether what the clerk's signatures draw agrees with the page and with the times."""

from __future__ import annotations

import re
from datetime import date, datetime

from sigcheck.model.clock import VIETNAM
from sigcheck.model.evidence import Act, Evidence, WidgetFacts
from sigcheck.model.finding import NOT_APPLICABLE, FactValue, Outcome, failed, passed
from sigcheck.workflow.acts import WorkflowContext, claimed, number_of, says, widget, words

Facts = dict[str, FactValue]


def number_fits(context: WorkflowContext) -> Outcome:
    """Does the number the clerk drew stand where the page leaves room for it?"""
    drawn = [(e, widget(e)) for e in context.of(Act.NUMBER)]
    answers = [_number(context, e, w) for e, w in drawn if w.before or w.after or w.covers]
    answers += [_attached(context, e) for e in context.of(Act.ATTACHMENT) if e.dictionary.reason]
    return _worst(answers)


def _number(context: WorkflowContext, evidence: Evidence, shown: WidgetFacts) -> Outcome:
    facts: Facts = {"signature": number_of(evidence), "number": shown.text, "line": _line(shown)}
    if any(c.isalnum() for c in shown.covers):
        return failed(problem="covers", covers=shown.covers, **facts)
    before = says(context.text("number-before"), shown.before)
    after = says(context.text("number-after"), shown.after)
    return passed(**facts) if before or after else failed(problem="place", **facts)


def _attached(context: WorkflowContext, evidence: Evidence) -> Outcome:
    """Compare the number drawn on an attachment with the one in its /Reason."""
    pattern = context.text("document-number")
    drawn = re.search(pattern, words(widget(evidence).text))
    stated = re.search(pattern, words(evidence.dictionary.reason))
    if drawn is None or stated is None:
        return NOT_APPLICABLE
    facts: Facts = {"signature": number_of(evidence), "number": drawn[1]}
    same = drawn[1].casefold() == stated[1].casefold()
    return passed(**facts) if same else failed(problem="reason", stated=stated[1], **facts)


def date_fits(context: WorkflowContext) -> Outcome:
    """Does the date the clerk drew agree with the page and with the time of signing?"""
    answers = [_date(context, e, widget(e)) for e in context.of(Act.DATE)]
    answers += [_uncovered(e) for e in context.of(Act.MONTH)]
    answers += [_drawn_time(context, e) for e in context.of(Act.ATTACHMENT)]
    return _worst(answers)


def _date(context: WorkflowContext, evidence: Evidence, shown: WidgetFacts) -> Outcome:
    line = _line(shown, _month(context, evidence))
    facts: Facts = {"signature": number_of(evidence), "drawn": shown.text, "line": line}
    if any(c.isalnum() for c in shown.covers):
        return failed(problem="covers", covers=shown.covers, **facts)
    parts = date_parts(context, evidence)
    if parts is None or None in parts:
        # A picture, and a date whose rest is left open or drawn as a picture, cannot be read.
        astray = parts is None and shown.text and (shown.before or shown.after)
        return failed(problem="place", **facts) if astray else NOT_APPLICABLE
    try:
        written = date(*(int(part) for part in parts if part))
    except ValueError:
        return failed(problem="no-such-day", **facts)
    signed = claimed(evidence)
    if signed is None:
        return NOT_APPLICABLE
    facts |= {"date": written.isoformat(), "signed": signed.date().isoformat()}
    near = abs((signed.date() - written).days) <= context.rules.numbers.get("date-days", 0)
    return passed(**facts) if near else failed(problem="far", **facts)


def _uncovered(evidence: Evidence) -> Outcome:
    shown = widget(evidence)
    if not any(c.isalnum() for c in shown.covers):
        return NOT_APPLICABLE  # the date that it belongs to is asked whether it fits
    facts: Facts = {"signature": number_of(evidence), "drawn": shown.text, "line": _line(shown)}
    return failed(problem="covers", covers=shown.covers, **facts)


def date_parts(
    context: WorkflowContext, evidence: Evidence
) -> tuple[str | None, str | None, str | None] | None:
    """Return year, month and day, from the drawing alone or together with page and month's stamp.

    None in the place of a part that the line leaves open and no text fills.
    """
    shown = widget(evidence)
    if whole := re.search(context.text("date-whole"), words(shown.text)):
        return whole[3], whole[2], whole[1]
    after = re.search(context.text("date-after"), words(shown.after))
    day = re.fullmatch(r"\s*(\d{1,2})\s*", shown.text)
    return (after[2], after[1] or _month(context, evidence), day[1]) if after and day else None


def _month(context: WorkflowContext, evidence: Evidence) -> str | None:
    """Return what the nearest stamp of a month to the right says, on the same line."""
    box = widget(evidence).rect
    page = widget(evidence).page
    # Broken ones as well: they are on the page, and tell what the reader sees.
    beside = [
        (shown.rect[0], shown.text.strip())
        for shown in (widget(e) for e in context.all_of(Act.MONTH))
        if box and shown.rect and shown.page == page and shown.text.strip().isdecimal()
        and shown.rect[0] > box[0] and shown.rect[1] < box[3] and shown.rect[3] > box[1]
    ]  # fmt: skip
    return min(beside)[1] if beside else None


def _drawn_time(context: WorkflowContext, evidence: Evidence) -> Outcome:
    """Compare the time drawn on an attachment with the claimed time of signing."""
    found = re.search(context.text("drawn-time"), words(widget(evidence).text))
    signed = claimed(evidence)
    if found is None or signed is None:
        return NOT_APPLICABLE
    facts: Facts = {"signature": number_of(evidence), "drawn": found[0]}
    try:
        drawn = datetime.fromisoformat(found[0])
    except ValueError:
        return failed(problem="no-such-day", **facts)
    drawn = drawn if drawn.tzinfo else drawn.replace(tzinfo=VIETNAM)
    seconds = abs((signed - drawn).total_seconds())
    facts |= {"date": found[0], "signed": signed.isoformat()}
    near = seconds <= context.rules.numbers.get("attachment-seconds", 0)
    return passed(**facts) if near else failed(problem="far", **facts)


def _line(shown: WidgetFacts, month: str | None = None) -> str:
    """Return the line of the page with the stamps put in."""
    after = re.sub(r"^(\W*tháng)\b", rf"\g<1> {month}", shown.after) if month else shown.after
    return " ".join(part for part in (shown.before, shown.text, after) if part)


def _worst(answers: list[Outcome]) -> Outcome:
    """Return the first answer no, else the first yes."""
    rank = {"failed": 0, "passed": 1}
    known = [answer for answer in answers if answer.status.value in rank]
    return min(known, key=lambda answer: rank[answer.status.value], default=NOT_APPLICABLE)
