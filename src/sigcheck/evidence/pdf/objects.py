"""The values a PDF is made of (ISO 32000-2, 7.3), and the bounds on what reading them may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.filters import FilterStep, apply_filters, filter_steps
from sigcheck.model.evidence import Anomaly

Buffer: TypeAlias = bytes
"""The whole file, read into memory: docs/adr/0004 says why it is not mapped."""


MAX_GENERATION = 65535
"""The highest generation a number has (7.5.4)."""
_KEPT = 1 << 18
"""Bytes of decoded data kept with their stream, so that asking twice costs once."""


class Name(str):
    """A name without its slash, `#xx` decoded (7.3.5)."""

    __slots__ = ()


class Ref(NamedTuple):
    """An indirect reference (7.3.10)."""

    num: int
    gen: int


class PdfString(bytes):
    """A string's decoded bytes (7.3.4)."""

    is_hex = False
    """Whether the file wrote it as `<hex>`; only such a /Contents can be a signature's gap."""


class HexString(PdfString):
    """A string the file wrote in hexadecimal (7.3.4.3)."""

    is_hex = True


class Dict(dict[str, "Obj"]):
    """A dictionary (7.3.7); keys without slash, and where in the file it stands."""

    __slots__ = ("dropped", "duplicates", "end", "start")

    start: int | None
    """Offset of its `<<` in the file; None inside an object stream or when made by us."""
    end: int | None
    """Offset just after its `>>`."""
    duplicates: tuple[str, ...]
    """Keys written more than once; the last value counts, as most viewers have it."""
    dropped: tuple[Obj, ...]
    """The other values of those keys, which count for some."""

    def __init__(self, *args: object, **kwargs: Obj) -> None:
        """Build like `dict`, with no place in the file."""
        super().__init__(*args, **kwargs)
        self.start = None
        self.end = None
        self.duplicates = ()
        self.dropped = ()


class Stream(Struct, eq=False):
    """A stream (7.3.8): its dictionary and where its data lie; decoded on demand."""

    dict: Dict
    buffer: Buffer
    start: int
    """Offset of the first data byte."""
    length: int
    """Bytes of undecoded data; the true extent when /Length lies."""
    resolve: Callable[[Obj], Obj]
    """Looks up a /Filter or /DecodeParms that is a reference."""
    budget: Budget
    decrypt: Callable[[bytes], bytes] | None = None
    length_true: bool = True
    """/Length leads to `endstream`."""
    _decoded: bytes | None = None

    @property
    def raw(self) -> bytes:
        """Return the data as they stand in the file, encrypted and encoded."""
        return self.buffer[self.start : self.start + self.length]

    def steps(self) -> tuple[FilterStep, ...]:
        """Return the filters in the order in which decoding applies them (7.4.1).

        Raises FilterError when /Filter or /DecodeParms is malformed.
        """
        return filter_steps(self.dict, self.resolve)

    def decode(self, limit: int | None = None) -> bytes:
        """Return the decoded data, at most `limit` bytes.

        Raises FilterError for an unknown or broken filter, LimitExceededError for a bomb.
        """
        if self._decoded is None:
            data = self.raw if self.decrypt is None else self.decrypt(self.raw)
            decoded = apply_filters(data, self.steps(), self.budget)
            if len(decoded) > _KEPT:
                return decoded if limit is None else decoded[:limit]
            self._decoded = decoded
        return self._decoded if limit is None else self._decoded[:limit]


Obj: TypeAlias = "bool | int | float | Name | PdfString | Ref | list[Obj] | Dict | Stream | None"
"""Any PDF object; null is None, an array is a list."""


class EntryKind(StrEnum):
    """What a cross-reference entry says of its object (7.5.4, 7.5.8.3)."""

    FREE = "free"
    OFFSET = "offset"
    COMPRESSED = "compressed"


class Entry(NamedTuple):
    """One cross-reference entry."""

    num: int
    gen: int
    kind: EntryKind
    offset: int
    """Of the object's header in the file, for kind OFFSET; else 0."""
    container: int = 0
    """Number of the object stream, for kind COMPRESSED."""
    position: int = 0
    """Place within the object stream, for kind COMPRESSED."""


# --- What every part of the reader shares: the bytes, the limits and the list of anomalies

_MAX_ANOMALIES = 500
"""Anomalies of one code kept one by one: a hostile file could have one for every byte."""


class Context(Struct, eq=False):
    """One document's bytes, budget and anomalies."""

    data: Buffer
    budget: Budget
    base: int = 0
    """Bytes of garbage before the header, when the file counts its offsets from the header."""
    anomalies: list[Anomaly] = field(default_factory=list)
    _seen: set[tuple[str, int | None, str]] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=dict)

    def note(self, code: str, offset: int | None = None, detail: str = "") -> None:
        """Record an anomaly once; beyond the maximum of its code only that there are more.

        Counted by code, so that many harmless ones never crowd out one that matters.
        """
        key = (code, offset, detail)
        if key in self._seen:
            return
        if self._counts.get(code, 0) >= _MAX_ANOMALIES:
            code, offset, detail = key = ("anomalies-too-many", None, code)
            if key in self._seen:
                return
        self._seen.add(key)
        self._counts[code] = self._counts.get(code, 0) + 1
        self.anomalies.append(Anomaly(code, offset, detail))

    def saw_repeated_keys(self) -> bool:
        """Say whether a dictionary read so far has a key twice: the parser has noted it."""
        return "dict-duplicate-key" in self._counts


def numbers_in(value: Obj) -> Iterator[int]:
    """Yield the number of each object that a value refers to, once or more, nothing followed."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Ref):
            yield item.num
        elif isinstance(item, list):
            pending += item
        elif isinstance(item, Stream):
            pending.append(item.dict)
        elif isinstance(item, Dict):
            pending += (*item.values(), *item.dropped)
