"""What Annex I of decree 30/2020 asks of colour, size and position of a signature's appearance."""

from __future__ import annotations

from collections.abc import Callable

from sigcheck.model.evidence import Act, Evidence, WidgetFacts
from sigcheck.model.finding import NOT_APPLICABLE, Outcome, failed, passed
from sigcheck.workflow.acts import WorkflowContext, number_of, widget

Want = str | float | bool
_Answer = bool | None
"""None where the facts don't tell."""


def as_annex_asks(context: WorkflowContext) -> Outcome:
    """Do the signatures look as Annex I of decree 30/2020 asks?"""
    if context.document.rewritten:
        return NOT_APPLICABLE
    asked = 0
    rows: list[str] = []
    signatures: list[str] = []
    for rule in context.rules.appearances:
        for evidence in context.of(Act(rule.act)):
            answers = [_answer(context, evidence, key, want) for key, want in rule.wants.items()]
            asked += any(answer is not None for answer in answers)
            if False in answers:
                rows.append(rule.id)
                signatures.append(number_of(evidence))
    if not asked:
        return NOT_APPLICABLE
    if not rows:
        return passed()
    distinct = tuple(dict.fromkeys(rows))
    articles = tuple(rule.article for rule in context.rules.appearances if rule.id in distinct)
    return failed(
        rows=distinct,
        signatures=tuple(dict.fromkeys(signatures)),
        articles=tuple(dict.fromkeys(articles)),
    )


def _answer(context: WorkflowContext, evidence: Evidence, key: str, want: Want) -> _Answer:
    shown = widget(evidence)
    if not shown.visible:
        return None
    if key == "left_of":
        return _left_of(context, shown, Act(str(want)))
    ask = _ASK.get(key)
    return ask(shown, want) if ask else None


def _image(shown: WidgetFacts, want: Want) -> _Answer:
    return shown.has_image is bool(want)


def _colour(shown: WidgetFacts, want: Want) -> _Answer:
    return want in shown.colours if shown.colours else None


def _page(shown: WidgetFacts, want: Want) -> _Answer:
    return shown.page == want if shown.page is not None else None


def _font(shown: WidgetFacts, want: Want) -> _Answer:
    return str(want).casefold() in shown.font.casefold() if shown.font else None


def _size_min(shown: WidgetFacts, want: Want) -> _Answer:
    return shown.font_size >= float(want) if shown.font_size is not None else None


def _size_max(shown: WidgetFacts, want: Want) -> _Answer:
    return shown.font_size <= float(want) if shown.font_size is not None else None


def _corner(shown: WidgetFacts, _want: Want) -> _Answer:
    """Say whether the middle of the rectangle lies in the top right quarter of the page."""
    if shown.rect is None or shown.page_box is None:
        return None
    left, bottom, right, top = shown.rect
    x, y, u, v = shown.page_box
    return left + right > x + u and bottom + top > y + v


_ASK: dict[str, Callable[[WidgetFacts, Want], _Answer]] = {
    "image": _image,
    "colour": _colour,
    "page": _page,
    "font": _font,
    "size_min": _size_min,
    "size_max": _size_max,
    "corner": _corner,
}


def _left_of(context: WorkflowContext, shown: WidgetFacts, act: Act) -> _Answer:
    """Say whether a rectangle reaches over that of the act beside it, from the left."""
    others = [widget(e) for e in context.of(act)]
    near = [w for w in others if w.visible and w.page == shown.page and w.rect]
    if not near or shown.rect is None:
        return None
    left, bottom, right, top = shown.rect
    return any(
        w.rect is not None
        and left + right < w.rect[0] + w.rect[2]
        and right > w.rect[0]
        and bottom < w.rect[3]
        and top > w.rect[1]
        for w in near
    )
