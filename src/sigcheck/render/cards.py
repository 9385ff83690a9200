"""One signature in words: what TT 15/2025, Article 6.4 [S] wants shown, and why not valid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from sigcheck.model.evidence import (
    Act,
    ChangeClass,
    Evidence,
    PathFacts,
    Permission,
    SignatureKind,
    SignerKind,
    Tier,
    TimeBasis,
)
from sigcheck.model.finding import Block, Finding, Level, Status
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.report import SignatureReport, TimestampReport
from sigcheck.render.findings import (
    LEADING,
    best_timestamp,
    changes_level,
    deciding,
    failed,
    passed,
    refuted,
    unanswered_at,
)
from sigcheck.render.layout import RenderOptions, Row, Tone, gravest
from sigcheck.render.sanitize import mask, plain
from sigcheck.render.values import common_name, local
from sigcheck.render.words import Words

ALWAYS_SHOWN = frozenset(
    {
        "AD-REASON-MATCHES",
        "AD-TRIAL-TEXT",
        "RV-REVOKED-LATER",
        "TM-TOKEN-LABEL",
        "TS-PRESENT",
    }
)
"""Notes that answer a question a clerk would have; the others are details."""
EVERYTHING = 2
"""`RenderOptions.verbose` from which every check is shown."""


class Card(Struct, frozen=True):
    """One signature in words, untrusted text made plain and identity numbers masked."""

    number: int
    title: str
    verdict: str
    indication: Indication
    act: str
    """Empty while the act is unknown."""
    rows: tuple[Row, ...]
    why: tuple[str, ...]
    """What keeps it from passing, the deciding sentence first."""
    notes: tuple[str, ...]
    """Warnings, and notes that answer a question a clerk would have."""
    asides: tuple[str, ...] = ()
    """All other notes; empty unless every check is wanted."""
    details: tuple[Row, ...] = ()
    """Evidence and every check; empty unless every check is wanted."""


def card(signature: SignatureReport, words: Words, options: RenderOptions) -> Card:
    """Return a signature in words."""
    number = signature.evidence.index + 1
    everything = options.verbose >= EVERYTHING
    return Card(
        number=number,
        title=words.label("signature", number=number),
        verdict=words.name("verdict", signature.indication),
        indication=signature.indication,
        act=act_words(signature, words),
        rows=_shown_rows((*_leading(signature, words), *_rows(signature, words)), options),
        why=_why(signature, words, options),
        notes=sentences(_notes(signature), words, options),
        asides=sentences(_asides(signature), words, options) if everything else (),
        details=_shown_rows(_details(signature, words), options) if everything else (),
    )


def act_words(signature: SignatureReport, words: Words) -> str:
    """Return the words for a signature's act, in every format; "" while the act is unknown.

    The rule that decided on the act may say more than its name, such as a seal put by a person;
    a time-stamp over the document is no act of anybody.
    """
    if signature.evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return words.name("signature_kind", signature.evidence.kind)
    if special := words.table("act_special").get(signature.act_reason):
        return special
    return "" if signature.act == Act.UNKNOWN else words.name("act", signature.act)


def shown(text: str, options: RenderOptions) -> str:
    """Return untrusted text made plain, identity numbers masked unless asked for."""
    clean = plain(text)
    return clean if options.full else mask(clean)


def sentences(findings: Iterable[Finding], words: Words, options: RenderOptions) -> tuple[str, ...]:
    """Return what findings say."""
    return tuple(shown(words.message(finding), options) for finding in findings)


def _shown_rows(rows: Iterable[Row], options: RenderOptions) -> tuple[Row, ...]:
    return tuple(Row(row.label, shown(row.text, options), row.tone) for row in rows)


def _why(signature: SignatureReport, words: Words, options: RenderOptions) -> tuple[str, ...]:
    if signature.indication is Indication.TOTAL_PASSED:
        return ()
    findings = deciding(signature)
    if not findings:
        return (words.label("unanswered"),)
    permission = signature.evidence.dictionary.permission
    why = sentences(findings, words, options)
    if findings[0].block is Block.CHANGES and permission is not Permission.APPROVAL:
        return (why[0], words.label("not_permitted", permission=permission.value), *why[1:])
    return why


def _leading(signature: SignatureReport, words: Words) -> list[Row]:
    found = unanswered_at(signature.findings, Level.WARN)
    texts = (words.message(f) for f in found if f.code in LEADING)
    return [Row(words.label("note"), text, Tone.DOUBT) for text in texts]


def _notes(signature: SignatureReport) -> list[Finding]:
    found = unanswered_at(signature.findings, Level.WARN, Level.NOTE)
    warned = [f for f in found if f.level is Level.WARN or f.code in ALWAYS_SHOWN]
    return [f for f in warned if f.code not in LEADING or f.level is not Level.WARN]


def _asides(signature: SignatureReport) -> list[Finding]:
    return [f for f in unanswered_at(signature.findings, Level.NOTE) if f.code not in ALWAYS_SHOWN]


# --- rows of a card -----------------------------------------------------------------------------


def _rows(signature: SignatureReport, words: Words) -> list[Row]:
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


def signer_line(signature: SignatureReport, words: Words) -> str:
    """Return the signer's name and innermost unit; a name nobody vouches for is called so."""
    evidence = signature.evidence
    signer = evidence.signer
    name = signer.common_name or words.label("unknown_signer")
    unit = signer.organizational_unit or signer.organization or signer.locality
    named = unit if name.casefold() in unit.casefold() else ", ".join(filter(None, (name, unit)))
    unproven = signer.common_name and evidence.tier is Tier.UNTRUSTED
    return words.label("unproven", name=named) if unproven else named


def tier_name(evidence: Evidence, words: Words) -> str:
    """Return under whose authority the path ends, and whose word that is.

    A root that nobody pinned vouches for itself only; a list of the user's is the user's word.
    """
    anchor = evidence.path.anchor if evidence.path else None
    if anchor is not None and anchor.tier is Tier.PUBLIC and anchor.self_made:
        return words.name("tier", "own")
    tier = words.name("tier", evidence.tier.value)
    stated = anchor is not None and anchor.stated_in
    return words.label("tier_stated", tier=tier) if stated else tier


def _tier_tone(evidence: Evidence) -> Tone:
    return Tone.PLAIN if evidence.tier in (Tier.GOVERNMENT, Tier.PUBLIC) else Tone.DOUBT


def _certificate(signature: SignatureReport, words: Words) -> str:
    evidence = signature.evidence
    certificate = evidence.certificate
    if certificate is None:
        return words.label("no_certificate")
    return words.label(
        _certificate_label(signature),
        issuer=common_name(certificate.issuer),
        tier=tier_name(evidence, words),
        start=local(certificate.not_before).date(),
        end=local(certificate.not_after).date(),
    )


def _certificate_label(signature: SignatureReport) -> str:
    if signature.evidence.tier is Tier.UNTRUSTED:
        return "certificate_line_untrusted"  # nobody has proven whose name the issuer bears
    expired = failed(signature, "PA-EXPIRED-SINCE")
    return "certificate_line_expired" if expired else "certificate_line"


def signing_times(signature: SignatureReport, words: Words) -> str:
    """Return the time the signer claims and the time that is proven."""
    claimed = _claimed_time(signature)
    text = words.label("claimed", time=claimed) if claimed else _unclaimed(signature, words)
    return f"{text}; {_stamped(signature, words)}"


def signing_time(signature: SignatureReport, words: Words) -> str:
    """Return the proven time, else the time the signer claims."""
    found = best_timestamp(signature)
    if found and found[0].time and found[1].indication is Indication.TOTAL_PASSED:
        return words.label("stamped", time=found[0].time)
    claimed = _claimed_time(signature)
    return words.label("claimed", time=claimed) if claimed else _unclaimed(signature, words)


def _claimed_time(signature: SignatureReport) -> datetime | None:
    """Return the time of /M, or where there is none that of the CMS object (table 255)."""
    dictionary, cms = signature.evidence.dictionary, signature.evidence.cms
    return dictionary.claimed_time or (None if dictionary.claimed_time_raw else cms.signing_time)


def _unclaimed(signature: SignatureReport, words: Words) -> str:
    return words.label("no_time", raw=signature.evidence.dictionary.claimed_time_raw)


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
    return f"{covered}; {words.label('since', changes=_later_changes(signature, words))}"


def _later_changes(signature: SignatureReport, words: Words) -> str:
    level = words.name("changes_level", changes_level(signature))
    counted = {c: n for c, n in _counts(signature.evidence).items() if n}
    if len(counted) > 1:
        counted.pop(ChangeClass.EXTENSION, None)  # book-keeping that every update brings
    kinds = [_counted(c, n, words) for c, n in counted.items()]
    return f"{level}: {', '.join(kinds)}" if kinds else level


def _counted(change: ChangeClass, count: int, words: Words) -> str:
    if change is ChangeClass.SIGNATURE:
        return words.label("later_signatures", count=count)
    name = words.name("change", change)
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
    text = f"{words.label(integrity)}; {words.label('when_signed', status=words.label(validity))}"
    return Row(words.label("result"), text, gravest((first, second)))


def integrity_of(signature: SignatureReport) -> tuple[str, Tone]:
    """Return the label that says whether the signed content is as it was signed."""
    if refuted(signature, "CR-DIGEST-MATCHES"):
        return "altered", Tone.BAD
    if refuted(signature, "CR-SIGNATURE-VERIFIES"):
        return "value_wrong", Tone.BAD
    if failed(signature, "CR-ALGORITHMS-AGREE"):
        return "algorithms_disagree", Tone.BAD
    if not passed(signature, "CR-SIGNATURE-VERIFIES", "CR-DIGEST-MATCHES"):
        return "integrity_unknown", Tone.DOUBT
    whole = passed(signature, "FC-BYTERANGE-START", "FC-COVERAGE-REVISION", "FC-CONTENTS-OWN")
    return ("intact", Tone.GOOD) if whole else ("partly_protected", Tone.DOUBT)


_OUTSIDE = (SubIndication.EXPIRED, SubIndication.NOT_YET_VALID)


def validity_of(signature: SignatureReport) -> tuple[str, Tone]:
    """Return the label that says whether the certificate was in force when signing."""
    proven = signature.evidence.best_time_basis is TimeBasis.PROVEN
    if failed(signature, "TM-CHECK-AFTER-SIGNING"):
        return "validity_unknown", Tone.DOUBT  # what was found is about a time before signing
    if failed(signature, "RV-SIGNER-GOOD", "RV-ON-HOLD"):
        sure = proven or signature.sub_indication is SubIndication.REVOKED
        return ("revoked_then", Tone.BAD) if sure else ("revoked_maybe", Tone.DOUBT)
    if failed(signature, "PA-VALIDITY-BEGUN", "PA-VALIDITY-LASTS"):
        # The time of signing may lie before what is proven: then nothing is known of it.
        ended = proven and signature.sub_indication in _OUTSIDE
        return ("not_valid_then", Tone.BAD) if ended else ("not_valid_proven", Tone.DOUBT)
    if not passed(signature, "PA-VALIDITY-BEGUN", "PA-VALIDITY-LASTS"):
        return "validity_unknown", Tone.DOUBT
    known = passed(signature, "RV-STATUS-KNOWN", "RV-SIGNER-GOOD")
    return ("valid_then", Tone.GOOD) if known else ("valid_revocation_unknown", Tone.DOUBT)


# --- details: the evidence and every check, line by line ---------------------------------------

_MARKS = {Status.PASSED: "+", Status.FAILED: "-", Status.NOT_APPLICABLE: "·", Status.CRASHED: "!"}


def _details(signature: SignatureReport, words: Words) -> list[Row]:
    """Return the details that are not empty."""
    evidence = signature.evidence
    found = [
        *_identity(evidence, words),
        *_technical(signature, words),
        *_time(signature, words),
        *_path(evidence.path, words),
        *_changes(evidence, words),
        *_dictionary(signature, words),
        *(_check(finding, words) for finding in signature.findings),
    ]
    return [row for row in found if row.text]


def _identity(evidence: Evidence, words: Words) -> Iterator[Row]:
    signer = evidence.signer
    yield Row(words.label("serial_number"), signer.serial_number)
    sources = ", ".join(f"{statement}: {source}" for statement, source in signer.sources)
    yield Row(words.label("sources"), sources)


def _technical(signature: SignatureReport, words: Words) -> Iterator[Row]:
    evidence = signature.evidence
    yield Row(words.label("field"), evidence.field or words.label("untitled_field"))
    yield Row(words.label("kind"), words.name("signature_kind", evidence.kind))
    yield Row(words.label("permission"), words.name("permission", evidence.dictionary.permission))
    values = evidence.byte_range.values if evidence.byte_range else ()
    yield Row(words.label("byte_range"), " ".join(map(str, values)))
    yield Row(words.label("algorithms"), _algorithms(evidence, words))
    yield Row(words.label("pades"), signature.pades_level or "")
    yield Row(words.label("widget"), _widget(evidence, words))
    yield Row(words.label("profiles"), ", ".join(signature.profiles))


def _algorithms(evidence: Evidence, words: Words) -> str:
    cms, certificate = evidence.cms, evidence.certificate
    named = [words.name("algorithm", a) for a in (cms.digest_algorithm, cms.scheme) if a]
    if certificate:
        key = words.name("algorithm", certificate.key_type)
        named.append(f"{key} {certificate.key_bits} bit")
    return ", ".join(named)


def _widget(evidence: Evidence, words: Words) -> str:
    widget = evidence.widget
    if widget is None or not widget.visible:
        return words.label("invisible")
    return words.label("widget_at", page=widget.page) if widget.page else ""


def _time(signature: SignatureReport, words: Words) -> Iterator[Row]:
    evidence = signature.evidence
    yield Row(words.label("cms_time"), words.show(evidence.cms.signing_time))
    if (found := best_timestamp(signature)) and found[0].certificate:
        tsa = common_name(found[0].certificate.subject)
        yield Row(words.label("stamped_by"), tsa)
    yield Row(words.label("best_time"), words.show(evidence.best_signature_time))


def _path(path: PathFacts | None, words: Words) -> Iterator[Row]:
    if path is None:
        return
    names = [common_name(step.certificate.subject) for step in path.steps]
    yield Row(words.label("path"), " ← ".join(names))
    if path.anchor:
        source = f"{path.anchor.sha256[:16]}…, {path.anchor.source}"
        yield Row(words.label("anchor"), f"{common_name(path.anchor.subject)} ({source})")
    for step in path.steps:
        for answer in (a for a in step.revocation if not a.problem):
            text = words.label(
                "revocation_answer",
                subject=common_name(step.certificate.subject),
                status=answer.status.value,
                source=answer.source,
                this_update=answer.this_update,
                next_update=answer.next_update,
            )
            yield Row(words.label("revocation"), text)


def _changes(evidence: Evidence, words: Words) -> Iterator[Row]:
    for item in evidence.changes:
        text = words.label(
            "change",
            revision=item.revision,
            change=item.change.value,
            page=item.page,
            field=item.field,
        )
        yield Row(words.label("changes"), f"{text} – {item.rule}: {item.path}")


def _dictionary(signature: SignatureReport, words: Words) -> Iterator[Row]:
    dictionary = signature.evidence.dictionary
    yield Row(words.label("reason"), dictionary.reason)
    yield Row(words.label("location"), dictionary.location)
    yield Row(words.label("contact"), dictionary.contact_info)
    tool = words.name("tool", signature.tool) if signature.tool else ""
    named = " – ".join(filter(None, (dictionary.producer, tool)))
    yield Row(words.label("producer"), named)
    yield from _attributes(signature.evidence, words)


def _attributes(evidence: Evidence, words: Words) -> Iterator[Row]:
    """Yield what the signature's own attributes say, and who signed or stamped it there."""
    said = evidence.statements
    policy = said.policy
    told = " – ".join(filter(None, (policy.identifier, policy.digest, policy.uri)))
    yield Row(words.label("signature_policy"), told)
    commitments = [words.name("commitment", one.rpartition(".")[2]) for one in said.commitments]
    yield Row(words.label("commitments"), ", ".join(commitments))
    yield Row(words.label("signer_location"), said.location)
    yield Row(words.label("signer_roles"), ", ".join(said.roles))
    for token in evidence.content_timestamps:
        stamped = f"{words.show(token.time)} – {token.tsa.common_name}"
        yield Row(words.label("content_timestamp"), stamped)
    names = [one.signer.common_name for one in evidence.counter_signatures]
    yield Row(words.label("counter_signatures"), ", ".join(names))
    yield Row(words.label("other_attributes"), ", ".join((*said.unread, *said.unknown)))


def _check(finding: Finding, words: Words) -> Row:
    status = finding.outcome.status
    tone = Tone.DOUBT if finding.unanswered else Tone.PLAIN
    weighed = status is Status.FAILED
    outcome = words.name("level", finding.level) if weighed else words.name("outcome", status)
    text = f"{words.question(finding.code)} {outcome}"
    return Row(f"{_MARKS[status]} {finding.code}", text, tone)
