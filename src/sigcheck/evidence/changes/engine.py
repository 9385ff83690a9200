"""The changes each update brought, judged once for all signatures (ISO 32000-2, 12.8.2.2).

For each pair of adjacent revisions: sort the objects whose cross-reference entry changed, walk the
ways along which an honest update changes a document, let a rule explain each difference, and report
by name what is left. An object that a rule explained must not be used in any other way.
"""

from __future__ import annotations

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.changes.dangling import foreshadowed
from sigcheck.evidence.changes.leftovers import judge_leftovers
from sigcheck.evidence.changes.objects import judge_altered
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.shared import Shared
from sigcheck.evidence.changes.trailer import judge_trailer
from sigcheck.evidence.pdf import PdfDocument
from sigcheck.model.evidence import ChangeClass, ChangeItem


def revision_changes(document: PdfDocument, since: int = 1) -> tuple[tuple[ChangeItem, ...], ...]:
    """Return the changes of every revision after the first, one tuple for each.

    Revisions up to `since` are not compared: nothing was signed yet, and their tuples are empty.
    A pair that could not be compared has one undefined change that says so. Raises
    LimitExceededError with LIMIT-TIME or an expansion limit.
    """
    shared = Shared(document)
    shared.foreshadowed = foreshadowed(document, since)
    left = document.context.budget.limits.max_change_items
    results: list[tuple[ChangeItem, ...]] = []
    for revision in document.revisions[1:]:
        items: tuple[ChangeItem, ...] = ()
        if revision.number > since:
            items = _bounded(_changes(shared, revision.number), revision.number, left)
        left = max(1, left - len(items))
        results.append(items)
    return tuple(results)


def _changes(shared: Shared, number: int) -> list[ChangeItem]:
    document = shared.document
    document.context.budget.check_time()
    pair = Pair(shared, document.view(number - 1), document.view(number))
    try:
        pair.partition()
        shared.advance(pair.altered | pair.fresh | pair.gone)
        judge_trailer(pair)
        judge_altered(pair)
        judge_leftovers(pair)
    except LimitExceededError:
        raise
    except (ValueError, ArithmeticError, RecursionError, LookupError, TypeError) as error:
        # What the rules cannot read, nobody may wave through.
        pair.undefined("comparison-failed", "/", after=type(error).__name__)
    return pair.items


def _bounded(items: list[ChangeItem], number: int, left: int) -> tuple[ChangeItem, ...]:
    """Name at most `left` changes, the gravest first; count the rest in one."""
    if len(items) <= left:
        return tuple(items)
    items.sort(key=lambda item: _GRAVITY.index(item.change), reverse=True)
    kept, rest = items[: left - 1], items[left - 1 :]
    more = ChangeItem(
        rest[0].change, number, "more-changes", "/", after=f"{len(rest)} further changes"
    )
    return (*kept, more)


_GRAVITY = list(ChangeClass)
