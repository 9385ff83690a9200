"""Advice to the clerk: text of tools, quirks, what the verdict does not say."""

from __future__ import annotations

import re
import unicodedata

from sigcheck.checks.registry import check
from sigcheck.model.evidence import CmsFacts, Evidence, SignatureKind, Tier
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed
from sigcheck.model.policy import Policy

_NAME_AND_EMAIL = re.compile(r"(?P<name>[^<>]+?)\s*(?:<(?P<email>[^<>\s]+@[^<>\s]+)>)?")
"""A certificate's CN and e-mail, as tools put them before the fixed ending of /Reason."""


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _same(one: str, other: str) -> bool:
    return _nfc(one).strip().casefold() == _nfc(other).strip().casefold()


def _named_in(reason: str, policy: Policy) -> re.Match[str] | None:
    text = _nfc(reason)
    for ending in policy.texts.get("reason-endings", ()):
        if text.endswith(_nfc(ending)):
            return _NAME_AND_EMAIL.fullmatch(text.removesuffix(_nfc(ending)))
    return None


@check("AD-REASON-MATCHES", block=Block.ADVISORY, spec="sigcheck: vietnam.md 6, 22", tolerable=True)
def reason_names_the_signer(evidence: Evidence, policy: Policy) -> Outcome:
    """Does the name the tool wrote into /Reason belong to the certificate?"""
    found = _named_in(evidence.dictionary.reason, policy)
    if found is None or evidence.certificate is None:
        return NOT_APPLICABLE
    name, email = found["name"], found["email"] or ""
    signer = evidence.signer
    same_email = not email or not signer.email or _same(email, signer.email)
    if _same(name, signer.common_name) and same_email:
        return PASSED
    return failed(reason=name, reason_email=email, signer=signer.common_name, email=signer.email)


@check("AD-NAMES-PLAIN", block=Block.ADVISORY, spec="RFC 5280, 4.1.2.6 and 4.2.1.6")
def names_are_plain(evidence: Evidence) -> Outcome:
    """Can the names in the certificate be read in one way only?"""
    if evidence.certificate is None:
        return NOT_APPLICABLE
    if not evidence.signer.oddities:
        return PASSED
    oddity, text = evidence.signer.oddities[0]
    return failed(oddity=oddity, text=text)


@check("AD-TRIAL-TEXT", block=Block.ADVISORY, spec="sigcheck: vietnam.md 6, 23")
def text_does_not_speak_of_a_trial(evidence: Evidence, policy: Policy) -> Outcome:
    """Is the dictionary free of the signing tool's words about a trial version?"""
    marks = policy.texts.get("trial-marks", ())
    for text in (evidence.dictionary.location, evidence.dictionary.reason):
        if any(_nfc(mark).casefold() in _nfc(text).casefold() for mark in marks):
            return failed(text=text)
    return PASSED


@check("AD-CONTACT-TOOL", block=Block.ADVISORY, spec="sigcheck: vietnam.md 3.1")
def contact_is_the_signers(evidence: Evidence, policy: Policy) -> Outcome:
    """Is the contact text the signer's own, not the tool vendor's?"""
    contact = evidence.dictionary.contact_info
    if not contact:
        return NOT_APPLICABLE
    vendor = any(mark in _nfc(contact) for mark in policy.texts.get("vendor-contacts", ()))
    return failed(text=contact) if vendor else PASSED


@check("AD-VISIBLE", block=Block.ADVISORY, spec="decree 30/2020, Annex I")
def signature_is_visible(evidence: Evidence) -> Outcome:
    """Does the signature show itself on a page?"""
    if evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return NOT_APPLICABLE
    widget = evidence.widget
    return PASSED if widget and widget.visible else failed()


@check("AD-LONGTERM", block=Block.ADVISORY, spec="EN 319 142-1, 6.3 (B-LT)")
def long_term_material_is_there(evidence: Evidence) -> Outcome:
    """Does the document carry what is needed to check this signature in the far future?"""
    return PASSED if evidence.has_validation_data else failed()


@check("AD-ARCHIVE-STAMP", block=Block.ADVISORY, spec="EN 319 142-1, 6.3; EN 319 122-1, 5.5")
def no_archive_stamp_in_cms(evidence: Evidence) -> Outcome:
    """Is the CMS object free of archive time-stamps, for which PDF has document time-stamps?"""
    count = evidence.cms.archive_timestamps
    return failed(count=count) if count else PASSED


@check("AD-COUNTER-SIGNED", block=Block.ADVISORY, spec="RFC 5652, 11.4; EN 319 122-1, 5.2.7")
def counter_signatures_hold(evidence: Evidence) -> Outcome:
    """Does every signature over this signature's value hold, by somebody under an anchor?"""
    counters = evidence.counter_signatures
    if not counters:
        return NOT_APPLICABLE
    broken = [c for c in counters if not _holds(c.cms)]
    unknown = [c for c in counters if _holds(c.cms) and not (c.path and c.path.anchor)]
    if not broken and not unknown:
        return passed(names=tuple(c.signer.common_name for c in counters))
    return failed(broken=len(broken) or None, unknown=len(unknown) or None)


def _holds(cms: CmsFacts) -> bool:
    return (
        cms.parsed
        and cms.digest_matches is True
        and cms.signature_ok is True
        and cms.content_type_attribute_ok is not False
        and cms.signing_certificate_matches is not False
    )


@check("AD-TIER-LAW", block=Block.ADVISORY, spec="Law 20/2023/QH15, Article 22 [S]")
def trust_family(evidence: Evidence) -> Outcome:
    """Does the path end with the national authority for public certificates?"""
    anchor = evidence.path.anchor if evidence.path else None
    if anchor is None:
        return NOT_APPLICABLE
    if anchor.self_made:
        return failed(tier="own")
    return passed(tier=anchor.tier) if anchor.tier is Tier.PUBLIC else failed(tier=anchor.tier)


@check("AD-ANOMALIES", block=Block.ADVISORY, spec="ISO 32000-2, 7.5")
def nothing_odd_was_read(evidence: Evidence) -> Outcome:
    """Was the signature written without oddities a careful tool would avoid?"""
    found = (*evidence.anomalies, *evidence.cms.anomalies)
    codes = dict.fromkeys(a.code for a in found)
    unsigned = evidence.cms.unsigned_problems
    return failed(anomalies=(*codes, *unsigned)) if codes or unsigned else PASSED
