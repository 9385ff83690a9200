"""What the clerk's questions are asked of: the document, its reports, the acts, the rules."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sigcheck.model.evidence import Act, DocumentEvidence, Evidence
from sigcheck.model.indication import Indication
from sigcheck.model.report import SignatureReport
from sigcheck.model.workflow import WorkflowRules
from sigcheck.story.acts import Acted
from sigcheck.story.signs import in_order

CLERK = (Act.NUMBER, Act.DATE, Act.SEAL)
"""What the clerk does one after the other, by the organisation's certificate."""


class Context(Struct, frozen=True):
    """One document's story so far."""

    document: DocumentEvidence
    reports: Sequence[SignatureReport]
    acts: tuple[Acted, ...]
    """The act of each report, in the same order."""
    rules: WorkflowRules

    @property
    def rewritten(self) -> bool:
        """Say whether the file was written anew after signing, so that no signature matches."""
        signatures = self.document.signatures
        single = len(self.document.revisions) <= 1
        return bool(signatures) and single and all(_broken(e) for e in signatures)

    def of(self, *acts: Act) -> list[Evidence]:
        """Return the signatures of these acts in the order of the file, broken ones left out."""
        found = [
            report.evidence
            for report, (act, _) in zip(self.reports, self.acts, strict=True)
            if act in acts and report.indication is not Indication.TOTAL_FAILED
        ]
        return in_order(found)

    def text(self, name: str) -> str:
        """Return a named expression of the rules; one that finds nothing where it is missing."""
        return self.rules.texts.get(name, r"(?!)")


def _broken(evidence: Evidence) -> bool:
    facts = evidence.byte_range
    misplaced = facts is None or not facts.gap_is_own_contents
    return misplaced or evidence.cms.digest_matches is False


def number_of(evidence: Evidence) -> str:
    """Return a signature's number as people count them, from 1."""
    return str(evidence.index + 1)
