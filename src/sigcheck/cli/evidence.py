"""`sigcheck evidence`: verify one document and keep everything the answer rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sigcheck.archive.audit_log import Ledger, check_of
from sigcheck.archive.package import build
from sigcheck.archive.replay import Package, read_package
from sigcheck.archive.report import Keeping
from sigcheck.cli import exits
from sigcheck.cli.arguments import Request, request
from sigcheck.cli.evidence_keeping import SUFFIX, now, wish_of, without_materials, write
from sigcheck.cli.usage import CommandLineError
from sigcheck.cli.verify import verifier_of
from sigcheck.errors import UnreadableError
from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, renderer
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Write the package, say what came of the document; the exit code is that of `verify`."""
    asked = request(arguments, "evidence")
    if len(asked.paths) != 1:
        raise CommandLineError("EVIDENCE-ONE-FILE")
    verifier = verifier_of(asked, keep_materials=True)
    report = verifier.verify(asked.paths[0], at=asked.at, password=asked.password)
    document = report.document
    if document.evidence is None:
        facts = dict(document.reason.facts) if document.reason else {}
        code = document.reason.code if document.reason else None
        raise UnreadableError(facts.get("detail", ""), code=code)
    output = asked.output or f"{asked.paths[0]}{SUFFIX}"
    wish = wish_of(document, asked, words, _head(report, asked, words))
    write(build(report, verifier.policy, wish), output)
    print(renderer("text")(without_materials(report), words, asked.options))
    for line in _written(read_package(output), output, words):
        print(plain(line))
    return exits.exit_code([document.indication])


def _head(report: Report, asked: Request, words: Words) -> str:
    if asked.ledger is None:
        return ""
    told = renderer("json")(report, words, RenderOptions())
    with Ledger.open(asked.ledger) as ledger:
        return ledger.append(check_of(report, now(), told), told).hash


def _written(package: Package, output: str, words: Words) -> list[str]:
    """Return what is in the package, read back from the disk: what isn't there isn't promised."""
    counts = Counter(material.keeping for material in package.info.materials)
    size = sum(map(len, package.files.values()))
    written = words.say("archive", "written", path=output, count=len(package.files), size=size)
    absent = [k for k in (Keeping.WITHHELD, Keeping.MISSING) if counts[k]]
    return [written, *(words.say("archive", k, count=counts[k]) for k in absent)]
