"""PREMIS 3 events of a check: what an archive's own package (AIP) takes over.

NOTE: That circular 05/2025/TT-BNV asks for the events "fixity check" and "validation" is known to
us from developers' specifications only (vietnam.md, 1.9, mark S), not from the circular's text.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.sanitize import plain
from sigcheck.render.values import iso

_SPACES = (
    'xmlns="http://www.loc.gov/premis/v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_AGENT = ("local", "sigcheck")


def premis(report: Report, made_at: str) -> str:
    """Return object, events and agent; `made_at` is when the events happened, ISO 8601.

    The fixity check compares each signed byte range with the digest that was signed; a document
    without signatures has nothing to compare with, and no such event.
    """
    document = report.document
    parts = [_object(document), *_events(document, report, made_at), _agent(report)]
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return "\n".join((head, f'<premis {_SPACES} version="3.0">', *parts, "</premis>", ""))


def _element(name: str, *inner: str) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"


def _text(name: str, text: str) -> str:
    return _element(name, escape(plain(text), quote=True))


def _identifier(prefix: str, kind: str, value: str) -> str:
    return _element(
        f"{prefix}Identifier",
        _text(f"{prefix}IdentifierType", kind),
        _text(f"{prefix}IdentifierValue", value),
    )


def _object(document: DocumentReport) -> str:
    version = document.evidence.pdf_version if document.evidence else ""
    name = _text("formatName", "application/pdf")
    characteristics = _element(
        "objectCharacteristics",
        _text("compositionLevel", "0"),
        _element(
            "fixity",
            _text("messageDigestAlgorithm", "SHA-256"),
            _text("messageDigest", document.sha256),
            _text("messageDigestOriginator", "sigcheck"),
        ),
        _text("size", str(document.size)),
        _element(
            "format",
            _element("formatDesignation", name, _text("formatVersion", version) if version else ""),
        ),
    )
    identifier = _identifier("object", "SHA-256", document.sha256)
    inner = f"{identifier}{characteristics}{_text('originalName', document.path)}"
    return f'<object xsi:type="file">{inner}</object>'


def _events(document: DocumentReport, report: Report, made_at: str) -> Iterator[str]:
    matches = [s.evidence.cms.digest_matches for s in document.signatures]
    if matches:
        outcome = "pass" if all(matches) else "fail"
        detail = f"{sum(map(bool, matches))} of {len(matches)} signed digests match"
        yield _event("fixity check", made_at, outcome, detail, document)
    facts = [f"policy {report.policy_id} {report.policy_version}"]
    facts.append(f"validation time {iso(report.validation_time)}")
    facts += [f"{s.evidence.field}: {_said(s)}" for s in document.signatures]
    yield _event("validation", made_at, _said(document), "; ".join(facts), document)


def _said(judged: DocumentReport | SignatureReport) -> str:
    sub = judged.sub_indication
    return f"{judged.indication}/{sub}" if sub else str(judged.indication)


def _event(kind: str, made_at: str, outcome: str, detail: str, document: DocumentReport) -> str:
    value = f"{document.sha256[:16]}-{kind.replace(' ', '-')}-{made_at}"
    return _element(
        "event",
        _identifier("event", "local", value),
        _text("eventType", kind),
        _text("eventDateTime", made_at),
        _element(
            "eventOutcomeInformation",
            _text("eventOutcome", outcome),
            _element("eventOutcomeDetail", _text("eventOutcomeDetailNote", detail)),
        ),
        _identifier("linkingAgent", *_AGENT),
        _identifier("linkingObject", "SHA-256", document.sha256),
    )


def _agent(report: Report) -> str:
    return _element(
        "agent",
        _identifier("agent", *_AGENT),
        _text("agentName", "sigcheck"),
        _text("agentType", "software"),
        _text("agentVersion", report.tool_version),
    )
