"""Hold verdicts against viewers: what a viewer shows otherwise than it was signed may not pass.

    python -m fuzz.viewers [-n 1000] [--seed 1] [-o FOLDER] [--jobs 2]

Each document of the grammar (`fuzz/grammar`) is judged first. Where a signature passes and the file
goes on behind it, the signed bytes and the whole are drawn in three viewers (`fuzz/drawing.py`).
What differs outside the rectangles of anchored later signatures and of filled fields that the
report names is a finding, and so is a crash. Findings are written to FOLDER, each as a PDF and a
text, with the fewest odd places that still show it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import sigcheck
from fuzz.drawing import LeftOut, Oracle
from fuzz.grammar.document import Made, make, plan_of
from sigcheck.model.finding import Status
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, SignatureReport

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 11, 23, tzinfo=UTC)
_CHUNK = 24
"""Documents a process does before it reports."""
_EVERY = 10.0
"""Seconds between two lines of progress."""


_FILLED = {"form-filling", "value-replaced"}
"""Changes whose report names the field and what it says now."""


class Finding(NamedTuple):
    """A document that passes and should not, or that broke something."""

    seed: str
    what: tuple[str, ...]
    tricks: tuple[str, ...]
    data: bytes
    signed_end: int


@dataclass
class Tally:
    """What a run came to."""

    made: int = 0
    drawn: int = 0
    """Documents in which a signature passed although the file goes on behind it."""
    indications: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another tally in."""
        self.made += other.made
        self.drawn += other.drawn
        self.indications += other.indications
        self.findings += other.findings


class Judge:
    """Judges and draws documents; holds the trust store and the oracle. Close it after use."""

    def __init__(self) -> None:
        self._verifier = sigcheck.Verifier(
            trust=sigcheck.TrustStore.load([ROOT / "fixtures" / "pki"])
        )
        self.oracle = Oracle(password="")

    def judged(self, data: bytes) -> DocumentReport:
        """Return the report of a document under policy `intake`."""
        return self._verifier.verify(data, at=AT).document

    def wrong(self, data: bytes, tally: Tally | None = None) -> tuple[tuple[str, ...], int]:
        """Return what is wrong with the verdict on a document, and where the signed bytes end."""
        try:
            report = self.judged(data)
        except Exception as error:  # noqa: BLE001 - whatever comes out is a finding
            return (f"sigcheck raised {type(error).__name__}: {error}",), 0
        if tally is not None:
            tally.indications[str(report.indication)] += 1
        if broken := _broken(report):
            return broken, 0
        ends = _passing_ends(report, len(data))
        if tally is not None and ends:
            tally.drawn += 1
        for end, left_out in ends:
            if found := self.oracle.differences(data[:end], data, left_out):
                return tuple(map(str, found)), end
        return (), 0

    def close(self) -> None:
        """End the viewers' processes."""
        self.oracle.close()


def _broken(report: DocumentReport) -> tuple[str, ...]:
    if report.reason and report.reason.code.startswith("INTERNAL"):
        return (f"sigcheck broke: {report.reason}",)
    crashed = {
        f.code for s in report.signatures for f in s.findings if f.outcome.status is Status.CRASHED
    }
    return tuple(f"sigcheck's check crashed: {code}" for code in sorted(crashed))


def _passing_ends(report: DocumentReport, size: int) -> list[tuple[int, list[LeftOut]]]:
    """Return where each passing signature's revision ends, and the rectangles that may differ."""
    found = []
    for signature in report.signatures:
        facts = signature.evidence.byte_range
        if (
            signature.indication is Indication.TOTAL_PASSED
            and facts
            and facts.end is not None
            and facts.end < size
        ):
            found.append((facts.end, _left_out(report, signature, facts.end)))
    return found


def _left_out(report: DocumentReport, signature: SignatureReport, end: int) -> list[LeftOut]:
    found = []
    for later in report.signatures:
        facts, widget, path = later.evidence.byte_range, later.evidence.widget, later.evidence.path
        behind = facts is not None and facts.end is not None and facts.end > end
        if (
            behind
            and path
            and path.anchor
            and widget
            and widget.page
            and widget.rect
            and later.evidence.kind != "document-timestamp"
        ):
            found.append(LeftOut(widget.page, widget.rect, may_hide=False))
    changes = signature.evidence.changes or ()
    filled = [item for item in changes if item.change in _FILLED]
    places = [(item.page, item.rect, item.before) for item in filled]
    # A value that was there may be covered by the one that the report names beside it.
    return found + [
        LeftOut(page, rect, may_hide=before not in {"", "null"})
        for page, rect, before in places
        if page and rect
    ]


def shrunk(judge: Judge, seed: str) -> Finding | None:
    """Return a seed's finding with as few odd places as still show it."""
    plan = dict(plan_of(seed))
    for place in list(plan):
        rest = {key: value for key, value in plan.items() if key != place}
        if judge.wrong(make(seed, rest).data)[0]:
            plan = rest
    made = make(seed, plan)
    what, end = judge.wrong(made.data)
    return Finding(seed, what, made.tricks, made.data, end) if what else None


_JUDGES: list[Judge] = []


def run(seeds: Sequence[str]) -> Tally:
    """Judge the documents of these seeds in this process."""
    if not _JUDGES:
        _JUDGES.append(Judge())
    judge, tally = _JUDGES[0], Tally()
    for seed in seeds:
        made: Made = make(seed)
        tally.made += 1
        what, end = judge.wrong(made.data, tally)
        if what:
            tally.findings.append(
                shrunk(judge, seed) or Finding(seed, what, made.tricks, made.data, end)
            )
    return tally


def tallies(seeds: Sequence[str], jobs: int) -> Iterator[Tally]:
    """Yield the tallies of all seeds, in chunks as they are done."""
    chunks = [seeds[at : at + _CHUNK] for at in range(0, len(seeds), _CHUNK)]
    if jobs <= 1:
        yield from map(run, chunks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        try:
            for done in as_completed([pool.submit(run, chunk) for chunk in chunks]):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def write(folder: Path, finding: Finding) -> None:
    """Write a finding as a PDF and a text beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = finding.seed.replace("/", "-")
    (folder / f"viewers-{name}.pdf").write_bytes(finding.data)
    lines = [
        f"# {finding.seed}: passes, signed up to {finding.signed_end} of {len(finding.data)}",
        "",
        "Shown otherwise:",
        "",
    ]
    lines += (
        [f"- {what}" for what in finding.what]
        + ["", "Tricks:", ""]
        + [f"- {trick}" for trick in finding.tricks]
    )
    behind = finding.data[finding.signed_end :][:6000]
    lines += [
        "",
        "Behind the signed bytes:",
        "",
        "```",
        behind.decode("latin-1").encode("unicode_escape").decode().replace("\\n", "\n"),
        "```",
        "",
    ]
    (folder / f"viewers-{name}.md").write_text("\n".join(lines), "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 where something was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-n", type=int, default=1000, help="documents")
    parser.add_argument("--seed", default="1")
    parser.add_argument("-o", "--output", type=Path, help="folder for findings")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--from", type=int, default=0, dest="first", help="number of the first document"
    )
    options = parser.parse_args(arguments)
    seeds = [
        f"{options.seed}/{number}" for number in range(options.first, options.first + options.n)
    ]
    total, begin, said = Tally(), time.monotonic(), 0.0
    for tally in tallies(seeds, options.jobs):
        total.add(tally)
        for finding in tally.findings:
            sys.stdout.write(
                f"{finding.seed}: {'; '.join(finding.what)}\n  {' | '.join(finding.tricks)}\n"
            )
            if options.output:
                write(options.output, finding)
        if time.monotonic() - said > _EVERY or total.made == len(seeds):
            said = time.monotonic()
            rate = total.made / (said - begin)
            sys.stderr.write(
                f"{total.made} of {len(seeds)}, {total.drawn} drawn, "
                f"{len(total.findings)} findings, {rate:.1f} documents/s\n"
            )
        sys.stdout.flush()
    passed = total.indications[str(DocumentIndication.TOTAL_PASSED)]
    sys.stdout.write(
        f"{total.made} documents, {passed} passed, {total.drawn} drawn, "
        f"{len(total.findings)} findings\n"
    )
    return 1 if total.findings else 0


if __name__ == "__main__":
    sys.exit(main())
