"""Comparing, walking and quoting PDF values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from sigcheck.evidence.pdf import Dict, HexString, Name, Obj, PdfString, Ref, Stream, View
from sigcheck.evidence.pdf.lexer import text as decode
from sigcheck.model.evidence import Rect

BRIEF = 120
"""Characters of a quoted value in a change item."""
_CORNERS = 4
_FAR = 1e9
"""No page reaches this far; NaN and infinity do."""
_ROUNDED = 0.01
"""Points by which a writer's arithmetic may move a side, or parts of full light: nobody sees a
hundredth."""


Numbers = tuple[float, ...]
"""A rectangle, or the parts of a colour."""
_PLAIN = frozenset((Ref, Name, PdfString, HexString, int, float, bool))
"""Most of what is compared; equal as Python has it."""


def same(left: Obj, right: Obj) -> bool:
    """Say whether two values are equal as written: references by number, streams by bytes."""
    if left is right:
        return True
    pairs = [(left, right)]
    while pairs:
        a, b = pairs.pop()
        if a is b:
            continue
        if type(a) in _PLAIN and type(a) is type(b):
            if a != b:
                return False
            continue
        if not alike(a, b):
            return False
        inner = parts(a, b)
        if inner is None:
            return False
        pairs.extend(inner)
    return True


def differing(old: Dict, new: Dict) -> list[str]:
    """Return the keys whose values are not the same, those of the new dictionary first."""
    return [key for key in keys_of(old, new) if not same(old.get(key), new.get(key))]


def keys_of(old: Dict, new: Dict) -> list[str]:
    """Return the keys of two dictionaries, those of the new one first."""
    return [*new, *(key for key in old if key not in new)]


def parts(a: Obj, b: Obj) -> Sequence[tuple[Obj, Obj]] | None:
    """Return what remains to be compared of two values; None when they differ."""
    if isinstance(a, list) and isinstance(b, list):
        return list(zip(a, b, strict=True)) if len(a) == len(b) else None
    if isinstance(a, Dict) and isinstance(b, Dict):
        if a.keys() != b.keys():
            return None
        return [
            (_as_reals(value), _as_reals(b[key])) if key in _OF_REALS else (value, b[key])
            for key, value in a.items()
        ]
    if isinstance(a, Stream) and isinstance(b, Stream):
        # The data are the same: how their length is written, in place or elsewhere, says no more.
        return [(_without_length(a), _without_length(b))] if same_data(a, b) else None
    return () if a == b else None


_OF_REALS = frozenset(
    {"MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox", "Rect", "BBox", "Matrix", "BC", "BG",
     "C", "IC", "QuadPoints", "L", "Vertices", "CA", "ca"}
)  # fmt: skip
"""Entries in which every program takes integers for reals and reals for integers."""


def _as_reals(value: Obj) -> Obj:
    if isinstance(value, list):
        return [_as_reals(item) for item in value]
    return float(value) if type(value) is int else value


def _without_length(stream: Stream) -> Dict:
    return Dict((key, value) for key, value in stream.dict.items() if key != "Length")


def alike(a: Obj, b: Obj) -> bool:
    """Say whether two values are of one kind: a literal and a hex string are, 1 and 1.0 are not.

    Where programs want an integer, most of them take a real for none (7.3.3).
    """
    return type(a) is type(b) or (isinstance(a, PdfString) and isinstance(b, PdfString))


def same_data(a: Stream, b: Stream) -> bool:
    """Say whether two streams hold the same bytes, as encoded, encryption undone.

    The key of an encrypted stream is its object's: the same bytes elsewhere are another stream.
    """
    if a.decrypt is None and b.decrypt is None:
        return a.length == b.length and bytes(a.raw) == bytes(b.raw)
    return _clear(a) == _clear(b)


def _clear(stream: Stream) -> bytes:
    return stream.raw if stream.decrypt is None else stream.decrypt(stream.raw)


_INNER = frozenset((Ref, list, Dict, Stream))
"""What is or may hold a reference; the rest, most of a document, needs no look."""


def references(value: Obj) -> list[Ref]:
    """Return every reference written in a value, not following any."""
    found: list[Ref] = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Ref):
            found.append(item)
            continue
        if isinstance(item, list):
            inner = [v for v in item if type(v) in _INNER]
        elif isinstance(item, Dict | Stream):
            fields = item if isinstance(item, Dict) else item.dict
            inner = [v for v in fields.values() if type(v) in _INNER]
            if fields.dropped:
                inner += [v for v in fields.dropped if type(v) in _INNER]
        else:
            continue
        while inner and isinstance(last := inner[-1], Ref):  # as the loop above would find them
            found.append(last)
            inner.pop()
        stack += inner
    return found


def numbers(value: Obj) -> Iterator[int]:
    """Return the numbers of the objects that a value refers to, as often as it does."""
    return map(_number, references(value))


_number = itemgetter(0)
"""Of a reference: its object's."""


def repeated_keys(value: Obj) -> Iterator[tuple[str, ...]]:
    """Yield the keys that a dictionary in a value has more than once."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Stream):
            item = item.dict
        if isinstance(item, Dict):
            if item.duplicates:
                yield item.duplicates
            stack.extend([v for v in item.values() if type(v) in _INNER])
        elif isinstance(item, list):
            stack.extend([v for v in item if type(v) in _INNER])


def dictionary_of(value: Obj) -> Dict | None:
    """Return a dictionary, or that of a stream; None for anything else."""
    if isinstance(value, Stream):
        return value.dict
    return value if isinstance(value, Dict) else None


def text(value: Obj) -> str:
    """Decode a text string (7.9.2.2), or spell a name; anything else is empty."""
    if isinstance(value, Name):
        return str(value)
    return decode(value) if isinstance(value, PdfString) else ""


def brief(value: Obj) -> str:
    """Quote a value in at most `BRIEF` characters, one line, nothing followed."""
    parts: list[str] = []
    _quote(value, parts, 0)
    quoted = " ".join("".join(parts).split())
    if not quoted.isprintable():
        quoted = "".join(c if c.isprintable() else "?" for c in quoted)
    return quoted if len(quoted) <= BRIEF else quoted[: BRIEF - 1] + "…"


def _quote(value: Obj, parts: list[str], depth: int) -> None:
    if isinstance(value, Dict | Stream):
        _quote_dictionary(value, parts, depth)
    elif isinstance(value, list):
        parts.append("[")
        for item in value[:12] if depth < 3 else ():
            _quote(item, parts, depth + 1)
            parts.append(" ")
        parts.append("]" if len(value) <= 12 else f"… {len(value)} items]")
    else:
        parts.append(_atom(value))


def _quote_dictionary(value: Dict | Stream, parts: list[str], depth: int) -> None:
    fields = dictionary_of(value) or Dict()
    parts.append("<<")
    for key in list(fields)[:8] if depth < 3 else ():
        parts.append(f"/{key} ")
        _quote(fields[key], parts, depth + 1)
        parts.append(" ")
    parts.append(">>" if len(fields) <= 8 else "…>>")
    if isinstance(value, Stream):
        parts.append(f" stream of {value.length} bytes")


def _atom(value: Obj) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Ref):
        return f"{value.num} {value.gen} R"
    if isinstance(value, Name):
        return f"/{value}"
    if isinstance(value, PdfString):
        return f"({text(PdfString(value[: BRIEF * 2]))})"
    return str(value)


def rectangle(value: Obj) -> Rect | None:
    """Return a rectangle with its corners in order (7.9.5); None when it isn't one."""
    if not isinstance(value, list) or len(value) != _CORNERS:
        return None
    numbers = [float(v) for v in value if isinstance(v, int | float)]
    if len(numbers) != _CORNERS or not all(abs(n) < _FAR for n in numbers):
        return None
    x0, y0, x1, y1 = numbers
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def rectangle_at(view: View, value: Obj) -> Rect | None:
    """Return a rectangle, references to it and in it followed; None when it isn't one."""
    return rectangle([view.get(side) for side in view.list(value)[: _CORNERS + 1]])


def is_rounded(before: Numbers | None, after: Numbers | None) -> bool:
    """Say whether two rectangles or colours are the same but for rounding; none never is."""
    if before is None or after is None or len(before) != len(after):
        return False
    return all(abs(a - b) < _ROUNDED for a, b in zip(before, after, strict=True))
