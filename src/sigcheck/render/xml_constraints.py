"""ValidationConstraintsEvaluationReport: what was asked, and how it was answered."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sigcheck.model.finding import Finding, Level, Status
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words
from sigcheck.render.xml_build import element
from sigcheck.render.xml_objects import PART, status

_CHECK = "urn:sigcheck:check:"
_APPLIED = "urn:etsi:019102:constraintStatus:applied"
_DISABLED = "urn:etsi:019102:constraintStatus:disabled"
_OVERRIDDEN = "urn:etsi:019102:constraintStatus:overridden"
_PASSED = "urn:etsi:019102:mainindication:passed"
_FAILED = "urn:etsi:019102:mainindication:failed"


def constraints(findings: Iterable[Finding], words: Words) -> str:
    """Return every finding as an individual validation constraint (TS 119 102-2, 4.3.5.4).

    A check the policy skips, or that had nothing to ask, is `disabled`; one that a tool or agency
    profile softened is `overridden`. What did not pass says its level and its sentence.
    """
    found = [_constraint(finding, words) for finding in findings]
    return element("ValidationConstraintsEvaluationReport", *found) if found else ""


def _constraint(finding: Finding, words: Words) -> str:
    off = finding.level is Level.SKIP or finding.outcome.status is Status.NOT_APPLICABLE
    parameters = ""
    if finding.unanswered and not off:
        parameters = _parameter("level", finding.level.value)
        parameters += _parameter("message", words.message(finding))
    return element(
        "ValidationConstraint",
        element("ValidationConstraintIdentifier", f"{_CHECK}{finding.code}"),
        parameters,
        element("ConstraintStatus", *_applied(finding, off=off)),
        "" if off else _answer(finding),
    )


def _applied(finding: Finding, *, off: bool) -> tuple[str, ...]:
    if off:
        return (element("Status", _DISABLED),)
    if finding.softened_by:
        profile = f"urn:sigcheck:profile:{finding.softened_by}"
        return element("Status", _OVERRIDDEN), element("OverriddenBy", escape(profile))
    return (element("Status", _APPLIED),)


def _answer(finding: Finding) -> str:
    if not finding.unanswered:
        return status(_PASSED, None, name="ValidationStatus")
    if not finding.decides:
        return status(_FAILED, None, name="ValidationStatus")
    return status(PART[finding.indication], finding.sub_indication, name="ValidationStatus")


def _parameter(name: str, text: str) -> str:
    return element(
        "ValidationConstraintParameter",
        element("Type", f"urn:sigcheck:finding:{name}"),
        element("Value", escape(plain(text), quote=True)),
    )
