"""What no rule explained, and what a rule explained but something else uses too."""

from __future__ import annotations

from sigcheck.evidence.changes.annotations import judge_appearance_parts
from sigcheck.evidence.changes.pages import is_page
from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.changes.referrers import TRAILER, Referrers
from sigcheck.evidence.changes.uses import ANNOTATIONS, Uses
from sigcheck.evidence.changes.values import references, repeated_keys
from sigcheck.evidence.pdf import Dict, Obj, Ref, Stream
from sigcheck.evidence.pdf.signatures import is_signature
from sigcheck.model.evidence import ChangeClass

_CONTAINERS = ("ObjStm", "XRef")


def judge_leftovers(pair: Pair) -> None:
    """Report whatever differs and is used without an explanation."""
    pair.role = ANNOTATIONS
    judge_appearance_parts(pair)
    _displaced(pair)
    _ambiguous(pair)
    _dangling(pair)
    _shared(pair)
    _used_elsewhere(pair)
    _fresh(pair)
    rest = sorted((pair.altered | pair.gone) - pair.settled.keys())
    if rest:
        _unexplained(pair, rest)


def _displaced(pair: Pair) -> None:
    """Objects the reader had to search for: readers may differ in what they show instead."""
    if not pair.displaced:
        return
    referrers = pair.shared.referrers_in(pair.new)
    referrers.unseen_too()
    for num in sorted(pair.displaced):
        _name(pair, referrers, num, "entry-displaced")


def _ambiguous(pair: Pair) -> None:
    """Dictionaries with a key twice: readers differ in which value they take.

    A signature dictionary's own keys are asked about with the signature.
    """
    for num in pair.packed:
        pair.new.object(num)
    if not pair.shared.document.context.saw_repeated_keys():
        return  # the parser, which has read all of them, saw none
    for num in sorted(pair.altered | pair.fresh | pair.rewritten):
        value = pair.new.object(num)
        if isinstance(value, Dict) and is_signature(value):
            continue
        keys = next(repeated_keys(value), None)
        if keys is not None:
            pair.undefined("duplicate-key", f"//{num} 0 R/{keys[0]}", num=num)


def _dangling(pair: Pair) -> None:
    """A new object that older objects referred to before it existed (the shadow attack "hide")."""
    suspects = pair.shared.foreshadowed.get(pair.number, set()) & pair.fresh
    if not suspects:
        return
    referrers = pair.shared.referrers_in(pair.new)
    referrers.unseen_too()
    for num in sorted(suspects):
        old = [p for p in referrers.of(num) if _waited(pair, p, num)]
        if old:
            _name(pair, referrers, num, "dangling-reference", via=old[0])
        else:
            _doubt(pair, num)


def _doubt(pair: Pair, num: int) -> None:
    """Leave to the strict reading of what was signed whether nothing refers to an object."""
    pair.shared.document.unseen.append((pair.number, num))


def _waited(pair: Pair, referrer: int, num: int) -> bool:
    """Say whether a referrer named the number before the update, too.

    Private entries of the trailer are left out: writers leave references to nothing in them.
    """
    if referrer == TRAILER:
        named = [pair.old.trailer.get(key) for key in ("Root", "Info", "Encrypt")]
        return any(isinstance(ref, Ref) and ref.num == num for ref in named)
    return any(ref.num == num for ref in references(pair.old.object(referrer)))


def _shared(pair: Pair) -> None:
    """An object rewritten in place must have no users but those the rule knows."""
    if not pair.owners:
        return
    referrers = pair.shared.referrers_in(pair.new)
    for num, owners in pair.owners.items():
        others = referrers.of(num) - owners
        if others and num in pair.altered:
            _name(pair, referrers, num, "shared-object", via=next(iter(others)))


def _used_elsewhere(pair: Pair) -> None:
    """An object explained in one role must not be drawn, or serve the catalogue, in another.

    Whatever it is, a reference that only some programs read could lead to it.
    """
    named = {item.object_number for item in pair.items if item.change is ChangeClass.UNDEFINED}
    uses = Uses(pair)
    for num in sorted((pair.altered | pair.gone) & pair.settled.keys() - named):
        value = pair.new.object(num)
        if not is_page(value) and uses.foreign(num, pair.settled[num]):
            _name(pair, pair.shared.referrers_in(pair.new), num, "shared-object")
        elif not is_page(value):
            _doubt(pair, num)


def _fresh(pair: Pair) -> None:
    """New objects nobody explained: used by something that changed, or by nothing at all."""
    rest = pair.fresh - pair.settled.keys()
    if not rest:
        return
    used = _used(pair, rest)
    unused = sorted(num for num in rest - used if not _is_container(pair, num))
    for num in sorted(used):
        pair.undefined("new-object", f"//{num} 0 R", num=num, after=pair.new.object(num))
    if unused:
        pair.report(
            ChangeClass.EXTENSION, "unreferenced-object", f"//{unused[0]} 0 R", num=unused[0],
            after=f"{len(unused)} new objects that nothing refers to",
        )  # fmt: skip


def _used(pair: Pair, rest: set[int]) -> set[int]:
    """Return the new objects of `rest` that something altered, or the trailer, leads to."""
    roots: list[Obj] = [pair.new.object(num) for num in pair.altered]
    roots += [value for key, value in pair.new.trailer.items() if key not in ("Prev", "Size")]
    roots += [pair.new.object(num) for num in pair.fresh - rest]
    used: set[int] = set()
    while roots:
        for ref in references(roots.pop()):
            if ref.num in rest and ref.num not in used:
                used.add(ref.num)
                roots.append(pair.new.object(ref.num))
    return used


def _is_container(pair: Pair, num: int) -> bool:
    value = pair.new.object(num)
    return isinstance(value, Stream) and value.dict.get("Type") in _CONTAINERS


def _unexplained(pair: Pair, rest: list[int]) -> None:
    referrers = pair.shared.referrers_in(pair.new)
    if not all(referrers.of(num) for num in rest):
        referrers.unseen_too()
    unused: list[int] = []
    for num in rest:
        pair.shared.document.context.budget.check_time()
        if referrers.of(num):
            rule = "freed-in-use" if num in pair.gone else "unexplained-object"
            _name(pair, referrers, num, rule)
        else:
            unused.append(num)
    if unused:
        _doubt(pair, unused[0])
        pair.report(
            ChangeClass.EXTENSION, "unreferenced-object", f"//{unused[0]} 0 R", num=unused[0],
            after=f"{len(unused)} altered or freed objects that nothing refers to",
        )  # fmt: skip


def _name(pair: Pair, referrers: Referrers, num: int, rule: str, via: int | None = None) -> None:
    """Report an object with one way that leads to it, and the page on that way."""
    path, chain = referrers.path(num) if via is None else referrers.path_through(num, via)
    pair.settle_object(num)
    pair.undefined(
        rule, path or f"//{num} 0 R", num=num, page=_page_on(pair, chain),
        before=pair.old.object(num), after=_described(pair.new.object(num)),
    )  # fmt: skip


def _described(value: Obj) -> Obj:
    return value if not isinstance(value, Dict) else Dict(value)


def _page_on(pair: Pair, chain: tuple[int, ...]) -> int | None:
    numbers = (pair.shared.page_number(pair.new, Ref(num, 0)) for num in chain)
    return next((number for number in numbers if number), None)
