"""collect -> check -> conclude -> Report: the only place that reads the clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple, TypeVar

from msgspec.structs import replace

from sigcheck._judge import judge_document
from sigcheck._version import __version__
from sigcheck.config import TrustStore, load_policy
from sigcheck.errors import LimitExceededError, SigcheckError, UnreadableError, UsageError
from sigcheck.evidence import collect
from sigcheck.evidence.trust.lent import Lent
from sigcheck.fetch import Fetcher, NoFetch
from sigcheck.log import ERROR, INFO, log
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.limits import Limits
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Reason, Report, TrustSummary

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A path, the bytes of a document, or a file opened for reading bytes."""

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
    ) -> None:
        """Take the trust (default: no anchors at all), the policy (`intake`) and the limits.

        Nothing touches the network unless a Fetcher is passed in. `keep_materials` keeps the
        certificates, lists, responses and tokens in the evidence, for an evidence package.
        `pdfa` is asked for an outside verdict on PDF/A, such as `sigcheck.preserve.VeraPdf`.
        """
        self.trust = trust if trust is not None else TrustStore.load(())
        self.policy = policy if policy is not None else load_policy(DEFAULT_POLICY)
        self.fetch: Fetcher = fetch if fetch is not None else NoFetch()
        self.limits = limits if limits is not None else Limits()
        self.keep_materials = keep_materials
        self.pdfa = pdfa
        self._network: object = None

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
        """
        moment = _moment(at)
        path = name if name is not None else _name_of(source)
        try:
            data = _bytes_of(source, self.limits)
            document = self._document(_Given(data, moment, password, path))
        except UnreadableError as problem:
            document = unreadable(path, problem)
        except (SigcheckError, MemoryError):
            raise  # the caller's doing, and what only the owner of the process can answer
        except Exception as problem:  # noqa: BLE001 - no document ends in a traceback (rule 3)
            log(ERROR, "%s: %s", path, type(problem).__name__)
            document = unreadable(path, UnreadableError(type(problem).__name__, code=INTERNAL))
        log(INFO, "%s: %s", path, document.indication)
        return self.report_on(document, moment)

    def _document(self, given: _Given) -> DocumentReport:
        if isinstance(self.fetch, NoFetch):
            return self._judged(given, None)
        from sigcheck._online import judged_online, network_of

        self._network = network = network_of(self._network, self.fetch, self.trust)
        session = network.session()
        return judged_online(lambda lent: self._judged(given, lent), session, datetime.now(UTC))

    def _judged(self, given: _Given, lent: Lent | None) -> DocumentReport:
        evidence = collect(
            given.data,
            trust=self.trust,
            limits=self.limits,
            password=given.password,
            name=given.path,
            lent=lent,
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
        self, paths: Iterable[str | os.PathLike[str]], *, jobs: int = 1, at: datetime | None = None
    ) -> Iterator[Report]:
        """Yield a report per path, in the order given; `jobs` processes work side by side."""
        moment = _moment(at)
        if jobs <= 1:
            yield from (self.verify(path, at=moment) for path in paths)
            return
        yield from self.verify_each(paths, _as_it_is, jobs=jobs, at=moment)

    def verify_each(
        self,
        paths: Iterable[str | os.PathLike[str]],
        then: Callable[[Report], T],
        *,
        jobs: int,
        at: datetime | None = None,
    ) -> Iterator[T]:
        """Yield what `then` makes of the report on each path, made where the report was made.

        What `then` returns should be smaller than a report: it is all that comes back. A document
        over which worker processes die is reported UNREADABLE with the reason WORKER-LOST.
        """
        moment = _moment(at)
        from sigcheck._crew import side_by_side

        errand = _Errand(self, moment, then)
        named: Iterable[str] = (os.fspath(path) for path in paths)
        if isinstance(paths, list | tuple):
            named = list(named)
        yield from side_by_side(errand, named, jobs, errand.lost)

    def report_on(self, document: DocumentReport, moment: datetime) -> Report:
        """Return the report around one document."""
        return Report(
            documents=(document,),
            validation_time=moment,
            policy_id=self.policy.id,
            policy_version=self.policy.version,
            trust=TrustSummary(self.trust.digest, len(self.trust.anchors)),
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
) -> Report:
    """Verify one document; see `Verifier.verify`. Use a `Verifier` for more than one."""
    return Verifier(trust, policy, fetch).verify(source, at=at, password=password)


def unreadable(path: str, problem: UnreadableError) -> DocumentReport:
    """Return the report on a document about which nothing can be said."""
    facts = (("detail", problem.detail),) if problem.detail else ()
    return DocumentReport(
        path=path, indication=DocumentIndication.UNREADABLE, reason=Reason(problem.code, facts)
    )


class _Errand:
    """What a worker process does with a path; picklable where verifier and `then` are."""

    def __init__(self, verifier: Verifier, moment: datetime, then: Callable[[Report], Any]) -> None:
        self.verifier = verifier
        self.moment = moment
        self.then = then

    def __call__(self, path: str) -> Any:
        """Judge a document."""
        return self.then(self.verifier.verify(path, at=self.moment))

    def lost(self, path: str) -> Any:
        """Say what came of a document over which workers died."""
        document = unreadable(path, UnreadableError(code="WORKER-LOST"))
        return self.then(self.verifier.report_on(document, self.moment))


def _as_it_is(report: Report) -> Report:
    return report


def _moment(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise UsageError("the validation time needs an offset, such as +07:00", code="AT-OFFSET")
    return at


def _name_of(source: Source) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return str(getattr(source, "name", "-"))


def _bytes_of(source: Source, limits: Limits) -> bytes:
    if isinstance(source, str | os.PathLike):
        return _read(source, limits)
    if isinstance(source, bytes):
        return source
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    # One byte more than allowed tells an oversized stream from one that just fits.
    return source.read(limits.max_file_size + 1)


def _read(path: str | os.PathLike[str], limits: Limits) -> bytes:
    try:
        state = os.stat(path)
        if state.st_size > limits.max_file_size:
            raise LimitExceededError(f"{state.st_size} bytes", code="LIMIT-FILE-SIZE")
        return _whole(path)
    except FileNotFoundError as problem:
        from pathlib import Path

        raise UnreadableError(str(Path(path)), code="FILE-NOT-FOUND") from problem
    except OSError as problem:
        raise UnreadableError(problem.strerror or "", code="FILE-NOT-READABLE") from problem


def _whole(path: str | os.PathLike[str]) -> bytes:
    with open(path, "rb") as file:
        return file.read()
