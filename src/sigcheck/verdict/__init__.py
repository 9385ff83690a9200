"""Findings and policy -> (Indication, SubIndication); pure, and no rule about PDF or ASN.1."""

from sigcheck.verdict.conclude import conclude, worst_document
from sigcheck.verdict.later import LaterVerdict, judged_changes, remembered
from sigcheck.verdict.pades import pades_level
from sigcheck.verdict.profiles import recognise
from sigcheck.verdict.time import BestTime, best_signature_time
from sigcheck.verdict.weigh import findings_on, weigh

__all__ = [
    "BestTime",
    "LaterVerdict",
    "best_signature_time",
    "conclude",
    "findings_on",
    "judged_changes",
    "pades_level",
    "recognise",
    "remembered",
    "weigh",
    "worst_document",
]
