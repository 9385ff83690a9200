"""The report: facts and findings with their verdicts, as plain data that pickles and replays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NoReturn

from msgspec import Struct, field, json
from msgspec.structs import replace

from sigcheck.model.evidence import Coverage, DocumentEvidence, Evidence
from sigcheck.model.finding import Finding, deciding, order
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication


class Reason(Struct, frozen=True):
    """The finding that decided, by code; its sentence is in `data/words`."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()


class TimestampReport(Struct, frozen=True):
    """The verdict on one time-stamp token (EN 319 102-1, 5.4)."""

    index: int
    """Position among the signature's tokens in its evidence."""
    indication: Indication
    sub_indication: SubIndication | None
    findings: tuple[Finding, ...]


class SignatureReport(Struct, frozen=True):
    """One signature: the evidence it was judged by, the findings, the verdict."""

    evidence: Evidence
    indication: Indication
    sub_indication: SubIndication | None
    findings: tuple[Finding, ...]
    timestamps: tuple[TimestampReport, ...] = ()
    content_timestamps: tuple[TimestampReport, ...] = ()
    act: str = "unknown"
    act_reason: str = ""
    pades_level: str | None = None
    profiles: tuple[str, ...] = ()
    """Tool and agency profiles that softened a finding."""
    tool: str = ""
    """The profile of the signing tool, by what the dictionary says of itself; empty for none."""

    @property
    def deciding(self) -> Finding | None:
        """Return the finding that speaks for the signature, None when it passed."""
        candidates = [f for f in deciding(self.findings) if f.indication is self.indication]
        return min(candidates, key=order) if candidates else None

    @property
    def coverage(self) -> Coverage:
        """Return how much of the file the signature protects."""
        facts = self.evidence.byte_range
        return facts.coverage if facts else Coverage.UNCLEAR


class WorkflowStep(Struct, frozen=True):
    """One act in the document's story, by signature index."""

    act: str
    signature: int
    reason: str


class Reference(Struct, frozen=True):
    """How a document is referred to, as its signatures show it; nobody vouches for it."""

    number: str = ""
    """Number and symbol, such as `2691/CT-UBND`; empty where no signature draws the number."""
    date: date | None = None
    agency: str = ""
    """Who issued it, by the organisation's certificate, else by the last person's."""


class Workflow(Struct, frozen=True):
    """The document's story by decree 30/2020: advice, never part of the verdict."""

    pattern: str = "unknown"
    """Name of the row in `data/workflow.toml` that fits best."""
    steps: tuple[WorkflowStep, ...] = ()
    findings: tuple[Finding, ...] = ()
    reference: Reference = Reference()


STANDARD_INPUT = "-"
"""The path of a document that came by standard input, as on the command line."""


class DocumentReport(Struct, frozen=True):
    """One document and the worst of what its signatures came to."""

    path: str
    indication: DocumentIndication
    sub_indication: SubIndication | None = None
    reason: Reason | None = None
    sha256: str = ""
    size: int = 0
    evidence: DocumentEvidence | None = None
    signatures: tuple[SignatureReport, ...] = ()
    workflow: Workflow = field(default_factory=Workflow)
    findings: tuple[Finding, ...] = ()
    """Findings about the document as a whole."""


class TrustSummary(Struct, frozen=True):
    """Which trust the report rests on."""

    digest: str
    anchors: int
    at_hand: int | None = None
    """Anchors for production whose certificate is at hand; None where that was not recorded."""


class Report(Struct, frozen=True):
    """What `verify` returns. Its truth value is refused on purpose: read the indication."""

    documents: tuple[DocumentReport, ...]
    validation_time: datetime
    policy_id: str
    policy_version: str
    trust: TrustSummary
    tool_version: str

    def __bool__(self) -> NoReturn:
        """Refuse: `if report:` would be true for a forgery."""
        msg = "a Report has no truth value; use sigcheck.require_passed(report) or .indication"
        raise TypeError(msg)

    @property
    def document(self) -> DocumentReport:
        """Return the first document, the only one of a report by `verify`."""
        return self.documents[0]

    @property
    def indication(self) -> DocumentIndication:
        """Return the worst document's indication, by the order of the exit codes."""
        return max(
            (document.indication for document in self.documents),
            key=_SEVERITY.__getitem__,
            default=DocumentIndication.UNREADABLE,
        )

    def to_json(self, lang: str = "vi", *, full: bool = False) -> str:
        """Return `sigcheck.report/1` as text; `full` shows citizen identity numbers.

        Raises:
            KeyError: for a language there are no words for.
        """
        return self.render("json", lang, full=full)

    def to_dict(self, lang: str = "vi", *, full: bool = False) -> dict[str, Any]:
        """Return what `to_json` writes, as plain values."""
        found: dict[str, Any] = json.decode(self.to_json(lang, full=full))
        return found

    def summary(self, lang: str = "vi") -> dict[str, Any]:
        """Return `sigcheck.summary/1`: verdict, reason, a line a signature, what to do.

        At most 2 kB of JSON a document; its schema is `data/schema/sigcheck.summary-1.json`.
        """
        # As in `render`.
        from sigcheck.render import Words
        from sigcheck.render.summary import summary_object

        return summary_object(self, Words.load(lang))

    def render(
        self,
        format: str = "text",  # noqa: A002 - called like the option of the command line
        lang: str = "vi",
        *,
        full: bool = False,
    ) -> str:
        """Return the report as `text`, `json`, `jsonl`, `html`, `csv` or `xml`.

        `full` shows citizen identity numbers and long lists as they are.

        Raises:
            KeyError: for another format, or a language there are no words for.
        """
        # The one import that points up: who holds a report asks it to show itself. It decides
        # nothing, and is listed in the contracts of pyproject.toml (docs/adr/0013).
        from sigcheck.render import RenderOptions, Words, renderer

        return renderer(format)(self, Words.load(lang), RenderOptions(full=full))

    def merged_with(self, others: Iterable[Report]) -> Report:
        """Return one report over the documents of this one and others of the same run."""
        documents = [*self.documents]
        for other in others:
            documents.extend(other.documents)
        return replace(self, documents=tuple(documents))


_SEVERITY = {
    DocumentIndication.TOTAL_PASSED: 0,
    DocumentIndication.NO_SIGNATURE: 1,
    DocumentIndication.INDETERMINATE: 2,
    DocumentIndication.UNREADABLE: 3,
    DocumentIndication.TOTAL_FAILED: 4,
}


class NotPassedError(Exception):
    """A report that was required to pass did not; `report` holds the whole story."""

    def __init__(self, report: Report) -> None:
        """Carry the report and name the worst indication."""
        super().__init__(report.indication.value)
        self.report = report


def require_passed(report: Report) -> Report:
    """Return the report if every document is TOTAL-PASSED.

    Raises:
        NotPassedError: if any document is not, or if the report has no documents.
    """
    if not report.documents or report.indication is not DocumentIndication.TOTAL_PASSED:
        raise NotPassedError(report)
    return report
