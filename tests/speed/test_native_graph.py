"""References are found alike natively and in Python: in values, and in raw bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigcheck.errors import SigcheckError
from sigcheck.evidence.changes import dangling, values
from sigcheck.evidence.native import native
from sigcheck.evidence.pdf import Dict, Name, Obj, PdfDocument, PdfString, Ref
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


def _found(data: bytes, start: int, end: int, *, alone: bool) -> set[tuple[int, int]]:
    search = dangling._Search(WANTED)
    with pytest.MonkeyPatch.context() as patch:
        if alone:
            patch.setattr(dangling, "_native_search", None)
        hits = search.hits(data, start, end)
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


def test_a_search_never_reads_beyond_its_part() -> None:
    """Nor gives up on odd arguments in any way but by saying so."""
    assert native is not None
    data = b" 12 0 R 12 0 R"
    wanted = dangling._Search(WANTED)._numbers

    assert native.foreshadowing(data, 0, 7, wanted) == ([(0, 12)], [])
    assert native.foreshadowing(data, 7, 14, wanted) == ([(7, 12)], [])
    assert native.foreshadowing(data, 0, 99, wanted) is None
    assert native.foreshadowing(data, 99, 14, wanted) == ([], [])
    assert native.foreshadowing(data, 0, 14, wanted[:-1]) is None
    assert native.foreshadowing(bytearray(data), 0, 14, wanted) is None
