"""Cases of revocation lists (PKITS 4.4, 4.5, 4.7, 4.14, 4.15; RFC 5280, 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509

from tests.pkits.judges import ROOT, Case
from tests.trust import pki
from tests.trust.pki import (
    HELD,
    NOW,
    ODD,
    STOLEN,
    Extension,
    Listed,
    Made,
    Spec,
    leaf,
    make,
    point,
    scope,
)

POINT, OTHER = "http://example.test/ca.crl", "http://example.test/other.crl"
SERIAL = 4711
BEFORE, YESTERDAY = NOW - timedelta(days=90), NOW - timedelta(days=1)


_DELTAS = x509.DistributionPoint([x509.UniformResourceIdentifier(OTHER)], None, None, None)
FRESHEST: Extension = (x509.FreshestCRL([_DELTAS]), False)
"""Says that there are deltas: openssl looks at none otherwise."""
CA = make(Spec("CA", serial=17), ROOT)
END = make(leaf(serial=SERIAL, extra=[point(POINT), FRESHEST]), CA)
TOP = pki.crl(ROOT, at=YESTERDAY)


def listed(serial: int = SERIAL, *extra: Extension, since: timedelta | None = None) -> Listed:
    """Return one entry, of ten days ago unless said otherwise."""
    return Listed(serial, NOW - (since or timedelta(days=10)), extra)


def case(*lists: bytes, section: str = "4.4", holds: bool = True, end: Made = END) -> Case:
    """Return a case of these lists and the root's own."""
    return Case(section, end, [CA], lists=[TOP, *lists], holds=holds)


def made(*entries: Listed, extra: Sequence[Extension] = (), **options: object) -> bytes:
    """Return the CA's list of yesterday."""
    settings = {"at": YESTERDAY, "extra": extra, **options}
    return pki.crl(CA, entries, **settings)  # type: ignore[arg-type]


def _numbered(number: int, *more: Extension) -> list[Extension]:
    return [(x509.CRLNumber(number), False), *more]


def _delta(base: int) -> Extension:
    return x509.DeltaCRLIndicator(base), True


def _revoked_ca() -> Case:
    top = pki.crl(ROOT, [listed(17)], at=YESTERDAY)
    return Case("4.4", END, [CA], lists=[top, made()], holds=False)


def _no_crl_sign() -> Case:
    ca = make(Spec("CA", usage=pki.usage(key_cert_sign=True)), ROOT)
    end = make(leaf(), ca)
    return Case("4.7", end, [ca], lists=[TOP, pki.crl(ca, at=YESTERDAY)], holds=False)


def _separate_keys(*, certified: bool) -> Case:
    """Return a CA that signs lists with a key of its own, certified by its root or by nobody."""
    signing = pki.usage(crl_sign=True)
    lister = make(Spec("CA", key="danh sách", usage=signing), ROOT)
    end = make(leaf(), CA)
    lists = [TOP, pki.crl(lister, at=YESTERDAY)]
    between = [CA, lister] if certified else [CA]
    return Case("4.4", end, between, lists=lists, holds=certified)


def _indirect(*, named: bool, revoked: bool = False) -> Case:
    """Return an end entity whose list is another CA's."""
    lister = make(Spec("CA danh sách"), ROOT)
    issuer = lister.x509.subject if named else None
    end = make(leaf(serial=SERIAL, extra=[point(POINT, issuer)]), CA)
    names = x509.CertificateIssuer([x509.DirectoryName(CA.x509.subject)])
    entries = [listed(SERIAL, (names, True))] if revoked else []
    full = [x509.UniformResourceIdentifier(POINT)]
    extra = [scope(indirect_crl=True, full_name=full)]
    data = pki.crl(lister, entries, extra=extra, at=YESTERDAY)
    return Case("4.14", end, [CA, lister], lists=[TOP, data], holds=named and not revoked)


def _rolled_over(*, revoked: bool) -> Case:
    """Return a CA with a new key whose lists are still signed with the old."""
    old = make(Spec("CA đổi khoá", key="cũ", serial=21), ROOT)
    new = make(Spec("CA đổi khoá", key="mới", serial=22), old)
    end = make(leaf(serial=SERIAL), new)
    entries = [listed()] if revoked else []
    lists = [TOP, pki.crl(old, entries, at=YESTERDAY)]
    return Case("4.5", end, [old, new], lists=lists, holds=not revoked)


PLAIN = {
    "nobody listed": case(made()),
    "another number listed": case(made(listed(SERIAL + 1))),
    "end entity listed": case(made(listed()), holds=False),
    "end entity listed for theft": case(made(listed(SERIAL, STOLEN)), holds=False),
    "end entity on hold": case(made(listed(SERIAL, HELD)), holds=False),
    "CA listed": _revoked_ca(),
    "no list of the CA": case(holds=False),
    "no list of the root": Case("4.4", END, [CA], lists=[made()], holds=False),
    "signature of the list wrong": case(made(signer="kẻ lạ"), holds=False),
    "list of another CA": case(pki.crl(make(Spec("CA khác"), ROOT), at=YESTERDAY), holds=False),
    "list out of date": case(made(at=BEFORE), holds=False),
    "list of tomorrow": case(made(at=NOW + timedelta(days=1))),
    "list with an unknown critical extension": case(made(extra=[ODD]), holds=False),
    "entry with an unknown critical extension": case(made(listed(SERIAL, ODD)), holds=False),
    "long serial number": Case(
        "4.4",
        make(leaf(serial=2**152 + 7, extra=[point(POINT)]), CA),
        [CA],
        lists=[TOP, made(listed(2**152 + 7))],
        holds=False,
    ),
    "lists signed with a key of its own": _separate_keys(certified=True),
    "list key nobody certified": _separate_keys(certified=False),
    "cRLSign missing": _no_crl_sign(),
    "new key, lists by the old": _rolled_over(revoked=False),
    "new key, listed by the old": _rolled_over(revoked=True),
}
_FULL = {"full_name": [x509.UniformResourceIdentifier(POINT)]}
_ELSE = {"full_name": [x509.UniformResourceIdentifier(OTHER)]}
_SOME = {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})}

SCOPES = {
    "own distribution point": case(made(extra=[scope(**_FULL)]), section="4.14"),
    "own distribution point, listed": case(
        made(listed(), extra=[scope(**_FULL)]), section="4.14", holds=False
    ),
    "another distribution point": case(made(extra=[scope(**_ELSE)]), section="4.14", holds=False),
    "end entities only": case(made(extra=[scope(only_contains_user_certs=True)]), section="4.14"),
    "CAs only": case(made(extra=[scope(only_contains_ca_certs=True)]), section="4.14", holds=False),
    "attribute certificates only": case(
        made(extra=[scope(only_contains_attribute_certs=True)]), section="4.14", holds=False
    ),
    "some reasons only": case(made(extra=[scope(**_SOME)]), section="4.14", holds=False),
    "some reasons, listed": case(
        made(listed(SERIAL, STOLEN), extra=[scope(**_SOME)]), section="4.14", holds=False
    ),
    "indirect list, named in the certificate": _indirect(named=True),
    "indirect list, listed": _indirect(named=True, revoked=True),
    "indirect list, not named": _indirect(named=False),
}

DELTAS = {
    "delta without a base": case(made(extra=_numbered(5, _delta(4))), section="4.15", holds=False),
    "delta and base, nobody listed": case(
        made(extra=_numbered(4, FRESHEST)), made(extra=_numbered(5, _delta(4))), section="4.15"
    ),
    "listed on the delta": case(
        made(extra=_numbered(4, FRESHEST)),
        made(listed(), extra=_numbered(5, _delta(4))),
        section="4.15",
        holds=False,
    ),
    "listed on the base": case(
        made(listed(), extra=_numbered(4, FRESHEST)),
        made(extra=_numbered(5, _delta(4))),
        section="4.15",
        holds=False,
    ),
    "delta of a later base": case(
        made(extra=_numbered(2, FRESHEST)), made(extra=_numbered(5, _delta(4))), section="4.15"
    ),
}

CASES: dict[str, Case] = {**PLAIN, **SCOPES, **DELTAS}
