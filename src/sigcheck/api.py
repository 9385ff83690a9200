"""collect -> check -> conclude -> Report: no rule of its own, the only reader of the clock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck import errors
from sigcheck._version import __version__
from sigcheck.checks import Scope
from sigcheck.checks.times import at_or_now, bad_answers, fresh_answer
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.workflow import load_workflow
from sigcheck.errors import FAULTS, LimitExceededError, SigcheckError, UnreadableError, UsageError
from sigcheck.evidence.collect import collect
from sigcheck.evidence.trust.online import Network, Session
from sigcheck.evidence.trust.revocation import OnlineMaterial
from sigcheck.fetch import Fetcher, NoFetch
from sigcheck.log import ERROR, INFO, log
from sigcheck.model.evidence import (
    Coverage,
    DocumentEvidence,
    Evidence,
    PageComparison,
    PathFacts,
    ProofOfExistence,
    SignatureKind,
    TimeBasis,
    TimestampFacts,
)
from sigcheck.model.finding import Finding, Status
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.policy import Limits, Policy
from sigcheck.model.report import (
    DocumentReport,
    Reason,
    Report,
    SignatureReport,
    TimestampReport,
)
from sigcheck.sources import (
    SentSource,
    Source,
    identity,
    name_of,
    read,
    require_source,
    sendable,
)
from sigcheck.verdict import (
    BestTime,
    LaterVerdict,
    best_signature_time,
    conclude,
    findings_on,
    judged_changes,
    later_verdict,
    pades_level,
    pages_since,
    recognise,
    remembered,
    worst_document,
)
from sigcheck.verdict.later import Proof, dated, is_proof, is_sound
from sigcheck.workflow import assess, stamps_in_place


def judge_document(
    document: DocumentEvidence, policy: Policy, at: datetime, path: str
) -> DocumentReport:
    """Judge every signature by itself, the last one first, for each answers for its own update."""
    placed = stamps_in_place(document.signatures, load_workflow())
    judge = _Judge(policy, at, document.page_comparison, placed)
    last_first = sorted(document.signatures, key=lambda e: (e.revision, e.index), reverse=True)
    reports = [judge.signature(e) for e in last_first]
    reports.sort(key=lambda r: r.evidence.index)
    workflow, acts = assess(document, reports, load_workflow())
    reports = [
        replace(report, act=act.value, act_reason=reason)
        for report, (act, reason) in zip(reports, acts, strict=True)
    ]
    findings = findings_on(replace(document, validation_time=at), Scope.DOCUMENT, policy)
    indication, reason = worst_document(
        (r.indication, r.sub_indication, r.evidence.kind) for r in reports
    )
    return DocumentReport(
        path=path,
        indication=indication,
        sub_indication=reason,
        reason=_reason(reports, findings, indication.value),
        sha256=document.sha256,
        size=document.size,
        evidence=document,
        signatures=tuple(reports),
        workflow=workflow,
        findings=findings,
    )


class _Judge(Struct):
    """What is known of the signatures judged so far, all of them later in the file."""

    policy: Policy
    at: datetime
    comparison: PageComparison | None
    placed: frozenset[str]
    """Fields whose appearance lies where decree 30/2020 places it."""
    later: dict[str, LaterVerdict] = field(default_factory=dict)
    document_stamps: list[tuple[int, Proof]] = field(default_factory=list)
    sound_stamps: list[int] = field(default_factory=list)
    """Revisions of the document time-stamps that hold cryptographically, trusted or not."""

    def signature(self, evidence: Evidence) -> SignatureReport:
        """Judge one signature."""
        evidence, tokens = self._in_time(evidence)
        evidence, content_tokens = self._after_content_stamps(evidence)
        profile = recognise(evidence, self.policy.profiles, self.at.date())
        permission = evidence.dictionary.permission
        findings = findings_on(evidence, Scope.SIGNATURE, self.policy, permission, profile)
        indication, reason = conclude(findings, self.policy.required)
        softeners = {f.softened_by for f in findings if f.softened_by} if profile else ()
        report = SignatureReport(
            evidence,
            indication,
            reason,
            findings,
            tokens,
            content_tokens,
            pades_level=pades_level(evidence, self.sound_stamps),
            profiles=tuple(sorted(softeners)),
            tool=profile.id if profile else "",
        )
        self._remember(report)
        return report

    def _in_time(self, evidence: Evidence) -> tuple[Evidence, tuple[TimestampReport, ...]]:
        """Give the signature what its tokens and all that came later in the file say of it."""
        proofs = self._proofs(evidence)
        stamps = dated(evidence.timestamps, proofs, self.at)
        tokens = tuple(self._token(i, t) for i, t in enumerate(stamps))
        best = self._best_time(evidence.revision, stamps, tokens)
        successions = load_workflow().successions
        changes = judged_changes(evidence, self.later, successions)
        changed = replace(evidence, changes=changes)
        pages = pages_since(changed, self.comparison)
        placed = replace(
            changed,
            proofs=proofs,
            timestamps=stamps,
            covered_by_document_timestamp=any(r > evidence.revision for r in self.sound_stamps),
            validation_time=self.at,
            best_signature_time=best.moment,
            best_time_basis=best.basis,
            rejected_tokens=_rejected(tokens),
            page_differences=pages.differences,
            undrawn_pages=pages.undrawn,
        )
        return placed, tokens

    def _after_content_stamps(
        self, evidence: Evidence
    ) -> tuple[Evidence, tuple[TimestampReport, ...]]:
        """Say what the time-stamps that were signed with the content prove: it was signed later."""
        stamps = dated(evidence.content_timestamps, evidence.proofs, self.at)
        tokens = tuple(self._token(i, t) for i, t in enumerate(stamps))
        passed = (stamps[t.index] for t in tokens if t.indication is Indication.TOTAL_PASSED)
        times = (token.time for token in passed if token.time and token.time <= self.at)
        since, rejected = max(times, default=None), _rejected(tokens)
        told = {"not_signed_before": since, "rejected_content_tokens": rejected}
        return replace(evidence, content_timestamps=stamps, **told), tokens

    def _proofs(self, evidence: Evidence) -> tuple[ProofOfExistence, ...]:
        """Return what later document time-stamps prove of a signature and its tokens (5.6.2.3)."""
        return tuple(
            ProofOfExistence(revision, proof.time)
            for revision, proof in self.document_stamps
            if proof.time is not None
            and revision > evidence.revision
            and proof.basis is TimeBasis.PROVEN
            and proof.time <= self.at
        )

    def _token(self, index: int, token: TimestampFacts) -> TimestampReport:
        findings = findings_on(token, Scope.TIMESTAMP, self.policy)
        indication, reason = conclude(findings, self.policy.timestamp_required)
        return TimestampReport(index, indication, reason, findings)

    def _best_time(
        self,
        revision: int,
        stamps: tuple[TimestampFacts, ...],
        tokens: tuple[TimestampReport, ...],
    ) -> BestTime:
        proofs = [Proof(stamps[t.index].time, t.indication, t.sub_indication) for t in tokens]
        proofs += [p for later, p in self.document_stamps if later > revision]
        return best_signature_time(proofs, self.at)

    def _remember(self, report: SignatureReport) -> None:
        evidence = report.evidence
        if evidence.field:
            verdict = later_verdict(evidence, report.findings, placed=evidence.field in self.placed)
            known = self.later.get(evidence.field)
            self.later[evidence.field] = remembered(known, verdict)
        if evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP and evidence.timestamps:
            proof = Proof(evidence.timestamps[0].time, report.indication, report.sub_indication)
            self.document_stamps.append((evidence.revision, proof))
            if is_sound(evidence.timestamps[0]) and report.coverage in _WHOLE:
                self.sound_stamps.append(evidence.revision)


_UNSIGNED = "DC-SIGNATURES-PRESENT"
_WHOLE = (Coverage.FILE, Coverage.REVISION)


def _rejected(tokens: tuple[TimestampReport, ...]) -> tuple[str, ...]:
    return tuple(_decider(t) for t in tokens if not is_proof(t.indication, t.sub_indication))


def _decider(token: TimestampReport) -> str:
    deciding = [f for f in token.findings if f.decides]
    return min(deciding, key=lambda f: f.block).code if deciding else "TS-PARSED"


def _reason(
    reports: Sequence[SignatureReport], findings: Sequence[Finding], indication: str
) -> Reason | None:
    for report in reports:
        if report.indication.value == indication and (deciding := report.deciding):
            return Reason(deciding.code, (("field", report.evidence.field),))
    if reports and indication == Indication.TOTAL_PASSED.value:
        return None
    unsigned = any(f.code == _UNSIGNED and f.outcome.status is Status.FAILED for f in findings)
    facts = (("timestamps", str(len(reports))),) if reports else ()
    return Reason(_UNSIGNED, facts) if unsigned else None


_PAGES = frozenset({"CH-PAGES-ALIKE", "CH-PAGES-DRAWN"})


def awaits_pages(document: DocumentReport, policy: Policy) -> bool:
    """Say whether looking at the pages may decide something.

    It may where something follows a signature that would pass, whatever the pages look like. Where
    the policy itself asks, it also may where the signature may pass with more at hand.
    """
    return any(
        report.evidence.kind is not SignatureKind.DOCUMENT_TIMESTAMP
        and report.evidence.byte_range is not None
        and not report.evidence.byte_range.covers_file
        and _hangs_on_pages(report, policy)
        for report in document.signatures
    )


def _hangs_on_pages(report: SignatureReport, policy: Policy) -> bool:
    others = [finding for finding in report.findings if finding.code not in _PAGES]
    indication, _ = conclude(others, policy.required)
    worst = Indication.INDETERMINATE if policy.compare_pages else Indication.TOTAL_PASSED
    return indication in (Indication.TOTAL_PASSED, worst)


# --- Judge, ask the network for what was missing, judge again

MAX_ROUNDS = 6
"""A CA, its status, then the time-stamps, then the signer: each may open the next question."""


def judged_online(
    judge: Callable[[OnlineMaterial], DocumentReport], session: Session, now: datetime
) -> DocumentReport:
    """Return the report on a document once nothing more can be learnt, or after some rounds.

    `judge` gathers the evidence with what the network gave and judges it; `now` is the time here.
    """
    document = judge(session.material)
    for _ in range(MAX_ROUNDS):
        if not _learn(document, session, now):
            break
        document = judge(session.material)
    return document


def _learn(document: DocumentReport, session: Session, now: datetime) -> bool:
    """Ask what the report left open; return whether anything new is at hand."""
    found = False
    for path, moment in dict.fromkeys(_paths(document)):
        found |= session.complete(path)
        found |= session.inform(path, unknown_steps(path, moment), now)
    return found


def _paths(document: DocumentReport) -> Iterator[tuple[PathFacts, datetime]]:
    """Yield each path with the moment at which its status matters, time-stamps first."""
    for report in document.signatures:
        evidence = report.evidence
        for token in evidence.tokens:
            if token.path is not None:
                yield token.path, at_or_now(token.time)
        for counter in evidence.counter_signatures:
            if counter.path is not None:
                yield counter.path, at_or_now(evidence.best_signature_time)
        yield from _lasting(report)
        if evidence.path is not None:
            yield evidence.path, at_or_now(evidence.best_signature_time)


def _lasting(report: SignatureReport) -> Iterator[tuple[PathFacts, datetime]]:
    """Yield the TSA paths whose status has to be known for longer, where the policy insists."""
    for token in report.timestamps:
        facts = report.evidence.timestamps[token.index]
        insists = any(f.code == "TS-STATUS-LASTS" and f.decides for f in token.findings)
        if insists and facts.path is not None and facts.existed_by is not None:
            end = min(step.certificate.not_after for step in facts.path.steps)
            yield facts.path, min(facts.existed_by, end)


def unknown_steps(path: PathFacts, moment: datetime) -> list[int]:
    """Return which certificates of a path nothing at hand speaks of, for one moment."""
    return [
        index
        for index, step in enumerate(path.steps)
        if not step.revocation_exempt
        and not fresh_answer(step, moment)
        and not bad_answers(step, moment)
    ]


# --- collect -> check -> conclude -> Report: the only place that reads the clock

T = TypeVar("T")

DEFAULT_POLICY = "intake"
INTERNAL = "DOC-INTERNAL"
"""The reason of a document on which this software itself broke: a fault worth reporting."""


class _Given(NamedTuple):
    """One document and how it is to be judged."""

    data: bytes
    moment: datetime
    password: str | None
    path: str


class Verifier:
    """Verifies documents under one trust store and one policy; reusable, picklable.

    Safe to share between threads: it holds nothing that changes but caches of path links, and
    those live in the process, not in the verifier.
    """

    def __init__(
        self,
        trust: TrustStore | None = None,
        policy: Policy | None = None,
        fetch: Fetcher | None = None,
        limits: Limits | None = None,
        *,
        keep_materials: bool = False,
        pdfa: Callable[[bytes], str] | None = None,
        compare_pages: bool | None = None,
    ) -> None:
        """Take the trust (default: no anchors at all), the policy (`intake`) and the limits.

        Nothing touches the network unless a Fetcher is passed in. `keep_materials` keeps the
        certificates, lists, responses and tokens in the evidence, for an evidence package.
        `pdfa` is asked for an outside verdict on PDF/A, such as `sigcheck.preserve.VeraPdf`.
        `compare_pages` has PDFium, in a process of its own, compare the pages with how they were
        signed wherever a signature would pass and something follows it; None leaves that to the
        policy, and a policy that asks for it (`archive`) is not overruled.

        Raises:
            TypeError: for an argument of another type, such as the path of a trust store.
        """
        for name, given, kind in (
            ("trust", trust, TrustStore),
            ("policy", policy, Policy),
            ("limits", limits, Limits),
        ):
            if given is not None and not isinstance(given, kind):
                raise TypeError(f"{name}: a {kind.__name__}, not {type(given).__name__}")
        if fetch is not None and not isinstance(fetch, Fetcher):
            raise TypeError(f"fetch: a Fetcher, not {type(fetch).__name__}")
        self.trust = trust if trust is not None else TrustStore.load(())
        self.policy = policy if policy is not None else load_policy(DEFAULT_POLICY)
        self.fetch: Fetcher = fetch if fetch is not None else NoFetch()
        self.limits = limits if limits is not None else Limits()
        self.keep_materials = keep_materials
        self.pdfa = pdfa
        self.compare_pages = compare_pages
        self._network: Network | None = None

    def __getstate__(self) -> dict[str, object]:
        """Travel to a worker process without what the network gave to this one."""
        return {**self.__dict__, "_network": None}

    def verify(
        self,
        source: Source,
        *,
        at: datetime | None = None,
        password: str | None = None,
        name: str | None = None,
    ) -> Report:
        """Return the report on one document.

        `at` is the validation time, with an offset (default: now); `name` is the path to show
        where the source has none. A document that cannot be read is a report too, UNREADABLE
        with its reason.

        Raises:
            UsageError: if `at` has no offset.
            TypeError: for an argument of another type, such as a file opened as text.
        """
        require_source(source)
        moment = _moment(at)
        path = name if name is not None else name_of(source)
        try:
            data = read(source, self.limits)
        except UnreadableError as problem:
            document = unreadable(path, problem, self.limits)
            if isinstance(problem, LimitExceededError):
                document = _identified(document, source)
            return self.report_on(document, moment)
        try:
            given = _Given(data, moment, password, path)
            document = self._with_pages(given, self._document(given))
        except UnreadableError as problem:
            document = unreadable(path, problem, self.limits, data)
        except FAULTS as problem:  # no document ends in a traceback (rule 3)
            log(ERROR, "%s: %s", path, type(problem).__name__)
            fault = UnreadableError(type(problem).__name__, code=INTERNAL)
            document = unreadable(path, fault, data=data)
        log(INFO, "%s: %s", path, document.indication)
        return self.report_on(document, moment)

    def _document(self, given: _Given) -> DocumentReport:
        if isinstance(self.fetch, NoFetch):
            return self._judged(given, None)

        if self._network is None:
            self._network = Network(self.fetch, self.trust, self.limits.max_network_seconds)
        session = self._network.session()
        return judged_online(lambda online: self._judged(given, online), session, datetime.now(UTC))

    @property
    def compares_pages(self) -> bool:
        """Whether pages are compared, as the caller or the policy asks."""
        return bool(self.compare_pages) or self.policy.compare_pages

    @property
    def seconds(self) -> float:
        """Wall time that one document may take in all, the network included where it is asked."""
        limits = self.limits
        online = not isinstance(self.fetch, NoFetch)
        return (
            limits.max_seconds
            + (limits.max_compare_seconds if self.compares_pages else 0.0)
            + (limits.max_network_seconds if online else 0.0)
        )

    def _with_pages(self, given: _Given, document: DocumentReport) -> DocumentReport:
        """Judge once more by what the pages show, where the verdict may hang on that."""
        wanted = self.compares_pages and awaits_pages(document, self.policy)
        if not wanted or document.evidence is None:
            return document
        from sigcheck.pages import ComparisonLimits, compare

        limits = ComparisonLimits(seconds=self.limits.max_compare_seconds)
        found = compare(given.data, document.evidence, password=given.password, limits=limits)
        evidence = replace(document.evidence, page_comparison=found)
        return judge_document(evidence, self.policy, given.moment, given.path)

    def _judged(self, given: _Given, online: OnlineMaterial | None) -> DocumentReport:
        evidence = collect(
            given.data,
            trust=self.trust,
            limits=self.limits,
            password=given.password,
            name=given.path,
            online=online,
            keep_materials=self.keep_materials,
        )
        if self.pdfa is not None:
            evidence = replace(evidence, pdfa_verdict=self.pdfa(given.data))
        return judge_document(evidence, self.policy, given.moment, given.path)

    async def averify(
        self,
        source: Source,
        *,
        at: datetime | None = None,
        password: str | None = None,
        name: str | None = None,
    ) -> Report:
        """Do as `verify` in a thread, for callers that live in an event loop."""
        import asyncio

        return await asyncio.to_thread(self.verify, source, at=at, password=password, name=name)

    def verify_many(
        self, sources: Iterable[Source], *, jobs: int = 1, at: datetime | None = None
    ) -> Iterator[Report]:
        """Return a report per source, in the order given; `jobs` processes work side by side.

        With more than one job the program's main module is guarded by `if __name__ == "__main__"`,
        as `multiprocessing` asks for. Paths are read by the workers, open files here.

        Raises:
            UsageError: if `at` has no offset.
            TypeError: for a single path or document in place of many.
        """
        moment = _moment(at)
        if isinstance(sources, str | bytes | bytearray | memoryview | os.PathLike):
            raise TypeError(f"a list of sources, not one: [{type(sources).__name__}]")
        if jobs <= 1:
            return (self.verify(source, at=moment) for source in sources)
        return self.verify_each(sources, _sendable, Report, jobs=jobs, at=moment)

    def verify_each(
        self,
        sources: Iterable[Source],
        then: Callable[[Report], T],
        result: Any,
        *,
        jobs: int,
        at: datetime | None = None,
    ) -> Iterator[T]:
        """Yield what `then` makes of the report on each source, made where the report was made.

        What `then` returns is of the type `result`, as msgspec knows it, and should be smaller than
        a report: it is all that comes back. A document over which worker processes are lost is
        reported UNREADABLE with the reason WORKER-LOST, LIMIT-TIME or LIMIT-MEMORY.
        """
        from sigcheck.workers import Work, WorkerPool

        judging = _Judging(self, _moment(at), then)
        work = Work(
            judging.prepare,
            task=SentSource,
            result=_Judged[result],
            seconds=self.seconds,
            # veraPDF's machine reserves more address space than a document may take.
            memory=0 if self.pdfa else self.limits.max_memory,
        )
        with closing(WorkerPool(work, jobs)) as pool:
            tasks = (sendable(source, self.limits) for source in sources)
            for sent, future in pool.ordered(tasks, lambda sent: len(sent.data or b"")):
                try:
                    judged: _Judged[T] = future.result()
                except UnreadableError as problem:
                    judged = _Judged(judging.lost(sent, problem))
                yield judged.get(os.fsdecode(sent.path))

    def report_on(self, document: DocumentReport, moment: datetime) -> Report:
        """Return the report around one document."""
        return Report(
            documents=(document,),
            validation_time=moment,
            policy_id=self.policy.id,
            policy_version=self.policy.version,
            trust=self.trust.summary(),
            tool_version=__version__,
        )


def verify(
    source: Source,
    *,
    trust: TrustStore | None = None,
    policy: Policy | None = None,
    at: datetime | None = None,
    fetch: Fetcher | None = None,
    password: str | None = None,
    compare_pages: bool | None = None,
) -> Report:
    """Verify one document; see `Verifier`, which is for more than one."""
    verifier = Verifier(trust, policy, fetch, compare_pages=compare_pages)
    return verifier.verify(source, at=at, password=password)


def unreadable(
    path: str,
    problem: UnreadableError,
    limits: Limits | None = None,
    data: bytes | None = None,
) -> DocumentReport:
    """Return the report on a document about which nothing can be said.

    Where it reached one of the limits, the reason names that; `data` are its bytes, if they are
    at hand: a file that nobody could read has a digest all the same.
    """
    facts = {"detail": problem.detail} if problem.detail else {}
    if limits and (limit := limits.of(problem.code)):
        facts["limit"] = f"{limit:.0f}"
    return DocumentReport(
        path=path,
        indication=DocumentIndication.UNREADABLE,
        reason=Reason(problem.code, tuple(facts.items())),
        sha256="" if data is None else hashlib.sha256(data).hexdigest(),
        size=len(data or b""),
    )


def _identified(document: DocumentReport, source: Source) -> DocumentReport:
    """Return the report on a document nobody read with digest and size of its file."""
    if isinstance(source, str | os.PathLike):
        sha256, size = identity(source)
    elif isinstance(source, bytes | bytearray | memoryview):
        sha256, size = hashlib.sha256(source).hexdigest(), len(source)
    else:
        return document
    return replace(document, sha256=sha256, size=size)


class _Judged(Struct, Generic[T], frozen=True):
    """What came of a path in a worker process: a value, or what was raised."""

    value: T | None = None
    raised: tuple[str, str, str] | None = None
    """Class of a SigcheckError, its detail and its code."""

    def get(self, path: str) -> T:
        """Return the value, a report under the name it was asked for; raise what was raised."""
        if self.raised is not None:
            name, detail, code = self.raised
            kind = getattr(errors, name, SigcheckError)
            raise kind(detail, code=code)
        if isinstance(self.value, Report):
            document = replace(self.value.document, path=path)
            return replace(self.value, documents=(document,))
        return self.value  # type: ignore[return-value]


class _Judging(NamedTuple):
    """What a worker process does with a source; picklable where verifier and `then` are."""

    verifier: Verifier
    moment: datetime
    then: Callable[[Report], Any]

    def prepare(self) -> Callable[[SentSource], _Judged[Any]]:
        """Return what judges a source."""
        return self.judge

    def judge(self, sent: SentSource) -> _Judged[Any]:
        """Judge a document."""
        path = os.fsdecode(sent.path)
        source = path if sent.data is None else sent.data
        try:
            if sent.refused is not None:
                code, detail = sent.refused
                return _Judged(self.lost(sent, UnreadableError(detail, code=code)))
            report = self.verifier.verify(source, at=self.moment, name=path)
            return _Judged(self.then(report))
        except SigcheckError as problem:
            return _Judged(raised=(type(problem).__name__, problem.detail, problem.code))

    def lost(self, sent: SentSource, problem: UnreadableError) -> Any:
        """Say what came of a document over which workers were lost."""
        path, limits = os.fsdecode(sent.path), self.verifier.limits
        document = unreadable(path, problem, limits, sent.data)
        if sent.data is None and sent.refused is None:
            document = _identified(document, path)
        return self.then(self.verifier.report_on(document, self.moment))


def _sendable(report: Report) -> Report:
    """Return a report as it can travel: the name of a file may be bytes that are no text."""
    document = report.document
    shown = _text(document.path)
    if shown == document.path:
        return report
    reason = document.reason
    if reason is not None:
        reason = Reason(reason.code, tuple((name, _text(fact)) for name, fact in reason.facts))
    return replace(report, documents=(replace(document, path=shown, reason=reason),))


def _text(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _moment(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if not isinstance(at, datetime):
        raise TypeError(f"at: a datetime with an offset, not {type(at).__name__}")
    if at.tzinfo is None:
        raise UsageError("the validation time needs an offset, such as +07:00", code="AT-OFFSET")
    return at
