"""What Annex I of decree 30/2020 asks of colour, size and position of a signature's appearance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sigcheck.model.evidence import Act, Evidence, WidgetFacts
from sigcheck.model.finding import NOT_APPLICABLE, Outcome, failed, passed
from sigcheck.model.workflow import AppearanceRule, WorkflowRules
from sigcheck.workflow.acts import WorkflowContext, classify, number_of, sized, widget

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
        for group in _by_certificate(context.of(Act(rule.act))):
            found = [(_answers(context, evidence, rule), evidence) for evidence in group]
            asked += any(answer is not None for answers, _ in found for answer in answers)
            # A number stamped again on an enclosure, or a second seal, need not be where the
            # decree wants the first: one that is right is enough.
            if any(True in answers and False not in answers for answers, _ in found):
                continue
            wrong = [evidence for answers, evidence in found if False in answers]
            if wrong:
                rows.append(rule.id)
                signatures.append(number_of(min(wrong, key=lambda e: widget(e).page or 0)))
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


def _by_certificate(signatures: list[Evidence]) -> list[list[Evidence]]:
    groups: dict[str, list[Evidence]] = {}
    for evidence in signatures:
        key = evidence.certificate.sha256 if evidence.certificate else ""
        groups.setdefault(key, []).append(evidence)
    return list(groups.values())


def _answers(context: WorkflowContext, evidence: Evidence, rule: AppearanceRule) -> list[_Answer]:
    return [_answer(context, evidence, key, want) for key, want in rule.wants.items()]


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
    return any(_reaches_over(shown, other) for other in near)


def _reaches_over(shown: WidgetFacts, other: WidgetFacts) -> bool:
    """Say whether a rectangle reaches over another one on the same page, from the left."""
    if shown.rect is None or other.rect is None or shown.page != other.page:
        return False
    left, bottom, right, top = shown.rect
    x, y, u, v = other.rect
    return left + right < x + u and right > x and bottom < v and top > y


# --- Stamps that lie where the decree has its place for them


def stamps_in_place(signatures: Sequence[Evidence], rules: WorkflowRules) -> frozenset[str]:
    """Return the fields whose appearance lies where decree 30/2020 places it.

    Number, day and month in the gaps that the page leaves for them, over no letter of it; the seal
    over the left part of a leader's signature, and the signature under such a seal; none larger
    than such stamps are. Whose they are, and whether they hold, is asked elsewhere.
    """
    by_place = {rule.id for rule in rules.acts if rule.before or rule.after}
    acted = list(zip(signatures, classify(signatures, rules), strict=True))
    high, wide = rules.numbers.get("stamp-height", 0), rules.numbers.get("seal-side", 0)
    placed = [e for e, (_, row) in acted if row in by_place and _fills_a_gap(widget(e), high)]
    leaders = [e for e, (act, _) in acted if act is Act.APPROVE]
    for seal in (e for e, (act, _) in acted if act is Act.SEAL and sized(widget(e), 0, wide)):
        under = [e for e in leaders if _reaches_over(widget(seal), widget(e))]
        placed += [seal, *under] if under else []
    return frozenset(e.field for e in placed if e.field)


def _fills_a_gap(shown: WidgetFacts, high: float) -> bool:
    """Say whether figures stand over no letter, as text or as a picture, in a frame of a line."""
    one_way = not (shown.text and shown.has_image)
    low = shown.rect is not None and shown.rect[3] - shown.rect[1] <= high
    return one_way and low and not any(map(str.isalnum, shown.covers))
