"""Updates made to hurt the analysis: loops, bombs, crowds, and bytes changed at random."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from sigcheck.errors import LimitExceededError, SigcheckError
from sigcheck.evidence.changes import covered_content, revision_changes
from sigcheck.model.evidence import ChangeClass
from tests.changes.document import (
    CATALOG,
    CONTENT,
    FORM,
    FORM_XOBJECT,
    NOTE,
    PAGE,
    SIGNATURE,
    XMP,
    XMP_ENTRIES,
    Body,
    Update,
    changes,
    named,
    written,
)
from tests.pdf.builder import open_pdf

FIELD = (
    b"<< /FT /Sig /T (S%d) /Type /Annot /Subtype /Widget /P 3 0 R /F 132 /Rect [20 20 80 60]"
    b" /AP << /N %d 0 R >> /V %d 0 R >>"
)


def _nest(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


HOSTILE: list[tuple[str, Update]] = [
    ("field is its own parent", {5: FORM % (b"40 0 R", b""),
                                 40: b"<< /FT /Sig /T (x) /Parent 40 0 R /Kids [40 0 R] >>"}),
    ("kids in a ring", {5: FORM % (b"40 0 R", b""),
                        40: b"<< /T (x) /Kids [41 0 R] /Parent 41 0 R >>",
                        41: b"<< /T (y) /Kids [40 0 R] /Parent 40 0 R >>"}),
    ("page is its own parent", {3: PAGE.replace(b"/Parent 2", b"/Parent 3") % (b"", b"")}),
    ("pages in a ring", {2: b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"}),
    ("appearance draws itself", {13: (FORM_XOBJECT + b" /Resources << /XObject << /F 13 0 R >> >>",
                                      b"/F Do")}),
    ("tags in a ring", {24: b"<< /Type /StructElem /S /P /P 24 0 R /K [24 0 R 26 0 R] >>"}),
    ("reference to itself", {20: b"20 0 R"}),
    ("dss in a ring", {1: CATALOG % b"/DSS 40 0 R", 40: b"<< /VRI 40 0 R /Certs 41 0 R >>",
                       41: b"[41 0 R]"}),
    ("wrong kinds", {1: CATALOG % b"/DSS 7 /Perms [] /Names () /Version [] /Extensions 3", 3: b"[]",
                     5: b"(form)", 10: b"17", 11: b"null", 16: b"[16 0 R]", 24: b"/x",
                     25: b"true"}),
    ("wrong keys", {1: b"<< >>", 2: b"<< >>", 3: b"<< >>", 5: b"<< >>", 10: b"<< >>", 16: b"<< >>",
                    21: b"<< >>", 23: b"<< >>", 24: b"<< >>", 25: b"<< >>"}),
    ("wrong values", {5: FORM.replace(b"[10", b"[[10") % (b"]", b"/DR [] /SigFlags (x)"),
                      10: b"<< /FT 3 /T 4 /Rect (x) /AP 3 /Kids 9 /Parent 12 >>",
                      25: b"<< /Nums [(x) 3 4] /Kids 5 >>", 24: b"<< /S 3 /P 4 /K (x) >>"}),
    ("deep arrays", {20: _nest(120), 25: b"<< /Nums " + _nest(120) + b" >>"}),
    ("cut short", {20: b"<< /Font << /F1 7 0 R", 10: b"<< /FT /Tx /T (name"}),
    ("rectangles", {16: b"<< /Subtype /Square /IC [1] /Rect [1e999 -1e999 9 9] >>",
                    10: b"<< /FT /Tx /T (name) /Subtype /Widget /Rect [0 0] >>"}),
]  # fmt: skip


@pytest.mark.parametrize("update", [pytest.param(u, id=i) for i, u in HOSTILE])
def test_what_cannot_be_understood_is_undefined(update: Update) -> None:
    """No loop and no wrong kind of value breaks the comparison or passes unnamed."""
    items = changes(written(update))

    assert any(item.change is ChangeClass.UNDEFINED for item in items)
    assert not any(item.rule == "comparison-failed" for item in items)


def test_a_chain_that_doubles_with_each_link_costs_its_length() -> None:
    """A reference-path bomb: each object refers twice to the next; paths double, objects don't."""
    chain: dict[int, Body] = {
        num: b"[%d 0 R %d 0 R]" % (num + 1, num + 1) for num in range(100, 2100)
    }
    chain[2100] = (FORM_XOBJECT, b"")
    update: Update = {4: (b"", CONTENT + b" "), 6: (XMP_ENTRIES, XMP % b" "), 2100: b"(new)"}
    data = written(update, base={**chain, 20: b"<< /Font << /F1 7 0 R >> /Fun 100 0 R >>"})

    started = time.process_time()
    items = changes(data)

    assert time.process_time() - started < 2
    assert "undefined unexplained-object" in named(items)


def _signed_often(count: int) -> bytes:
    updates: list[Update] = []
    kids = b""
    for index in range(count):
        num = 100 + 3 * index
        kids += b"%d 0 R " % num
        updates.append(
            {
                3: PAGE % (kids, b""),
                5: FORM % (kids, b""),
                9: b"<< /ModDate (D:%d) >>" % index,
                num: FIELD % (index, num + 1, num + 2),
                num + 1: (FORM_XOBJECT, b""),
                num + 2: SIGNATURE % b"",
            }
        )
    return written(*updates)


def test_many_revisions_cost_in_proportion() -> None:
    """Three hundred signatures, each in a revision of its own, are all named, and in time."""
    document = open_pdf(_signed_often(300))

    started = time.process_time()
    results = revision_changes(document)

    assert time.process_time() - started < 5
    assert len(results) == 300
    assert all("signature new-signature-field" in named(items) for items in results)
    assert not any(i.change is ChangeClass.UNDEFINED for items in results for i in items)


def test_a_crowd_of_annotations_costs_in_proportion() -> None:
    """Five thousand notes and five thousand fields altered at once: nothing is searched twice."""
    notes = range(1000, 6000)
    fields = range(10_000, 15_000)
    page = PAGE % (b" ".join(b"%d 0 R" % n for n in (*notes, *fields)), b"")
    base: dict[int, Body] = {n: NOTE.replace(b"/P 3 0 R", b"") % b"a" for n in notes}
    form = FORM % (b" ".join(b"%d 0 R" % n for n in fields), b"")
    base |= {3: page, 5: form}
    base |= {n: b"<< /FT /Tx /T (f%d) /Subtype /Widget /V (a) >>" % n for n in fields}
    update: dict[int, Body] = {n: NOTE.replace(b"/P 3 0 R", b"") % b"b" for n in notes}
    update |= {n: b"<< /FT /Tx /T (f%d) /Subtype /Widget /V (b) >>" % n for n in fields}
    document = open_pdf(written(update, base=base), max_change_items=20_000)

    started = time.process_time()
    (items,) = revision_changes(document)

    assert time.process_time() - started < 6
    assert len(items) == 10_000
    assert named(items) == {"annotation annotation-changed", "value-replaced value-replaced"}


def test_a_crowd_of_changes_is_counted_beyond_the_limit() -> None:
    """Undefined changes are named up to a thousand and counted beyond; no other is left out."""
    update: dict[int, Body] = dict.fromkeys(range(100, 1200), b"<< /Type /Sig /Name (b) >>")
    base: Update = dict.fromkeys(range(100, 1200), b"<< /Type /Sig /Name (a) >>")
    update[9] = b"<< /ModDate (D:3) >>"
    document = written(update, base=base)

    items = changes(document)

    undefined = [item for item in items if item.change is ChangeClass.UNDEFINED]
    assert len(undefined) == 1001
    assert undefined[-1].rule == "more-changes"
    assert "100 further" in undefined[-1].after
    others = [item.rule for item in items if item.change is not ChangeClass.UNDEFINED]
    assert others == ["document-info"]
    with pytest.raises(LimitExceededError) as reached:
        changes(document, max_change_items=10)
    assert reached.value.code == "LIMIT-CHANGES"


def test_a_bomb_in_the_contents_is_not_followed() -> None:
    """Form XObjects that draw each other many times are cut, and the widget is still judged."""
    base: dict[int, Body] = {
        50 + i: (
            FORM_XOBJECT + b" /Resources << /XObject << /F %d 0 R >> >>" % (51 + i),
            b"/F Do " * 200,
        )
        for i in range(10)
    }
    base[60] = (FORM_XOBJECT, b"")
    base[20] = b"<< /XObject << /Im 50 0 R >> >>"
    document = open_pdf(written({9: b"<< >>"}, base=base))

    started = time.process_time()
    covered = covered_content(document.view(), 1, (90.0, 690.0, 300.0, 720.0))

    assert time.process_time() - started < 3
    # what was not followed may lie anywhere
    assert covered == (("text", "unreadable"), ("text", "unreadable"))


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_break_nothing(seed: int) -> None:
    """Whatever bytes an update is changed to, the answer is a list of changes or a refusal."""
    chance = random.Random(seed)
    data = _signed_often(3)
    start = data.index(b"%%EOF")
    for _ in range(60):
        forged = bytearray(data)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(start, len(forged))
            forged[at] = chance.choice(b"0123456789 <>[]()/RnfobjKPNT\x00\xff")
        try:
            results = revision_changes(open_pdf(bytes(forged)))
        except SigcheckError:
            continue

        assert not any(i.rule == "comparison-failed" for items in results for i in items)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "signatures"), [("binh-thuan-3367", 2), ("lam-dong-156", 4), ("gia-lai-2061-annex", 1)]
)
def test_real_documents_are_signature_machinery_only(
    corpus: Path, name: str, signatures: int
) -> None:
    """What the government's own tools write after a signature is explained without a rest."""
    data = (corpus / "vietnam" / f"{name}.pdf").read_bytes()

    items = [item for changed in revision_changes(open_pdf(data)) for item in changed]

    assert {i.change for i in items} == {ChangeClass.EXTENSION, ChangeClass.SIGNATURE}
    assert sum(i.change is ChangeClass.SIGNATURE for i in items) == signatures
