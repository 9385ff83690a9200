"""What `--verbose` adds to a card: the evidence and every check, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.model.evidence import Evidence, PathFacts
from sigcheck.model.finding import Finding, Status
from sigcheck.model.report import SignatureReport
from sigcheck.render.facts import best_timestamp
from sigcheck.render.rows import Row, Tone
from sigcheck.render.subjects import common_name
from sigcheck.render.words import Words

_MARKS = {Status.PASSED: "+", Status.FAILED: "-", Status.NOT_APPLICABLE: "·", Status.CRASHED: "!"}


def details(signature: SignatureReport, words: Words) -> list[Row]:
    """Return the details that have something to say."""
    evidence = signature.evidence
    found = [
        *_identity(evidence, words),
        *_technical(signature, words),
        *_time(signature, words),
        *_path(evidence.path, words),
        *_changes(evidence, words),
        *_dictionary(evidence, words),
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


def _dictionary(evidence: Evidence, words: Words) -> Iterator[Row]:
    dictionary = evidence.dictionary
    yield Row(words.label("reason"), dictionary.reason)
    yield Row(words.label("location"), dictionary.location)
    yield Row(words.label("contact"), dictionary.contact_info)
    yield Row(words.label("producer"), dictionary.producer)


def _check(finding: Finding, words: Words) -> Row:
    status = finding.outcome.status
    tone = Tone.DOUBT if finding.unanswered else Tone.PLAIN
    weighed = status is Status.FAILED
    outcome = words.name("level", finding.level) if weighed else words.name("outcome", status)
    text = f"{words.question(finding.code)} {outcome}"
    return Row(f"{_MARKS[status]} {finding.code}", text, tone)
