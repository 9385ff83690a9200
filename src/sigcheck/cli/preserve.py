"""`sigcheck preserve`: give a document what it needs to be checked when its CAs are gone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from sigcheck.cli.parser import CommandLineError, Parser, flag, option, whole_number
from sigcheck.cli.streams import destination, exit_code
from sigcheck.cli.verify import VERIFY, Request, documents, fetcher, request, verifier_of
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import NotPassedError, Report
from sigcheck.preserve import Preserved, Renewal, preserve, renewal
from sigcheck.preserve.preserve import LEAD
from sigcheck.render import renderer
from sigcheck.render.sanitize import plain
from sigcheck.render.values import iso
from sigcheck.render.words import Words
from sigcheck.sources import read_file

_MOST_DAYS = 36_500

PRESERVE = (
    *VERIFY,
    flag("--due"),
    option("--within", convert=whole_number(0, _MOST_DAYS), default=LEAD.days),
)


def run(arguments: Sequence[str], words: Words) -> int:
    """Preserve one document, or list for many when their proof runs out."""
    found = Parser("preserve", PRESERVE).read(arguments)
    asked = request(found)
    if found.due:
        return _due(asked, timedelta(days=found.within), words)
    if len(asked.paths) != 1 or asked.output is None:
        raise CommandLineError("PRESERVE-ONE-FILE")
    try:
        done = _preserved(Path(asked.paths[0]), asked, words)
    except NotPassedError as refused:
        return _refused(_named(refused.report, asked.paths[0]), asked, words)
    with destination(asked.output, force=asked.force, own=asked.paths[0]) as put:
        put(done.data)
    after = _named(done.after, asked.output)
    sys.stdout.write(renderer("text")(after, words, asked.options))
    print()
    print(plain(words.say("preserve", "written", path=asked.output, **_levels(done))))
    return exit_code([done.after.indication])


RUN = {"preserve": run}
ARGUMENTS = {"preserve": PRESERVE}


def _preserved(path: Path, asked: Request, words: Words) -> Preserved:
    _, data = read_file(path, asked.limits)
    # --tsa is the permission: that one address may be asked, and nothing else is.
    fetch = fetcher(asked.store) if asked.tsa else None
    return preserve(data, verifier_of(asked, words), tsa=asked.tsa, fetch=fetch, at=asked.at)


def _named(report: Report, path: str) -> Report:
    """Return the report on bytes under the name of their file."""
    return replace(report, documents=(replace(report.document, path=path),))


def _refused(report: Report, asked: Request, words: Words) -> int:
    sys.stdout.write(renderer("text")(report, words, asked.options))
    print()
    print(plain(words.say("preserve", "refused")))
    return exit_code([report.indication])


def _levels(done: Preserved) -> dict[str, str]:
    def named(report: Report) -> str:
        levels = {s.pades_level for s in report.document.signatures if s.pades_level}
        return ", ".join(sorted(levels)) or "–"

    end = renewal(done.after.document)
    return {
        "before": named(done.before),
        "after": named(done.after),
        "until": (iso(end.until) or "")[:10] if end else "–",
    }


_REFUSED = (DocumentIndication.TOTAL_FAILED, DocumentIndication.UNREADABLE)


def _due(asked: Request, lead: timedelta, words: Words) -> int:
    """Print a line for each document, the due ones marked; their verdict is the exit code."""
    verifier, at = verifier_of(asked, words), asked.at or datetime.now(UTC)
    worst = []
    for path in documents(asked.paths):
        report = verifier.verify(path, at=at)
        worst.append(report.indication)
        if report.indication in _REFUSED:
            verdict = words.name("indication", report.indication)
            line = words.say("preserve", "refused_one", path=str(path), verdict=verdict)
        else:
            line = _due_line(str(path), renewal(report.document), at, lead, words)
        print(plain(line))
    return exit_code(worst)


def _due_line(path: str, end: Renewal | None, at: datetime, lead: timedelta, words: Words) -> str:
    if end is None:
        return words.say("preserve", "nothing", path=path)
    which = "due" if end.due(at, lead) else "later"
    until = (iso(end.until) or "")[:10]
    return words.say("preserve", which, path=path, until=until, subject=end.subject)
