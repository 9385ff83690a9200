"""Judge, ask the network for what was missing, judge again: only where a Fetcher was passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sigcheck.checks.times import at_or_now, bad_answers, fresh_answer
from sigcheck.config import TrustStore
from sigcheck.evidence.trust.lent import Lent
from sigcheck.evidence.trust.online import Network, Session
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import PathFacts
from sigcheck.model.report import DocumentReport, SignatureReport

MAX_ROUNDS = 6
"""A CA, its status, then the time-stamps, then the signer: each may open the next question."""


def network_of(known: object, fetch: Fetcher, trust: TrustStore) -> Network:
    """Return a verifier's network memory, made when first needed: most never touch the network."""
    return known if isinstance(known, Network) else Network(fetch, trust)


def judged_online(
    judge: Callable[[Lent], DocumentReport], session: Session, now: datetime
) -> DocumentReport:
    """Return the report on a document once nothing more can be learnt, or after some rounds.

    `judge` gathers the evidence with what is lent and judges it; `now` is this machine's time.
    """
    document = judge(session.lent)
    for _ in range(MAX_ROUNDS):
        if not _learn(document, session, now):
            break
        document = judge(session.lent)
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
        for token in evidence.timestamps:
            if token.path is not None:
                yield token.path, at_or_now(token.time)
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
