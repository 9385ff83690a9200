"""Real files, with other readers as the judges: qpdf (through pikepdf) and poppler's pdfsig."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sigcheck.errors import EncryptedError, SigcheckError
from sigcheck.evidence.pdf import (
    Dict,
    Obj,
    PdfDocument,
    PdfString,
    Ref,
    Standing,
    Stream,
    audit,
    byte_range_facts,
    signature_dictionaries,
    unsigned_signature_fields,
)
from sigcheck.model.policy import Limits
from tests.conftest import CORPUS

pytestmark = pytest.mark.corpus

_SAMPLE = 12
"""Every so many-th file is compared object by object; all are opened."""


def _files(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in CORPUS.glob(pattern))


ALL = _files("vietnam/*.pdf", "peers/*.pdf")
SAMPLE = _files("vietnam/*.pdf") + _files("peers/*.pdf")[::_SAMPLE]


def _name(path: Path) -> str:
    return path.stem


@cache
def _open(path: Path) -> PdfDocument:
    return PdfDocument.open(path.read_bytes(), Limits())


@pytest.fixture(params=SAMPLE, ids=_name)
def document(request: pytest.FixtureRequest) -> PdfDocument:
    """Return one document of the sample."""
    try:
        return _open(request.param)
    except EncryptedError:
        pytest.skip("encrypted")


@pytest.mark.skipif(not ALL, reason="no corpus")
def test_every_file_opens_or_says_why() -> None:
    """No traceback, no file over two seconds, and one of our own errors at worst."""
    slow, refused = [], []
    for path in ALL:
        start = time.perf_counter()
        try:
            found = PdfDocument.open(path.read_bytes(), Limits())
            facts = [byte_range_facts(found, s) for s in signature_dictionaries(found)]
            audit(found)
            assert len(found.view().pages()) >= 0
            assert len(facts) < 50
        except SigcheckError as error:
            refused.append((path.name, error.code))
        if time.perf_counter() - start > 2:
            slow.append(path.name)

    assert slow == []
    assert {code for _, code in refused} <= {"DOC-PASSWORD-NEEDED", "DOC-ENCRYPTED-FOR-KEYS"}


def _expected_counts() -> Iterator[tuple[str, int]]:
    manifest = CORPUS / "manifest.tsv"
    if not manifest.is_file():
        return
    with manifest.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            # Where upstream counted MACs, twins or nothing, its number is not that of signatures.
            if row["n_signatures"].isdigit() and row["category"] not in _COUNTED_OTHERWISE:
                yield row["file"], int(row["n_signatures"])


_COUNTED_OTHERWISE = {"encrypted", "malformed", "unsigned-or-mac-only", "modified-after-signing"}


@pytest.mark.skipif(not ALL, reason="no corpus")
def test_as_many_signatures_are_found_as_upstream_says() -> None:
    """The manifest's numbers, but for the handful that are explained."""
    wrong = {}
    for name, expected in _expected_counts():
        try:
            found = _open(CORPUS / name)
        except EncryptedError:
            continue
        locations = signature_dictionaries(found)
        count = len(locations) + sum(len(s.shared_with) for s in locations)
        if count != expected:
            wrong[name] = (expected, count)

    # Upstream saw no signature in four files, and there is one in each; and in two, both attacks,
    # a later revision replaced the first, which is reported beside the one that took its place.
    assert sorted(wrong.values()) == [(0, 1)] * 4 + [(1, 2)] * 2


def _pdfsig(path: Path) -> set[tuple[str, tuple[int, ...]]]:
    """Return (field name, [a, b, end]) of every signed field poppler lists."""
    run = subprocess.run(
        ["pdfsig", "-nocert", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    found = set()
    for part in run.stdout.split("Signature #")[1:]:
        name = re.search(r"Field Name: (.*)", part)
        ranges = re.search(r"Signed Ranges: \[(\d+) - (\d+)\], \[(\d+) - (\d+)\]", part)
        if name and ranges:
            found.add((name[1].strip(), tuple(map(int, ranges.groups()))))
    return found


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="no pdfsig")
@pytest.mark.parametrize("path", SAMPLE, ids=_name)
def test_poppler_finds_the_same_fields_and_ranges(path: Path) -> None:
    """Every field and range that pdfsig lists is ours too."""
    try:
        locations = signature_dictionaries(_open(path))
    except EncryptedError:
        pytest.skip("encrypted")
    ours = set()
    for location in locations:
        ranges = location.byte_range
        if location.standing is Standing.CURRENT and isinstance(ranges, list) and len(ranges) == 4:
            numbers = [number for number in ranges if isinstance(number, int)]
            if len(numbers) == 4:
                start, first, second, length = numbers
                span = (start, start + first, second, second + length)
                ours |= {(n, span) for n in (location.field_name, *location.shared_with)}

    assert _pdfsig(path) <= ours


def test_qpdf_reads_the_same_objects(document: PdfDocument) -> None:
    """Every object of the last revision has the value qpdf gives it."""
    pikepdf = pytest.importorskip("pikepdf")
    view = document.view()
    other = _pike(pikepdf, bytes(document.data))
    different = []
    for revision in document.revisions:
        for num in revision.entries:
            if revision.kind == "rebuilt" or (entry := view.entry(num)) is None:
                continue
            theirs = other.get_object((num, entry.gen))
            if not _same(pikepdf, view.object(num), theirs, top=True):
                different.append(num)

    assert different == []


def _pike(pikepdf: Any, data: bytes) -> Any:
    from io import BytesIO

    try:
        return pikepdf.open(BytesIO(data), inherit_page_attributes=False)
    except pikepdf.PdfError:
        pytest.skip("qpdf refuses the file")


def _same(pikepdf: Any, ours: Obj, theirs: Any, *, top: bool = False) -> bool:
    """Compare two values; references by number."""
    if isinstance(theirs, pikepdf.Object) and theirs.is_indirect and not top:
        return isinstance(ours, Ref) and tuple(ours) == tuple(theirs.objgen)
    if isinstance(ours, Ref):
        return not isinstance(theirs, pikepdf.Object)  # pikepdf shows scalars without their place
    if isinstance(ours, Stream):
        plain = ours.raw if ours.decrypt is None else ours.decrypt(ours.raw)
        return isinstance(theirs, pikepdf.Stream) and theirs.read_raw_bytes() == plain
    if isinstance(ours, Dict):
        return isinstance(theirs, pikepdf.Dictionary) and all(
            _same(pikepdf, value, theirs.get("/" + key))
            for key, value in ours.items()
            if value is not None and key.isascii() and "#" not in key
        )
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(
            _same(pikepdf, a, b) for a, b in zip(ours, theirs, strict=True)
        )
    return _same_atom(ours, theirs)


def _same_atom(ours: Obj, theirs: Any) -> bool:
    if isinstance(ours, PdfString):
        return bytes(theirs) == bytes(ours)
    if isinstance(ours, str):
        return _known_name(theirs, ours)
    if isinstance(ours, float):
        return abs(float(theirs) - ours) < 1e-4
    return bool(theirs == ours)


def _known_name(theirs: Any, ours: str) -> bool:
    """Compare names; those that are not text, as old tools write them, only by being names."""
    try:
        return str(theirs) == "/" + ours
    except UnicodeDecodeError:
        return not ours.isascii()


def test_later_revisions_leave_earlier_ones_as_they_were(document: PdfDocument) -> None:
    """A revision seen in the whole file equals the file cut off at that revision's end."""
    if document.revisions[-1].kind == "rebuilt":
        pytest.skip("rebuilt")
    for revision in document.revisions[:-1][:3]:
        cut = bytes(document.data[: revision.end])
        try:
            alone = PdfDocument.open(cut, Limits())
        except SigcheckError:
            continue
        if alone.revisions[-1].kind == "rebuilt":
            continue
        then, now = document.view(revision.number), alone.view()
        for num in list(revision.entries)[:200]:
            assert _comparable(then.object(num)) == _comparable(now.object(num))


def _comparable(value: Obj) -> Obj:
    return value.dict if isinstance(value, Stream) else value


def test_unsigned_fields_carry_names(document: PdfDocument) -> None:
    """A signature field without a value has a name, or is listed without one."""
    assert all(field.type == "Sig" for field in unsigned_signature_fields(document))
