"""The best signature time: the earliest moment at which the signature provably existed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from sigcheck.model.evidence import ProofOfExistence, TimeBasis
from sigcheck.model.indication import Indication, SubIndication


class BestTime(Struct, frozen=True):
    """A moment and what it rests on."""

    moment: datetime
    basis: TimeBasis


class Proof(Struct, frozen=True):
    """A time-stamp's statement with its verdict."""

    time: datetime | None
    indication: Indication
    sub_indication: SubIndication | None

    @property
    def basis(self) -> TimeBasis:
        """Return what this proof is worth."""
        if self.time is None or not is_proof(self.indication, self.sub_indication):
            return TimeBasis.UNPROVEN
        passed = self.indication is Indication.TOTAL_PASSED
        return TimeBasis.PROVEN if passed else TimeBasis.PROVISIONAL


def is_proof(indication: Indication, sub_indication: SubIndication | None) -> bool:
    """Say whether a time-stamp with this verdict tells a time, proven or provisional.

    Provisional: sound in every respect but that the TSA's status could not be asked. The
    signature is judged at that time, yet cannot pass on it (TM-PROVISIONAL).
    """
    passed = indication is Indication.TOTAL_PASSED
    return passed or sub_indication is SubIndication.TRY_LATER


def best_signature_time(proofs: Iterable[Proof], validation_time: datetime) -> BestTime:
    """Return the earliest proven time, else the earliest provisional one, else now.

    EN 319 102-1, 5.5.4 (1) and (4): best-signature-time starts as the current time and is
    lowered by each valid time-stamp; a stamp from the future proves nothing.
    """
    usable = [p for p in proofs if p.time is not None and p.time <= validation_time]
    for basis in (TimeBasis.PROVEN, TimeBasis.PROVISIONAL):
        times = [p.time for p in usable if p.basis is basis and p.time]
        if times:
            return BestTime(min(times), basis)
    return BestTime(validation_time, TimeBasis.UNPROVEN)


def existed_by(proofs: Iterable[ProofOfExistence], validation_time: datetime) -> datetime:
    """Return the earliest moment by which something before all these proofs existed.

    EN 319 102-1, 5.6.2.3: without any proof, an object is known to exist at the validation time.
    """
    return min((proof.time for proof in proofs), default=validation_time)
