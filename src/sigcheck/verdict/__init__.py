"""Findings and policy -> (Indication, SubIndication); pure, and no rule about PDF or ASN.1."""

from sigcheck.verdict.conclude import conclude, findings_on, recognise, weigh, worst_document
from sigcheck.verdict.later import (
    BestTime,
    LaterVerdict,
    best_signature_time,
    judged_changes,
    later_verdict,
    pades_level,
    pages_since,
    remembered,
)

__all__ = [
    "BestTime",
    "LaterVerdict",
    "best_signature_time",
    "conclude",
    "findings_on",
    "judged_changes",
    "later_verdict",
    "pades_level",
    "pages_since",
    "recognise",
    "remembered",
    "weigh",
    "worst_document",
]
