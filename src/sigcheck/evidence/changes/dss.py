"""The document security store: validation data that later updates add (12.8.4.3)."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.evidence.changes.pair import Pair
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfString, Ref, Stream
from sigcheck.model.evidence import ChangeClass

_ARRAYS = frozenset({"Certs", "CRLs", "OCSPs"})
_VRI_ARRAYS = frozenset({"Cert", "CRL", "OCSP"})
_PATH = "/Root/DSS"


class _Misfit(Exception):
    """Something in the store that is no validation data; its path, and what is there."""

    def __init__(self, path: str, value: Obj) -> None:
        super().__init__(path)
        self.path = path
        self.value = value


def judge_dss(pair: Pair, before: Obj, after: Obj, number: int) -> None:
    """/DSS: streams of certificates, CRLs and OCSP responses, and nothing else."""
    was, now = pair.old.dict(before), pair.new.get(after)
    holder = after.num if isinstance(after, Ref) else number
    try:
        if not isinstance(now, Dict):
            raise _Misfit(_PATH, now)
        pair.own(after, number)
        counts = _store(pair, was, now, holder)
    except _Misfit as misfit:
        pair.undefined("dss", misfit.path, num=holder, before=before, after=misfit.value)
        pair.settle(after)
        return
    pair.adopt(after)
    pair.adopt(now)
    pair.report(
        ChangeClass.EXTENSION, "dss", _PATH, num=holder, before=_summary(pair.old, was), after=counts
    )


def _store(pair: Pair, was: Dict, now: Dict, holder: int) -> str:
    for key in pair.differing(was, now, now):
        path = f"{_PATH}/{key}"
        if key in _ARRAYS:
            _streams(pair, was.get(key), now.get(key), holder, path)
        elif key == "VRI":
            _vri(pair, was.get(key), now.get(key), holder)
        elif key != "Type" or not isinstance(now.get(key), Name | None):
            raise _Misfit(path, now.get(key))
    return _summary(pair.new, now)


def _summary(view: object, store: Dict) -> str:
    get = view.list  # type: ignore[attr-defined]
    counts = [f"{key} {len(get(store[key]))}" for key in sorted(_ARRAYS) if key in store]
    return ", ".join(counts)


def _streams(pair: Pair, before: Obj, after: Obj, holder: int, path: str) -> None:
    """An array of streams: new ones may join, and none that was there may be rewritten."""
    value = pair.new.get(after)
    if value is None and before is not None:
        # Material that is dropped changes nothing that is shown; a store without any is no store.
        return
    if not isinstance(value, list):
        raise _Misfit(path, after)
    known = {ref.num for ref in pair.old.list(before) if isinstance(ref, Ref)}
    pair.own(after, holder)
    for index, item in enumerate(value):
        if not isinstance(item, Ref) or item.num not in known or pair.dirty(item):
            _stream(pair, item, f"{path}[{index}]")


def _stream(pair: Pair, item: Obj, path: str) -> None:
    if pair.dirty(item) or not isinstance(pair.new.get(item), Stream):
        raise _Misfit(path, item)
    pair.adopt(item)


def _vri(pair: Pair, before: Obj, after: Obj, holder: int) -> None:
    """/VRI: one dictionary for each signature, by the digest of its contents."""
    was, now = pair.old.dict(before), pair.new.get(after)
    path = f"{_PATH}/VRI"
    if not isinstance(now, Dict):
        raise _Misfit(path, after)
    pair.own(after, holder)
    owner = after.num if isinstance(after, Ref) else holder
    for key in pair.differing(was, now, now):
        if key == "Type":
            continue
        if key not in now:
            raise _Misfit(f"{path}/{key}", None)
        _entry(pair, was.get(key), now[key], owner, f"{path}/{key}")


def _entry(pair: Pair, before: Obj, after: Obj, holder: int, path: str) -> None:
    was, now = pair.old.dict(before), pair.new.get(after)
    if not isinstance(now, Dict):
        raise _Misfit(path, after)
    pair.own(after, holder)
    owner = after.num if isinstance(after, Ref) else holder
    for key in _judged(pair, was, now):
        place = f"{path}/{key}"
        if key in _VRI_ARRAYS:
            _streams(pair, was.get(key), now.get(key), owner, place)
        elif key == "TS":
            _stream(pair, now.get(key), place)
        elif key != "TU" or not isinstance(pair.new.get(now.get(key)), PdfString):
            raise _Misfit(place, now.get(key))


def _judged(pair: Pair, was: Dict, now: Dict) -> Iterable[str]:
    return (key for key in pair.differing(was, now, now) if key != "Type")
