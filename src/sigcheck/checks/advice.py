"""Advice to the clerk: text of tools, quirks, what the verdict does not say."""

from __future__ import annotations

import re
import unicodedata

from sigcheck.checks.registry import check
from sigcheck.model.evidence import Evidence, SignatureKind, Tier
from sigcheck.model.finding import NOT_APPLICABLE, PASSED, Block, Outcome, failed, passed

_REASON = re.compile(r"^(?P<name>[^<>]+?)\s*(?:<(?P<email>[^<>\s]+@[^<>\s]+)>)?\s+đã ký lên văn bản")
"""What VGCA's tools write: the certificate's CN, its e-mail, then a fixed sentence."""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


@check("AD-REASON-MATCHES", block=Block.ADVISORY, spec="sigcheck: vietnam.md 6, 22", tolerable=True)
def reason_names_the_signer(evidence: Evidence) -> Outcome:
    """Does the name the tool wrote into /Reason belong to the certificate?"""
    found = _REASON.match(unicodedata.normalize("NFC", evidence.dictionary.reason))
    if found is None or evidence.certificate is None:
        return NOT_APPLICABLE
    name, email = found["name"], found["email"] or ""
    signer = evidence.signer
    same_name = _plain(name) == _plain(signer.common_name)
    same_email = not email or not signer.email or _plain(email) == _plain(signer.email)
    if same_name and same_email:
        return PASSED
    return failed(reason=name, reason_email=email, signer=signer.common_name, email=signer.email)


@check("AD-TRIAL-TEXT", block=Block.ADVISORY, spec="sigcheck: vietnam.md 6, 23")
def text_does_not_speak_of_a_trial(evidence: Evidence) -> Outcome:
    """Is the dictionary free of the signing tool's words about a trial version?"""
    texts = (evidence.dictionary.location, evidence.dictionary.reason)
    found = next((t for t in texts if "THỬ NGHIỆM" in unicodedata.normalize("NFC", t).upper()), "")
    return failed(text=found) if found else PASSED


@check("AD-CONTACT-TOOL", block=Block.ADVISORY, spec="sigcheck: vietnam.md 3.1")
def contact_is_the_signers(evidence: Evidence) -> Outcome:
    """Is the contact text the signer's own, not the tool vendor's?"""
    contact = unicodedata.normalize("NFC", evidence.dictionary.contact_info)
    if not contact:
        return NOT_APPLICABLE
    vendor = "ca@bcy.gov.vn" in contact or "0243.7738668" in contact
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


@check("AD-TIER-LAW", block=Block.ADVISORY, spec="Law 20/2023/QH15, Article 22; decree 68/2024")
def trust_family(evidence: Evidence) -> Outcome:
    """Does the path end with the national authority for public certificates?"""
    anchor = evidence.path.anchor if evidence.path else None
    if anchor is None:
        return NOT_APPLICABLE
    return passed(tier=anchor.tier) if anchor.tier is Tier.PUBLIC else failed(tier=anchor.tier)


@check("AD-ANOMALIES", block=Block.ADVISORY, spec="ISO 32000-2, 7.5")
def nothing_odd_was_read(evidence: Evidence) -> Outcome:
    """Was the signature written without oddities a careful tool would avoid?"""
    found = (*evidence.anomalies, *evidence.cms.anomalies)
    codes = dict.fromkeys(a.code for a in found)
    unsigned = evidence.cms.unsigned_problems
    return failed(anomalies=(*codes, *unsigned)) if codes or unsigned else PASSED
