"""report.xml is valid by lxml against the schema, and the schema is a part of ETSI's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from sigcheck.archive.bag import XML
from sigcheck.archive.replay import read_package
from sigcheck.render import RenderOptions, Words, renderer
from tests.archive.samples import MODEL, VECTORS, judged, package, written
from tests.fixtures.vectors import CASES, name

FOLDER = Path(__file__).parent / "schema"
XS = "{http://www.w3.org/2001/XMLSchema}"
VR = "{http://uri.etsi.org/19102/v1.4.1#}"


LATER = {("SignatureValidationReportType", "OtherInformation")}
"""Came after the version of the schema that pyHanko has: the last of the sequence, optional."""


@cache
def schema() -> etree.XMLSchema:
    """Return the schema of what we write."""
    return etree.XMLSchema(etree.parse(FOLDER / "ts119102-2-written.xsd"))


def report_xml(case: Path) -> etree._Element:
    """Return the validation report on a vector's document."""
    text = renderer("xml")(judged(case)[0], Words.load("vi"), RenderOptions())
    return etree.fromstring(text.encode("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_vectors_report_is_valid(case: Path) -> None:
    """The report on each vector validates in lxml, and every reference leads to an object."""
    root = report_xml(case)
    told = [str(e.get("VOReference")) for e in root.iter() if e.get("VOReference")]
    known = {str(e.get("id")) for e in root.iter() if e.get("id")}

    schema().assertValid(root)
    assert {one for several in told for one in several.split()} <= known


def test_several_documents_make_one_valid_report() -> None:
    """Identifiers stay distinct where two documents have signatures of the same number."""
    names = ("2691-ct-ubnd", "2691-ct-ubnd-production", "2691-ct-ubnd")
    first, *others = [judged(VECTORS / "long-an" / one)[0] for one in names]
    text = renderer("xml")(first.merged_with(others), Words.load("en"), RenderOptions())

    schema().assertValid(etree.fromstring(text.encode("utf-8")))


def test_the_schema_can_say_no() -> None:
    """A report with an element out of order, or an unknown one, is not valid."""
    root = report_xml(MODEL)
    status = root.find(f".//{VR}SignatureValidationStatus")
    assert status is not None
    status.append(etree.Element(f"{VR}MainIndication"))

    assert not schema().validate(root)


def test_the_report_of_a_package_is_valid(tmp_path: Path) -> None:
    """What lies in a package as report.xml is the valid report."""
    found = read_package(written(tmp_path, package()))

    schema().assertValid(etree.fromstring(found.files[XML]))


@pytest.mark.parametrize("text", ["</x>&\x00\ud800", "CCCD:012345678901", "\u202e]]>", "\n \t"])
def test_untrusted_text_keeps_the_report_valid(text: str) -> None:
    """Names, reasons and file names of any kind leave a valid report behind, numbers masked."""
    report, _ = judged(MODEL)
    document = report.document
    first, *rest = document.signatures
    words = replace(first.evidence.dictionary, reason=text, name=text, location=text, filter=text)
    evidence = replace(
        first.evidence,
        field=text,
        dictionary=words,
        signer=replace(first.evidence.signer, common_name=text),
    )
    nasty = replace(
        document, path=text, signatures=(replace(first, evidence=evidence, act=text), *rest)
    )
    told = renderer("xml")(replace(report, documents=(nasty,)), Words.load("en"), RenderOptions())

    schema().assertValid(etree.fromstring(told.encode("utf-8")))
    assert "012345678901" not in told


# --- the schema itself, held against ETSI's -------------------------------------------------------


@pytest.fixture(scope="module")
def generated() -> Iterator[ModuleType]:
    """Return the classes pyHanko generated from ETSI's schema (of V1.2.1)."""
    stand_in = ModuleType("xsdata.models.datatype")
    stand_in.__getattr__ = lambda _: object  # type: ignore[method-assign]
    names = {n: ModuleType(n) for n in ("xsdata", "xsdata.models")}
    with pytest.MonkeyPatch.context() as patch:
        for one, module in {**names, stand_in.__name__: stand_in}.items():
            patch.setitem(sys.modules, one, module)
        yield importlib.import_module("pyhanko.generated.etsi.ts_11910202")


def _types() -> dict[str, etree._Element]:
    root = etree.parse(FOLDER / "ts119102-2-written.xsd").getroot()
    own = {"DigestAlgAndValueType", "AnyType"}  # of XAdES, or without structure
    found = {str(t.get("name")): t for t in root.iter(f"{XS}complexType")}
    return {one: kind for one, kind in found.items() if one not in own}


def _elements(kind: etree._Element) -> list[etree._Element]:
    return [e for e in kind.iter(f"{XS}element") if e.get("name")]


@pytest.mark.parametrize("type_name", sorted(_types()))
def test_our_schema_is_a_part_of_etsis(type_name: str, generated: ModuleType) -> None:
    """Each type has elements of ETSI's type only, in its order; what that requires is required."""
    theirs = getattr(generated, type_name)
    known: dict[str, Any] = {
        f.metadata.get("name", f.name): f.metadata
        for f in fields(theirs)
        if f.metadata["type"] == "Element"
    }
    ours = _elements(_types()[type_name])
    ours = [e for e in ours if (type_name, e.get("name")) not in LATER]
    names = [str(e.get("name")) for e in ours]

    assert set(names) <= known.keys()
    if _types()[type_name].find(f"{XS}choice") is None and type_name != "SignersDocumentType":
        assert names == sorted(names, key=[*known].index)
        required = {one for one, data in known.items() if data.get("required")}
        assert required <= {str(e.get("name")) for e in ours if e.get("minOccurs") != "0"}
    for element in ours:
        many = "max_occurs" in known[str(element.get("name"))] or _is_list(theirs, element)
        assert many or element.get("maxOccurs") != "unbounded"


def _is_list(theirs: type[Any], element: etree._Element) -> bool:
    wanted = element.get("name")
    found = next(f for f in fields(theirs) if f.metadata.get("name") == wanted)
    return "list" in str(found.type) or "tuple" in str(found.type)
