"""Cases of certificate policies (PKITS 4.8 to 4.12; RFC 5280, 6.1.2 to 6.1.5)."""

from __future__ import annotations

from collections.abc import Sequence

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from tests.pkits.judges import Case
from tests.pkits.paths import case as row
from tests.trust.pki import Extension, Spec, leaf

ANY, ONE, TWO = "2.5.29.32.0", "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2"


def policies(*oids: str) -> list[Extension]:
    """Return a certificatePolicies extension."""
    found = [x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in oids]
    return [(x509.CertificatePolicies(found), False)] if found else []


def required(after: int | None = 0, *, mapping: int | None = None) -> Extension:
    """Return policyConstraints: an explicit policy required, or mapping inhibited."""
    return x509.PolicyConstraints(after, mapping), True


def inhibited(after: int = 0) -> Extension:
    """Return inhibitAnyPolicy."""
    return x509.InhibitAnyPolicy(after), True


def mapped(*pairs: tuple[str, str]) -> Extension:
    """Return policyMappings, issuer's domain to subject's."""
    value = asn1_x509.PolicyMappings(
        [{"issuer_domain_policy": a, "subject_domain_policy": b} for a, b in pairs]
    )
    return x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.33"), value.dump()), True


def case(
    section: str, *rows: Sequence[Extension], end: Sequence[Extension] = (), holds: bool = True
) -> Case:
    """Return a case of CAs with these extensions and an end entity with its own."""
    specs = [Spec(f"CA {i}", extra=[*extra]) for i, extra in enumerate(rows)]
    return row(section, *specs, end=leaf(extra=[*end]), holds=holds)


CASES: dict[str, Case] = {
    "same policy, none required": case("4.8", policies(ONE), end=policies(ONE)),
    "different policies, none required": case("4.8", policies(ONE), end=policies(TWO)),
    "same policy, required": case("4.8", [required(), *policies(ONE)], end=policies(ONE)),
    "different policies, required": case(
        "4.8", [required(), *policies(ONE)], end=policies(TWO), holds=False
    ),
    "no policy in the middle, required": case(
        "4.8", [required(), *policies(ONE)], [], end=policies(ONE), holds=False
    ),
    "any policy above": case("4.8", [required(), *policies(ANY)], end=policies(ONE)),
    "any policy in the end entity": case("4.8", [required(), *policies(ONE)], end=policies(ANY)),
    "one of two": case("4.8", [required(), *policies(ONE, TWO)], end=policies(TWO)),
    "required and nowhere": case("4.9", [required()], holds=False),
    "required after five, chain of two": case("4.9", [required(5)], []),
    "required after one, chain of three": case("4.9", [required(1)], [], [], holds=False),
    "required below by a lower CA": case(
        "4.9", [required(4), *policies(ONE)], [required(0), *policies(ONE)], end=[], holds=False
    ),
    "mapped": case("4.10", [required(), *policies(ONE), mapped((ONE, TWO))], end=policies(TWO)),
    "mapped, end entity in the old domain": case(
        "4.10", [required(), *policies(ONE), mapped((ONE, TWO))], end=policies(ONE), holds=False
    ),
    "mapped to any policy": case(
        "4.10", [required(), *policies(ONE), mapped((ONE, ANY))], end=policies(TWO), holds=False
    ),
    "mapped from any policy": case(
        "4.10", [required(), *policies(ONE), mapped((ANY, TWO))], end=policies(TWO), holds=False
    ),
    "mapping inhibited": case(
        "4.11",
        [required(0, mapping=0), *policies(ONE)],
        [*policies(ONE), mapped((ONE, TWO))],
        end=policies(TWO),
        holds=False,
    ),
    "mapping inhibited one later": case(
        "4.11",
        [required(0, mapping=1), *policies(ONE)],
        [*policies(ONE), mapped((ONE, TWO))],
        end=policies(TWO),
    ),
    "any policy inhibited": case(
        "4.12", [required(), inhibited(), *policies(ONE)], end=policies(ANY), holds=False
    ),
    "any policy inhibited, named": case(
        "4.12", [required(), inhibited(), *policies(ONE)], end=policies(ONE)
    ),
    "any policy inhibited one later": case(
        "4.12", [required(), inhibited(1), *policies(ONE)], policies(ANY), end=policies(ONE)
    ),
}
