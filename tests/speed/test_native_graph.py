"""References are found alike natively and in Python: in values, and in raw bytes."""

from __future__ import annotations

import random
import re
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigcheck.errors import SigcheckError
from sigcheck.evidence.changes import dangling, values
from sigcheck.evidence.native import native
from sigcheck.evidence.pdf import (
    Dict,
    HexString,
    Name,
    Obj,
    PdfDocument,
    PdfString,
    Ref,
    Stream,
    scan,
)
from sigcheck.model.limits import Limits

pytestmark = pytest.mark.skipif(
    not hasattr(native, "foreshadowing"), reason="the native parts are not built here"
)

ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(),
    st.builds(Ref, st.integers(0, 99), st.integers(0, 9)),
    st.text(max_size=3).map(Name), st.binary(max_size=3).map(PdfString),
)  # fmt: skip
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.text(max_size=3).map(Name), inner, max_size=5).map(Dict),
    ),
    max_leaves=40,
)
PIECES = (
    b"12 0 R", b"12", b"7", b"345", b"0012", b"0", b"00000", b"123456", b"12345678901", b"R", b" ",
    b" ", b"\n", b"\r", b"\r\n", b"\t", b"\0", b"\x0c", b"%", b"% no\n", b"[", b"]", b"<<", b">>",
    b"/", b"(", b")", b"{", b"}", b"obj", b"j", b"F12", b"R/", b"x", b"\xff", b"1 0 R", b" 7 0 R",
    b"12\n0\rR", b"12 % so\n0 R", b"12 0%R\nR", b"stream\n", b"%" + b"y" * 199 + b"\n",
)  # fmt: skip
ANYWHERE = array("q", [1 << 62] * 5).tobytes()
WANTED = [7, 12, 345, 99_000, 9_999_999_999]


def _in_python(value: Obj) -> list[Ref]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_native_references", None)
        return values.references(value)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_references_of_made_values(value: Obj) -> None:
    """The same ones in the same order, as often as they are written."""
    assert values.references(value) == _in_python(value)


def test_references_of_real_objects(fixtures: Path) -> None:
    """Over every object of every revision of the vectors, streams among them."""
    seen = 0
    for path in sorted((fixtures / "vectors").rglob("*.pdf"))[::7]:
        if path.stat().st_size > 1 << 20:
            continue
        try:
            document = PdfDocument.open(path.read_bytes(), Limits())
        except SigcheckError:
            continue
        view = document.view()
        for revision in document.revisions:
            for num in list(revision.changed)[:200]:
                value = view.object(num)
                assert values.references(value) == _in_python(value), (path, num)
                seen += 1
    assert seen > 1000


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, VALUES, st.integers(0, 3))
def test_values_compared(left: Obj, right: Obj, close: int) -> None:
    """Whatever their kinds: an int is no bool, and stays itself as a real number."""
    if close:
        right = _close(left, close)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_native_same", None)
        expected = values.same(left, right)

    assert values.same(left, right) == expected


def _close(value: Obj, change: int) -> Obj:
    """Return a value again, with one kind of atom written otherwise."""
    if isinstance(value, Dict):
        return Dict((key, _close(inner, change)) for key, inner in value.items())
    if isinstance(value, list):
        return [_close(inner, change) for inner in value]
    if change == 2 and type(value) is int:
        return float(value) if abs(value) < 1 << 50 else value
    if change == 3 and isinstance(value, PdfString):
        return HexString(value)
    return value


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from("ABCDEF"), VALUES), st.data())
def test_keys_that_differ(held: dict[str, Obj], data: st.DataObject) -> None:
    """The same ones in the same order; a key that is not there stands for null."""
    old = Dict({Name(key): value for key, value in held.items()})
    kept = [key for key in old if data.draw(st.booleans())]
    new = Dict({Name(key): data.draw(st.just(old[key]) | VALUES) for key in reversed(kept)})
    new |= data.draw(st.dictionaries(st.sampled_from([Name("C"), Name("Z")]), VALUES))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_native_same", "_native_differing"):
            patch.setattr(values, name, None)
        expected = values.differing(old, new)

    assert values.differing(old, new) == expected


def test_streams_are_compared_in_python(fixtures: Path) -> None:
    """Their bytes have to be read."""
    assert native is not None
    path = next((fixtures / "vectors").rglob("*.pdf"))
    streams = [
        value
        for document in (PdfDocument.open(path.read_bytes(), Limits()) for _ in range(2))
        for num in document.revisions[0].changed
        if isinstance(value := document.view().object(num), Stream)
    ]
    half = len(streams) // 2
    assert half
    for one, other in zip(streams[:half], streams[half:], strict=True):
        assert native.same(one, other) is None
        assert native.differing(Dict(A=one), Dict(A=other)) is None
        assert values.same(one, other)


def _found(data: bytes, start: int, end: int, *, alone: bool) -> set[tuple[int, int]]:
    search = dangling._Search(WANTED)
    with pytest.MonkeyPatch.context() as patch:
        if alone:
            patch.setattr(dangling, "_native_search", None)
        hits = search.hits(data, start, end, ANYWHERE)
        return {(place, num) for place, num in hits if num in WANTED}


@pytest.mark.parametrize("seed", range(100))
def test_references_in_made_bytes(seed: int) -> None:
    """Whatever stands around, within and before what looks like a reference."""
    chance = random.Random(seed)
    for _ in range(60):
        data = b"".join(chance.choices(PIECES, k=chance.randrange(1, 60)))
        start, end = sorted(chance.choices(range(len(data) + 1), k=2))

        natively = _found(data, start, end, alone=False)

        numbers = {num for _, num in natively}
        assert numbers == {num for _, num in _found(data, start, end, alone=True)}, (data, start)


NEAR = [11_200, 11_203, 11_250]
NEAR_PIECES = (
    b"11200", b"11203", b"11250", b"11299", b"112", b"11", b"1", b"1111200", b"011203", b" ", b" ",
    b" 0 R", b" 0 R", b" 0 R", b"\n00 R", b" 1%c\nR", b"[", b"/", b"x", b"0 R", b" 0 Rx", b"<<",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_references_to_numbers_that_begin_alike(seed: int) -> None:
    """Whatever is a reference is found, natively or not; a part of a longer number may be, too."""
    chance = random.Random(seed)
    search = dangling._Search(NEAR)
    assert search._prefix == b"112"
    limits = array("q", [1 << 62] * len(NEAR)).tobytes()
    true = re.compile(dangling._BEFORE + search._pattern.pattern)
    seen = 0
    for _ in range(60):
        data = b" " + b"".join(chance.choices(NEAR_PIECES, k=chance.randrange(1, 60)))
        wanted = {int(hit[1]) for hit in true.finditer(data)}
        seen += len(wanted)

        for alone in (False, True):
            with pytest.MonkeyPatch.context() as patch:
                if alone:
                    patch.setattr(scan, "_native_places", None)
                found = {num for _, num in search.hits(data, 0, len(data), limits)}
            assert wanted <= found, data
    assert seen


def test_a_search_never_reads_beyond_its_part() -> None:
    """Nor gives up on odd arguments in any way but by saying so."""
    assert native is not None
    data = b" 12 0 R 12 0 R"
    wanted = dangling._Search(WANTED)._numbers

    assert native.foreshadowing(data, 0, 7, wanted, ANYWHERE) == ([(0, 12)], [])
    assert native.foreshadowing(data, 7, 14, wanted, ANYWHERE) == ([(7, 12)], [])
    assert native.foreshadowing(data, 0, 99, wanted, ANYWHERE) is None
    assert native.foreshadowing(data, 99, 14, wanted, ANYWHERE) == ([], [])
    assert native.foreshadowing(data, 0, 14, wanted[:-1], ANYWHERE) is None
    assert native.foreshadowing(data, 0, 14, wanted, ANYWHERE[:-8]) is None
    assert native.foreshadowing(bytearray(data), 0, 14, wanted, ANYWHERE) is None


def test_a_reference_counts_before_its_limit_only() -> None:
    """That of its own number: the revision that brings an object may refer to it."""
    assert native is not None
    data = b" 12 0 R 7 0 R 12 0 R"
    wanted = dangling._Search(WANTED)._numbers
    limits = array("q", [0, 8, 0, 0, 0]).tobytes()

    assert native.foreshadowing(data, 0, len(data), wanted, limits) == ([(0, 12)], [])
