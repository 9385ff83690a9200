"""One case of a path, and the three judges it is put to."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError

from sigcheck.checks.times import bad_answers, fresh_answer, steps_to_check
from sigcheck.evidence.trust import RevocationSources, attach_revocation, build_path
from sigcheck.model.evidence import PathFacts, Purpose
from tests.trust import pki
from tests.trust.pki import Made, store


@dataclass(frozen=True)
class Case:
    """An end entity, the certificates and lists at hand, the trusted root, and who is right."""

    section: str
    """Section of the NIST test suite (PKITS 1.0.1, 4.x) whose idea the case follows."""
    end: Made
    between: Sequence[Made] = ()
    root: Made | None = None
    lists: Sequence[bytes] = field(default=())
    """CRLs; where there are any, every certificate below the root needs a good status."""
    holds: bool = True
    """What RFC 5280 makes of it."""


ROOT = pki.make(pki.Spec("Gốc"))


def ours(case: Case) -> bool:
    """Return whether our path layer, its dates and its status accept the case."""
    trust, pool = store(case.root or ROOT), [c.ours for c in case.between]
    facts = build_path(case.end.ours, pool, trust, Purpose.SIGNING)
    if facts.anchor is None or facts.problems or not _in_force(facts):
        return False
    if not case.lists:
        return True
    sources = RevocationSources.of([("list", data) for data in case.lists], (), pool)
    path = attach_revocation(facts, sources, trust)
    return all(
        fresh_answer(step, pki.NOW) is not None and not bad_answers(step, pki.NOW)
        for step in steps_to_check(path)
    )


def _in_force(facts: PathFacts) -> bool:
    certificates = [step.certificate for step in facts.steps[:-1]]
    return all(c.not_before <= pki.NOW <= c.not_after for c in certificates)


def openssl(case: Case, folder: Path) -> bool:
    """Return whether `openssl verify` accepts the case."""
    options = ["-attime", str(int(pki.NOW.timestamp())), "-extended_crl"]
    options += ["-policy_check", "-policy", "2.5.29.32.0"]
    options += ["-CAfile", str((case.root or ROOT).save(folder, "root"))]
    if case.between:
        pems = [c.save(folder, f"c{i}").read_bytes() for i, c in enumerate(case.between)]
        (folder / "pool.pem").write_bytes(b"".join(pems))
        options += ["-untrusted", str(folder / "pool.pem")]
    if case.lists:
        lists = [pki.pem(data) for data in case.lists]
        (folder / "crls.pem").write_bytes(b"".join(lists))
        options += ["-CRLfile", str(folder / "crls.pem"), "-crl_check_all", "-use_deltas"]
    command = ["openssl", "verify", *options, str(case.end.save(folder, "end"))]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def certvalidator(case: Case) -> bool:
    """Return whether certvalidator accepts the case."""
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load((case.root or ROOT).der)],
        moment=pki.NOW,
        crls=[asn1_crl.CertificateList.load(data) for data in case.lists],
        revocation_mode="require" if case.lists else "soft-fail",
        time_tolerance=timedelta(0),
    )
    others = [asn1_x509.Certificate.load(c.der) for c in case.between]
    end = asn1_x509.Certificate.load(case.end.der)
    validator = CertificateValidator(end, others, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage(set()))  # type: ignore[no-untyped-call]
    except (ValidationError, PathBuildingError, ValueError):
        return False
    return True
