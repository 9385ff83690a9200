"""`sigcheck evidence` keeps everything an answer rests on; `sigcheck replay` judges it again."""

from __future__ import annotations

import os
import secrets
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path, PurePath

from msgspec.structs import replace

from sigcheck.archive.audit_log import AuditLog, check_of
from sigcheck.archive.package import Stamper, Wish, build
from sigcheck.archive.replay import Package, Replay, Said, read_package, replay
from sigcheck.archive.report import Keeping
from sigcheck.archive.stamp import judge_stamp, request_token
from sigcheck.cli.parser import CommandLineError, Parser, option, positional
from sigcheck.cli.streams import destination, exit_code
from sigcheck.cli.verify import (
    AT,
    POLICY,
    TRUST,
    VERBOSE,
    VERIFY,
    Request,
    fetcher,
    judge,
    request,
    verifier_of,
)
from sigcheck.config import TrustStore, load_policy
from sigcheck.errors import UnreadableError
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Report
from sigcheck.render import FORMATS, RenderOptions, renderer
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words
from sigcheck.sources import read_file

SUFFIX = ".sigcheck.zip"
_SHOWN = 12
"""Digits of the SHA-256 in a package's name: two documents may have one name."""

REPLAY = (
    positional("packages", "*", is_path=True),
    POLICY._replace(heading="options"),
    AT._replace(heading="options"),
    TRUST._replace(heading="options"),
    option("--format", choices=FORMATS, default="text"),
    VERBOSE._replace(heading="options"),
)
ARGUMENTS = {"evidence": VERIFY, "replay": REPLAY}


# --- evidence -------------------------------------------------------------------------------------


def run(arguments: Sequence[str], words: Words) -> int:
    """Write the package, say what came of the document; the exit code is that of `verify`."""
    asked = request(Parser("evidence", VERIFY).read(arguments))
    if len(asked.paths) != 1:
        raise CommandLineError("EVIDENCE-ONE-FILE")
    verifier = verifier_of(asked, words, keep_materials=True)
    report = judge(verifier, asked.paths[0], asked)
    document = report.document
    if document.evidence is None:
        facts = dict(document.reason.facts) if document.reason else {}
        code = document.reason.code if document.reason else None
        raise UnreadableError(facts.get("detail", ""), code=code)
    output = asked.output or f"{asked.paths[0]}{SUFFIX}"
    with _log(asked) as log:
        wish = _wish(document, asked, words, _recorded(report, log, words))
    _write(build(report, verifier.policy, wish), output, force=asked.force)
    print(renderer("text")(_without_materials(report), words, asked.options))
    for line in _written(read_package(output), output, words):
        print(plain(line))
    return exit_code([document.indication])


def _written(package: Package, output: str, words: Words) -> list[str]:
    """Return what is in the package, read back from the disk: what isn't there isn't promised."""
    counts = Counter(material.keeping for material in package.info.materials)
    size = sum(map(len, package.files.values()))
    written = words.say("archive", "written", path=output, count=len(package.files), size=size)
    absent = [k for k in (Keeping.WITHHELD, Keeping.MISSING) if counts[k]]
    return [written, *(words.say("archive", k, count=counts[k]) for k in absent)]


def kept(
    reports: Iterator[Report], policy: Policy, asked: Request, words: Words
) -> Iterator[Report]:
    """Yield the reports as they are entered into the audit log and packed into the folder.

    They come without their materials, which nobody needs afterwards.
    """
    folder = Path(asked.evidence) if asked.evidence is not None else None
    if folder is not None and not folder.is_dir():
        raise CommandLineError("EVIDENCE-FOLDER", detail=str(folder))
    with _log(asked) as log:
        for report in reports:
            head = _recorded(report, log, words)
            if folder is not None:
                _packed(report, policy, asked, words, folder, head)
            yield _without_materials(report)


def _log(asked: Request) -> AbstractContextManager[AuditLog | None]:
    return AuditLog.open(asked.audit_log) if asked.audit_log else nullcontext()


def _recorded(report: Report, log: AuditLog | None, words: Words) -> str:
    """Enter the check into the audit log and return the hash of its entry."""
    if log is None:
        return ""
    text = renderer("json")(report, words, RenderOptions())
    return log.append(check_of(report, now(), text), text).hash


def _packed(
    report: Report, policy: Policy, asked: Request, words: Words, folder: Path, head: str
) -> None:
    document = report.document
    if document.evidence is None:
        note = words.say("archive", "no_evidence", path=document.path)
        print(plain(note), file=sys.stderr)
        return
    name = f"{PurePath(document.path).name}.{document.sha256[:_SHOWN]}{SUFFIX}"
    data = build(report, policy, _wish(document, asked, words, head))
    _write(data, str(folder / name), force=True)  # the name is the document's digest


def _wish(document: DocumentReport, asked: Request, words: Words, head: str) -> Wish:
    """Return what a package shall hold; raises UnreadableError where the document is gone."""
    return Wish(
        made_at=now(),
        lang=words.lang,
        full=asked.options.full,
        document=read_file(document.path, asked.limits)[1] if asked.include_document else None,
        stamp=_stamper(asked) if asked.tsa else None,
        ledger_head=head,
    )


def _write(data: bytes, output: str, *, force: bool) -> None:
    with destination(output, force=force) as put:
        put(data)


def _without_materials(report: Report) -> Report:
    """Return the report with evidence that is as light as without an evidence package."""
    light = [
        replace(d, evidence=replace(d.evidence, materials={})) if d.evidence else d
        for d in report.documents
    ]
    return replace(report, documents=tuple(light))


def now() -> datetime:
    """Return the moment a package or an entry is made; SOURCE_DATE_EPOCH makes it repeatable."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed.isascii() and fixed.isdigit() and len(fixed) <= len("99999999999"):
        return datetime.fromtimestamp(int(fixed), UTC)
    return datetime.now(UTC).replace(microsecond=0)


def _stamper(asked: Request) -> Stamper:
    url, fetch = str(asked.tsa), fetcher(asked.store)
    return lambda manifest: request_token(manifest, url, fetch, secrets.randbits(63))


# --- replay ---------------------------------------------------------------------------------------


def run_replay(arguments: Sequence[str], words: Words) -> int:
    """Judge the package's evidence again; what changed is said, an altered package refused."""
    found = Parser("replay", REPLAY).read(arguments)
    if len(found.packages) != 1:
        raise CommandLineError("REPLAY-ONE-PACKAGE")
    package = read_package(found.packages[0])
    policy = load_policy(found.policy) if found.policy else None
    again = replay(package, policy, found.at)
    options = RenderOptions(verbose=found.verbose, full=not package.info.masked)
    sys.stdout.write(renderer(found.format)(again.report, words, options))
    # A reader of JSON or CSV gets nothing else on standard output.
    target = sys.stdout if found.format == "text" else sys.stderr
    print(file=target)
    for line in _lines(package, again, found, words):
        print(plain(line), file=target)
    return exit_code([again.report.indication])


RUN = {"evidence": run, "replay": run_replay}


def _lines(package: Package, again: Replay, found: Namespace, words: Words) -> Iterator[str]:
    info = package.info
    yield words.say(
        "archive",
        "replayed",
        made=info.made_at,
        at=info.validation_time,
        policy=info.policy_id,
        version=info.tool_version,
    )
    yield from _shifts(again, words)
    if info.masked:
        yield words.say("archive", "masked")
    if package.repacked:
        yield words.say("archive", "repacked")
    yield _stamp(package, found.trust, words)


def _shifts(again: Replay, words: Words) -> Iterator[str]:
    for shift in again.shifts:
        before, after = _said(shift.before, words), _said(shift.after, words)
        key = "shifted_signature" if shift.field else "shifted"
        yield words.say("archive", key, field=shift.field, before=before, after=after)
    if again.causes:
        causes = ", ".join(words.name("replay_cause", cause) for cause in again.causes)
        yield words.say("archive", "because" if again.shifts else "no_matter", causes=causes)
    else:
        yield words.say("archive", "same")


def _said(said: Said, words: Words) -> str:
    verdict = words.name("indication", said.indication)
    return f"{verdict} ({said.sub_indication})" if said.sub_indication else verdict


def _stamp(package: Package, trust: Sequence[str], words: Words) -> str:
    """Say what a time-stamp of the manifest is worth under the trust given."""
    if package.stamp is None:
        return words.say("archive", "unstamped")
    stamp = judge_stamp(package.stamp, package.manifest, TrustStore.load(trust), package.policy)
    verdict = words.name("indication", stamp.indication.value)
    return words.say("archive", "stamped", time=stamp.time, tsa=stamp.tsa, verdict=verdict)
