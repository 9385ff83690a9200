"""Cases of names, dates, constraints and keys (PKITS 4.1 to 4.7, 4.13, 4.16; RFC 5280, 6.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

from tests.pkits.judges import ROOT, Case
from tests.trust import pki
from tests.trust.pki import NOW, Made, Spec, leaf, make

SECOND = timedelta(seconds=1)
ODD = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
NO_SIGN = pki.usage(crl_sign=True)
BARE_USAGE = pki.usage(digital_signature=True)


def under(*specs: Spec, end: Spec | None = None) -> tuple[Made, list[Made]]:
    """Return an end entity below a row of CAs, and the CAs."""
    issuer, between = ROOT, []
    for spec in specs:
        issuer = make(spec, issuer)
        between.append(issuer)
    return make(end or leaf(), issuer), between


def case(section: str, *specs: Spec, end: Spec | None = None, holds: bool = True) -> Case:
    """Return a case of one row of CAs."""
    last, between = under(*specs, end=end)
    return Case(section, last, between, holds=holds)


def dated(begin: datetime = pki.BEGIN, end: datetime = pki.END) -> dict[str, Any]:
    """Return the dates of a certificate."""
    return {"begin": begin, "end": end}


def _forged(name: str) -> Case:
    """Return a chain in which one certificate is signed by another key."""
    ca = make(Spec("CA"), ROOT, signer="kẻ lạ" if name == "ca" else "")
    end = make(leaf(), ca, signer="kẻ lạ" if name == "end" else "")
    return Case("4.1", end, [ca], holds=False)


SIGNATURES = {
    "all signatures right": case("4.1", Spec("CA")),
    "signature of the CA wrong": _forged("ca"),
    "signature of the end entity wrong": _forged("end"),
}

VALIDITY = {
    "CA not yet valid": case("4.2", Spec("CA", **dated(begin=NOW + SECOND)), holds=False),
    "end entity not yet valid": case(
        "4.2", Spec("CA"), end=leaf(**dated(begin=NOW + SECOND)), holds=False
    ),
    "CA expired": case("4.2", Spec("CA", **dated(end=NOW - SECOND)), holds=False),
    "end entity expired": case("4.2", Spec("CA"), end=leaf(**dated(end=NOW - SECOND)), holds=False),
    "last second of the end entity": case("4.2", Spec("CA"), end=leaf(**dated(end=NOW))),
    "first second of the end entity": case("4.2", Spec("CA"), end=leaf(**dated(begin=NOW))),
    "last second of the CA": case("4.2", Spec("CA", **dated(end=NOW))),
    "begins before 2000": case(
        "4.2", Spec("CA", **dated(begin=datetime(1999, 12, 31, tzinfo=UTC)))
    ),
    "ends after 2050": case("4.2", Spec("CA", **dated(end=datetime(2050, 1, 1, tzinfo=UTC)))),
    "ends in 9999": case(
        "4.2", Spec("CA", **dated(end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)))
    ),
    "CA outlives its root": case("4.2", Spec("CA", **dated(end=datetime(2045, 1, 1, tzinfo=UTC)))),
}


def _name(*parts: tuple[x509.ObjectIdentifier, str], kind: _ASN1Type | None = None) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text, _type=kind) for oid, text in parts])


_PLAIN = ((NameOID.ORGANIZATION_NAME, "Co quan"), (NameOID.COMMON_NAME, "Test CA"))
_SPACED = ((NameOID.ORGANIZATION_NAME, " CO  QUAN "), (NameOID.COMMON_NAME, "test ca"))
_OTHER = ((NameOID.ORGANIZATION_NAME, "Co quan"), (NameOID.COMMON_NAME, "Test CB"))


def _named(subject: x509.Name, issuing: x509.Name, *, holds: bool) -> Case:
    """Return a chain whose end entity spells its issuer in another way."""
    ca = make(Spec("CA", subject=subject), ROOT)
    end = make(leaf(), dataclasses.replace(ca, issuing_name=issuing))
    return Case("4.3", end, [ca], holds=holds)


NAMES = {
    "issuer of another name": _named(_name(*_PLAIN), _name(*_OTHER), holds=False),
    "issuer's attributes in another order": _named(
        _name(*_PLAIN), _name(*reversed(_PLAIN)), holds=False
    ),
    "other capitals and spaces": _named(_name(*_PLAIN), _name(*_SPACED), holds=True),
    "printable and UTF-8 string": _named(
        _name(*_PLAIN, kind=_ASN1Type.UTF8String),
        _name(*_PLAIN, kind=_ASN1Type.PrintableString),
        holds=True,
    ),
    "one attribute more": _named(
        _name(*_PLAIN), _name(*_PLAIN, (NameOID.LOCALITY_NAME, "Long An")), holds=False
    ),
    "key identifiers left out": case("4.3", Spec("CA", identifiers=False)),
    "Vietnamese letters": case("4.3", Spec("Cơ quan chứng thực số Chính phủ")),
}


def _wrong_key_id() -> Case:
    """Return a chain whose end entity names another key of its issuer, but is signed by it."""
    ca = make(Spec("CA"), ROOT)
    other = x509.AuthorityKeyIdentifier.from_issuer_public_key(pki.key("khoá khác").public_key())
    return Case("4.3", make(leaf(identifiers=False, extra=[(other, False)]), ca), [ca], holds=True)


def _loop() -> Case:
    """Return CAs that certify one another and no root above them."""
    stranger = make(Spec("Gốc lạ"))
    a = make(Spec("A"), stranger)
    b = make(Spec("B"), a)
    back = make(Spec("A"), b)
    return Case("4.3", make(leaf(), a), [b, back, a], holds=False)


def _cross() -> Case:
    """Return a path by a cross certificate from the trusted root to another root's key."""
    foreign = make(Spec("Gốc kia"))
    crossed = make(Spec("Gốc kia"), ROOT)
    sub = make(Spec("CA kia"), foreign)
    return Case("4.5", make(leaf(), sub), [sub, crossed])


def _cross_both() -> Case:
    """Return a key with two certificates, of which only one leads to the trusted root."""
    foreign = make(Spec("Gốc kia"))
    dead = make(Spec("CA", key="chung"), foreign)
    good = make(Spec("CA", key="chung"), ROOT)
    return Case("4.5", make(leaf(), dead), [dead, good, foreign])


def _rollover(*, new_with_old: bool) -> Case:
    """Return a CA that changed its key and linked the keys by a self-issued certificate."""
    old = make(Spec("CA", key="cũ"), ROOT)
    if new_with_old:
        new = make(Spec("CA", key="mới"), old)
        return Case("4.5", make(leaf(), new), [old, new])
    fresh = make(Spec("CA", key="mới"), ROOT)
    bridge = make(Spec("CA", key="cũ"), fresh)
    return Case("4.5", make(leaf(), bridge), [fresh, bridge])


LINKS = {
    "authority key identifier of another key": _wrong_key_id(),
    "CAs that certify one another": _loop(),
    "cross certificate": _cross(),
    "one key, two certificates": _cross_both(),
    "new key signed with the old": _rollover(new_with_old=True),
    "old key signed with the new": _rollover(new_with_old=False),
}


def _self_issued(path_length: int, *, more: bool) -> Case:
    """Return a CA with a limit, its own new key below it, and perhaps another CA."""
    old = make(Spec("CA", key="cũ", path_length=path_length), ROOT)
    new = make(Spec("CA", key="mới"), old)
    sub = make(Spec("CA dưới"), new)
    if not more:
        return Case("4.6", make(leaf(), new), [old, new])
    return Case("4.6", make(leaf(), sub), [old, new, sub], holds=path_length > 0)


def _lengths(*lengths: int | None, holds: bool) -> Case:
    return case(
        "4.6", *(Spec(f"CA {i}", path_length=n) for i, n in enumerate(lengths)), holds=holds
    )


BASIC = {
    "no basic constraints": case("4.6", Spec("CA", constraints=False), holds=False),
    "CA false": case("4.6", Spec("CA", ca=False), holds=False),
    "limit of none, end entity below": _lengths(0, holds=True),
    "limit of none, CA below": _lengths(0, None, holds=False),
    "limit of one, CA below": _lengths(1, None, holds=True),
    "limit of one, two CAs below": _lengths(1, None, None, holds=False),
    "limits that shrink": _lengths(3, 2, 1, 0, holds=True),
    "a wider limit below a narrow one": _lengths(0, 4, holds=False),
    "limit of six, six CAs": _lengths(6, 5, 4, 3, 2, 1, 0, holds=True),
    "self-issued below a limit of none": _self_issued(0, more=False),
    "self-issued and a CA below a limit of none": _self_issued(0, more=True),
    "self-issued and a CA below a limit of one": _self_issued(1, more=True),
    "end entity that is a CA": case("4.6", Spec("CA"), end=Spec("Đầu cuối", path_length=0)),
}

USAGE = {
    "keyCertSign missing": case("4.7", Spec("CA", usage=NO_SIGN), holds=False),
    "digitalSignature only": case("4.7", Spec("CA", usage=BARE_USAGE), holds=False),
    "no key usage": case("4.7", Spec("CA", usage=None)),
    "keyCertSign missing in the upper CA": case(
        "4.7", Spec("CA", usage=NO_SIGN), Spec("CA hai"), holds=False
    ),
}

PRIVATE = {
    "unknown extension": case("4.16", Spec("CA"), end=leaf(extra=[(ODD, False)])),
    "unknown critical extension": case(
        "4.16", Spec("CA"), end=leaf(extra=[(ODD, True)]), holds=False
    ),
    "unknown critical extension of the CA": case(
        "4.16", Spec("CA", extra=[(ODD, True)]), holds=False
    ),
}


def _directory(*parts: str) -> x509.DirectoryName:
    """Return the beginning of the names our certificates have: C=VN, then O."""
    rdns = pki.dn("x").rdns[:2]
    return x509.DirectoryName(x509.Name(rdns[: len(parts) or 2]))


def _else() -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "LA")]))


def _constrained(
    permitted: Sequence[x509.GeneralName] | None,
    excluded: Sequence[x509.GeneralName] | None,
    *,
    holds: bool,
    alternative: x509.GeneralName | None = None,
    deep: bool = False,
) -> Case:
    limits = x509.NameConstraints(permitted, excluded)
    rows = [Spec("CA", extra=[(limits, True)]), *([Spec("CA dưới")] if deep else [])]
    extra = [(x509.SubjectAlternativeName([alternative]), False)] if alternative else []
    return case("4.13", *rows, end=leaf(extra=extra), holds=holds)


_MAIL = x509.RFC822Name("ubnd@longan.gov.vn")
_HOST, _URI = x509.DNSName("ca.longan.gov.vn"), x509.UniformResourceIdentifier

CONSTRAINTS = {
    "name inside": _constrained([_directory()], None, holds=True),
    "name outside": _constrained([_else()], None, holds=False),
    "name excluded": _constrained(None, [_directory()], holds=False),
    "another name excluded": _constrained(None, [_else()], holds=True),
    "one of two trees": _constrained([_else(), _directory()], None, holds=True),
    "inside and excluded": _constrained([_directory("C")], [_directory()], holds=False),
    "name inside, two CAs below": _constrained([_directory()], None, holds=True, deep=True),
    "name outside, two CAs below": _constrained([_else()], None, holds=False, deep=True),
    "mail of the host": _constrained(
        [x509.RFC822Name("longan.gov.vn")], None, alternative=_MAIL, holds=True
    ),
    "mail of another host": _constrained(
        [x509.RFC822Name("tiengiang.gov.vn")], None, alternative=_MAIL, holds=False
    ),
    "mail of a subdomain": _constrained(
        [x509.RFC822Name(".gov.vn")], None, alternative=_MAIL, holds=True
    ),
    "mail excluded": _constrained(
        None, [x509.RFC822Name("longan.gov.vn")], alternative=_MAIL, holds=False
    ),
    "host inside": _constrained([x509.DNSName("gov.vn")], None, alternative=_HOST, holds=True),
    "host outside": _constrained([x509.DNSName("com.vn")], None, alternative=_HOST, holds=False),
    "host excluded": _constrained(None, [x509.DNSName("gov.vn")], alternative=_HOST, holds=False),
    "constraint on a form the name lacks": _constrained(
        [x509.DNSName("gov.vn")], None, alternative=_MAIL, holds=True
    ),
    "URI inside": _constrained(
        [_URI(".gov.vn")], None, alternative=_URI("http://ca.gov.vn/x"), holds=True
    ),
    "URI outside": _constrained(
        [_URI(".com.vn")], None, alternative=_URI("http://ca.gov.vn/x"), holds=False
    ),
}

CASES: dict[str, Case] = {
    **SIGNATURES,
    **VALIDITY,
    **NAMES,
    **LINKS,
    **BASIC,
    **USAGE,
    **PRIVATE,
    **CONSTRAINTS,
}
