"""The documents that are measured: the directive, the real files, and series that grow.

A series is directive 2691/CT-UBND with more of one thing: objects, signatures, revisions or bytes.
Its documents are made once, into bench/work/documents, and judged under the trust of fixtures/pki.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from fixtures.make import directive, ink, page
from fixtures.make.cases import long_an
from fixtures.make.pdf import Name, Ref, Stream, Value
from fixtures.make.revision import Document, Style, append
from fixtures.make.signing import sign

ROOT = Path(__file__).resolve().parent.parent
WORK = Path(__file__).resolve().parent / "work"
CORPUS = ROOT.parent / "shared" / "corpus"
AT = "2026-11-23T00:00:00+07:00"
"""The validation time of every run: the lists in fixtures/pki are fresh then."""
SERIES = {
    "objects": (1_000, 10_000, 100_000),
    "signatures": (1, 2, 5, 10, 20),
    "revisions": (5, 10, 20, 50),
    "megabytes": (1, 3, 10, 30),
}


class Case(NamedTuple):
    """A document, and the certificates and lists it is judged with."""

    label: str
    document: Path
    trust: Path


FIXTURES = ROOT / "fixtures/pki"
DIRECTIVE = Case(
    "directive 2691/CT-UBND", ROOT / "fixtures/vectors/long-an/2691-ct-ubnd/document.pdf", FIXTURES
)


def real() -> list[Case]:
    """Return the five real documents, where the corpus is."""
    found = sorted((CORPUS / "vietnam").glob("*.pdf"))
    return [Case(path.stem, path, CORPUS / "certs") for path in found]


def grown(kind: str, value: int) -> Case:
    """Return a document of a series, made first where it is missing."""
    path = WORK / "documents" / f"{kind}-{value}.pdf"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_make(kind, value))
    return Case(f"directive, {value:,} {kind}".replace(",", " "), path, FIXTURES)


def folder(cases: Sequence[Case], files: int, name: str) -> Case:
    """Return a folder of copies, each case in turn."""
    place = WORK / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for number in range(files):
        shutil.copyfile(cases[number % len(cases)].document, place / f"{number:03}.pdf")
    return Case(name, place, cases[0].trust)


def _make(kind: str, value: int) -> bytes:
    unsigned = directive.unsigned()
    if kind == "objects":
        unsigned = _with_objects(unsigned, value - len(unsigned.objects))
    if kind == "megabytes":
        unsigned = _with_pictures(unsigned, value * 1_000_000)
    signed = _signed(unsigned, value if kind == "signatures" else 5)
    # Five signatures are five revisions after the first; the rest adds validation data.
    return _with_validation_data(signed, value - 5 if kind == "revisions" else 0).data


def _signed(document: Document, count: int) -> Document:
    """Return the document with the directive's acts, and further initials on its last page."""
    acts = long_an.acts("ut-test")[:count]
    for number in range(len(acts), count):
        later = datetime.fromisoformat("2022-08-30T10:50:00+07:00") + timedelta(minutes=number)
        stamped = (later - timedelta(hours=7, seconds=-3)).strftime("%Y-%m-%dT%H:%M:%S")
        corner = (72 + 90 * (number % 5), 30 + 45 * (number // 5))
        acts.append(
            replace(
                acts[0],
                field=f"Signature{number + 1}",
                when=later.isoformat(),
                stamped=stamped,
                look=ink.initials(),
                corner=corner,
            )
        )
    for act in acts:
        document = sign(document, long_an.signing(act, first=act is acts[0]))
    return document


def _with_objects(document: Document, count: int) -> Document:
    """Return it with small objects under the catalog's /PieceInfo (14.5), in object streams."""
    first = document.free
    leaves: dict[int, Value] = {
        number: {"N": number, "T": b"muc %d" % number, "B": [0, 0, 9]}
        for number in range(first, first + count)
    }
    groups: dict[int, Value] = {
        first + count + place: [Ref(number) for number in list(leaves)[start : start + 250]]
        for place, start in enumerate(range(0, count, 250))
    }
    kept = {"LastModified": b"D:20220826150211+07'00'", "Private": [Ref(n) for n in groups]}
    catalog = {**document.catalog(), "PieceInfo": {"Bench": kept}}
    objects = {**document.objects, **leaves, **groups, document.root: catalog}
    return page.assemble(objects, Style("stream", packed=(*leaves, *groups), comment=b""))


def _with_pictures(document: Document, size: int) -> Document:
    """Return it with a picture on each page that compresses no better than a scan."""
    chance, objects, pages = random.Random(0), dict(document.objects), document.pages()
    wide, high = 1000, size // len(pages) // 1000
    for number, place in enumerate(pages):
        image, drawn = document.free + 2 * number, document.free + 2 * number + 1
        entries = {
            "Type": Name("XObject"),
            "Subtype": Name("Image"),
            "Width": wide,
            "Height": high,
            "BitsPerComponent": 8,
            "ColorSpace": Name("DeviceGray"),
        }
        objects[image] = Stream(chance.randbytes(wide * high), entries, plain=True)
        objects[drawn] = Stream(b"q 100 0 0 60 240 40 cm /Scan Do Q\n")
        before = objects[place]
        objects[place] = {
            **before,
            "Resources": {**before["Resources"], "XObject": {"Scan": Ref(image)}},
            "Contents": [before["Contents"], Ref(drawn)],
        }
    return page.assemble(objects)


def _with_validation_data(document: Document, revisions: int) -> Document:
    """Return it with that many revisions more, each with a certificate for the DSS (12.8.4.3)."""
    certificate = min((FIXTURES / "intermediates").iterdir()).read_bytes()
    kept: list[Value] = []
    for _ in range(revisions):
        kept.append(Ref(document.free))
        catalog = {**document.catalog(), "DSS": {"Certs": [*kept]}}
        changes = {document.free: Stream(certificate), document.root: catalog}
        document = append(document, changes, Style(lead=b"\n"))
    return document
