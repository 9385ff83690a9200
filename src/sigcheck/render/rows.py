"""The lines of a signature's card: what TT 15/2025, Article 6.4 asks to be shown, and why not."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sigcheck.model.evidence import ChangeClass, Evidence, SignerKind, Tier
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.report import SignatureReport, TimestampReport
from sigcheck.render.facts import best_timestamp, changes_level, failed, passed
from sigcheck.render.subjects import common_name
from sigcheck.render.times import local
from sigcheck.render.words import Words


class Tone(StrEnum):
    """How a line should strike the eye."""

    PLAIN = "plain"
    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


class Row(Struct, frozen=True):
    """A label and what stands beside it."""

    label: str
    text: str
    tone: Tone = Tone.PLAIN


def rows(signature: SignatureReport, words: Words) -> list[Row]:
    """Return who, on whose behalf, by which certificate, when, over what and how sound."""
    evidence = signature.evidence
    label = words.label
    return [
        Row(label("signer"), who(evidence, words)),
        Row(label("managing_unit"), managing_unit(evidence) or label("unknown")),
        Row(label("certificate"), _certificate(signature, words), _tier_tone(evidence)),
        Row(label("signing_time"), signing_times(signature, words)),
        Row(label("covers"), _covers(signature, words)),
        _result(signature, words),
    ]


def who(evidence: Evidence, words: Words) -> str:
    """Return the signer's name, e-mail, title and kind."""
    signer = evidence.signer
    name = signer.common_name or words.label("unknown_signer")
    address = f"{name} <{signer.email}>" if signer.email else name
    kind = "" if signer.kind is SignerKind.UNKNOWN else words.name("kind", signer.kind)
    named = ", ".join(part for part in (address, signer.title) if part)
    return f"{named} ({kind})" if kind else named


def managing_unit(evidence: Evidence) -> str:
    """Return the unit that manages the certificate: OU and O of its subject, else L."""
    signer = evidence.signer
    units = dict.fromkeys(u for u in (signer.organizational_unit, signer.organization) if u)
    return ", ".join(units) or signer.locality


def tier(evidence: Evidence) -> Tier:
    """Return the tier of the anchor the path ends in."""
    anchor = evidence.path.anchor if evidence.path else None
    return anchor.tier if anchor else Tier.UNTRUSTED


def tier_name(evidence: Evidence, words: Words) -> str:
    """Return under whose authority the path ends; a root nobody pinned vouches for itself only."""
    return words.name("tier", _tier_key(evidence))


def _tier_key(evidence: Evidence) -> str:
    found = tier(evidence)
    anchor = evidence.path.anchor if evidence.path else None
    return "own" if anchor and found is Tier.PUBLIC and anchor.self_made else found.value


def _tier_tone(evidence: Evidence) -> Tone:
    return Tone.PLAIN if tier(evidence) in (Tier.GOVERNMENT, Tier.PUBLIC) else Tone.DOUBT


def _certificate(signature: SignatureReport, words: Words) -> str:
    evidence = signature.evidence
    certificate = evidence.certificate
    if certificate is None:
        return words.label("no_certificate")
    return words.label(
        _certificate_label(signature),
        issuer=common_name(certificate.issuer),
        tier=_tier_key(evidence),
        start=local(certificate.not_before).date(),
        end=local(certificate.not_after).date(),
    )


def _certificate_label(signature: SignatureReport) -> str:
    if tier(signature.evidence) is Tier.UNTRUSTED:
        return "certificate_line_untrusted"  # whose name the issuer bears, nobody has proven
    expired = failed(signature, "PA-EXPIRED-SINCE")
    return "certificate_line_expired" if expired else "certificate_line"


def signing_times(signature: SignatureReport, words: Words) -> str:
    """Return the time the signer claims and the time that is proven."""
    claimed = signature.evidence.dictionary.claimed_time
    said = words.label("claimed", time=claimed) if claimed else words.label("no_time")
    return f"{said}; {_stamped(signature, words)}"


def _stamped(signature: SignatureReport, words: Words) -> str:
    found = best_timestamp(signature)
    if found is None or found[0].time is None:
        covered = signature.evidence.covered_by_document_timestamp
        return words.label("document_stamped" if covered else "no_timestamp")
    return words.label(_worth(found[1]), time=found[0].time)


def _worth(report: TimestampReport) -> str:
    if report.indication is Indication.TOTAL_PASSED:
        return "stamped"
    provisional = report.sub_indication is SubIndication.TRY_LATER
    return "stamped_provisional" if provisional else "stamped_refused"


def _covers(signature: SignatureReport, words: Words) -> str:
    evidence = signature.evidence
    covered = words.say(
        "coverage",
        signature.coverage.value,
        revision=evidence.revision,
        revisions=evidence.revision_count,
    )
    return f"{covered}; {words.label('since', changes=_changes(signature, words))}"


def _changes(signature: SignatureReport, words: Words) -> str:
    level = words.name("changes_level", changes_level(signature))
    counted = {c: n for c, n in _counts(signature.evidence).items() if n}
    if len(counted) > 1:
        counted.pop(ChangeClass.EXTENSION, None)  # book-keeping that every update brings
    kinds = [_counted(words.name("change", c), c, n) for c, n in counted.items()]
    return f"{level}: {', '.join(kinds)}" if kinds else level


def _counted(name: str, change: ChangeClass, count: int) -> str:
    return name if change is ChangeClass.EXTENSION else f"{name} ({count})"


def _counts(evidence: Evidence) -> dict[ChangeClass, int]:
    """Count what a reader would count: fields for signatures, places for the rest."""
    places: dict[ChangeClass, set[str]] = {change: set() for change in ChangeClass}
    for item in evidence.changes:
        place = item.field if item.change is ChangeClass.SIGNATURE else item.field or item.path
        if place:
            places[item.change].add(place)
    return {change: len(found) for change, found in places.items()}


def _result(signature: SignatureReport, words: Words) -> Row:
    integrity, first = integrity_of(signature)
    validity, second = validity_of(signature)
    tone = max(first, second, key=list(Tone).index)
    text = f"{words.label(integrity)}; {words.label('when_signed', status=words.label(validity))}"
    return Row(words.label("result"), text, tone)


def integrity_of(signature: SignatureReport) -> tuple[str, Tone]:
    """Return the label that says whether the signed content is as it was signed."""
    if failed(signature, "CR-DIGEST-MATCHES"):
        return "altered", Tone.BAD
    if failed(signature, "CR-SIGNATURE-VERIFIES", "CR-ALGORITHMS-AGREE"):
        return "value_wrong", Tone.BAD
    if not passed(signature, "CR-SIGNATURE-VERIFIES", "CR-DIGEST-MATCHES"):
        return "integrity_unknown", Tone.DOUBT
    whole = passed(signature, "FC-BYTERANGE-START", "FC-COVERAGE-REVISION", "FC-CONTENTS-OWN")
    return ("intact", Tone.GOOD) if whole else ("partly_protected", Tone.DOUBT)


def validity_of(signature: SignatureReport) -> tuple[str, Tone]:
    """Return the label that says whether the certificate was in force when signing."""
    if failed(signature, "RV-SIGNER-GOOD", "RV-ON-HOLD"):
        return "revoked_then", Tone.BAD
    if failed(signature, "PA-VALIDITY-BEGUN", "PA-VALIDITY-LASTS"):
        return "not_valid_then", Tone.BAD
    if not passed(signature, "PA-VALIDITY-BEGUN", "PA-VALIDITY-LASTS"):
        return "validity_unknown", Tone.DOUBT
    known = passed(signature, "RV-STATUS-KNOWN", "RV-SIGNER-GOOD")
    return ("valid_then", Tone.GOOD) if known else ("valid_revocation_unknown", Tone.DOUBT)
