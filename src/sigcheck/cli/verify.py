"""`sigcheck verify`: judge documents and say what came of it.

`evidence`, `preserve` and `batch` take its arguments as well, and its verifier.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from sigcheck.api import Verifier
from sigcheck.cli.parser import (
    Argument,
    CommandLineError,
    Parser,
    flag,
    nearest,
    option,
    positional,
    switch,
    whole_number,
)
from sigcheck.cli.streams import Write, destination, exit_code, tracked
from sigcheck.config import TrustStore, load_policy
from sigcheck.config.pins import Role, own_pins
from sigcheck.config.policy import available_policies
from sigcheck.config.store import UserStore, store_folder
from sigcheck.errors import UnreadableError
from sigcheck.fetch import Fetcher
from sigcheck.model.clock import moment_of
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.policy import Limits
from sigcheck.model.report import STANDARD_INPUT, DocumentReport, Report
from sigcheck.render import FORMATS, STREAMED, RenderOptions, renderer
from sigcheck.render.layout import wrapped
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words
from sigcheck.sources import read_file

ARCHIVE = "archive"
"""The policy under which a document's form matters as well as its signatures."""
COLORS = ("auto", "always", "never")
FILES = ("pdf", "xlsx")
"""Formats that are no text."""
_ENDINGS = {".htm": "html", ".txt": "text"}
"""Formats by the ending of `--output`, beside those that are called like it."""
_WITH_PICTURES = frozenset({"html", *FILES})
"""Formats that come with pictures, or are no text: their libraries load only when asked for."""
MOST_PICTURED = 10
"""Documents of one report that get pictures: a page of a hundred would open nowhere."""
_MOST_JOBS = 1_000
_LONGEST_PASSWORD = 4_096
"""Bytes of a password file's first line: a device has lines without end."""
_PASSED = DocumentIndication.TOTAL_PASSED
_NARROWEST, _WIDEST = 40, 120
"""Columns: a longer line is hard to read."""


# --- arguments ------------------------------------------------------------------------------------


def moment(text: str) -> datetime:
    """Return a moment; raises CommandLineError for what is none."""
    try:
        return moment_of(text)
    except ValueError as problem:
        raise CommandLineError("USAGE-TIME") from problem


def policy_name(text: str) -> str:
    """Return the name or path of a policy.

    Raises:
        CommandLineError: naming the policies there are.
    """
    known = available_policies()
    if text in known or Path(text).is_file():
        return text
    facts = {"accepted": ", ".join(known), "nearest": nearest(text, known)}
    raise CommandLineError("POLICY-UNKNOWN", detail=text, **facts)


_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_LIMITS = tuple(f.removeprefix("max_").replace("_", "-") for f in Limits.__struct_fields__)


def limit(text: str) -> tuple[str, float]:
    """Return the field of `Limits` and its value.

    Raises:
        CommandLineError: naming the limits there are.
    """
    name, _, value = text.partition("=")
    found = re.fullmatch(r"(\d{1,12})([KMG]?)", value.upper(), re.ASCII)
    if name not in _LIMITS or found is None or not int(found[1]):
        near = nearest(name, _LIMITS) if name not in _LIMITS else ""
        raise CommandLineError("USAGE-LIMIT", accepted=", ".join(_LIMITS), nearest=near)
    return f"max_{name.replace('-', '_')}", int(found[1]) * _UNITS[found[2]]


def password_of(path: str | None) -> str | None:
    """Return the first line of the file: a password on the command line would be seen by all."""
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            line = file.readline(_LONGEST_PASSWORD + 1)
        found = line.decode("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as problem:
        raise CommandLineError("PASSWORD-FILE", detail=path) from problem
    if not line or len(line) > _LONGEST_PASSWORD:
        raise CommandLineError("PASSWORD-FILE", detail=path)
    return found


TRUST = option("--trust", many=True, heading="trust", is_path=True)
STORE = option("--store", heading="trust", is_path=True)
CRL = option("--crl", many=True, heading="trust", is_path=True)
POLICY = option("--policy", heading="trust", convert=policy_name, is_path=True)
AT = option("--at", heading="trust", convert=moment)
ONLINE = flag("--online", heading="trust")
PASSWORD = option("--password-file", heading="trust", is_path=True)
AUDIT_LOG = option("--audit-log", "--ledger", heading="result", is_path=True)
VERBOSE = Argument(("--verbose", "-v"), "count", default=0, heading="result")
COMPARE_PAGES = switch("--compare-pages", heading="trust")
LIMIT = option("--limit", many=True, heading="trust", convert=limit)
JUDGING = (TRUST, STORE, CRL, POLICY, AT, ONLINE, COMPARE_PAGES, LIMIT)
"""What decides about a verdict."""
PATHS = positional("paths", "*", is_path=True)
OUTPUT = option("--output", "-o", heading="result", is_path=True)
FORCE = flag("--force", heading="result")

VERIFY = (
    PATHS,
    *JUDGING,
    PASSWORD,
    option("--format", heading="result", choices=(*FORMATS, *FILES)),
    OUTPUT,
    FORCE,
    VERBOSE,
    flag("--quiet", "-q", heading="result"),
    flag("--no-pictures", heading="result"),
    flag("--full", heading="result"),
    option("--evidence", heading="result", is_path=True),
    flag("--include-document", heading="result"),
    option("--tsa", heading="result"),
    AUDIT_LOG,
    option("--color", heading="result", choices=COLORS, default="auto"),
    option("--jobs", "-j", heading="result", convert=whole_number(0, _MOST_JOBS), default=1),
)


class Request(NamedTuple):
    """What is to be verified, and how; paths are the user's own."""

    paths: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()
    store: str | None = None
    crls: tuple[str, ...] = ()
    policy: str | None = None
    at: datetime | None = None
    online: bool = False
    compare_pages: bool | None = None
    """Whether pages are compared with how they were signed; None leaves that to the policy."""
    limits: Limits = Limits()
    format: str = "text"
    output: str | None = None
    force: bool = False
    """Whether a file that is there already may be replaced."""
    jobs: int = 1
    password: str | None = None
    pictures: bool = True
    options: RenderOptions = RenderOptions()
    evidence: str | None = None
    """Folder for an evidence package of each document."""
    audit_log: str | None = None
    tsa: str | None = None
    """Address of a time-stamping authority for packages: the one network use it allows."""
    include_document: bool = False
    quiet: bool = False
    """Whether nothing but what did not pass is to be shown."""


def request(found: Namespace) -> Request:
    """Return what is asked for by arguments of `VERIFY`.

    Raises:
        CommandLineError: with the sentence that helps.
    """
    if not found.paths:
        raise CommandLineError("USAGE-PATH-MISSING")
    asked = judging(found)
    # Somebody waits for the answer, so it comes with the second opinion.
    compare = asked.compare_pages if asked.compare_pages is not None else True
    return asked._replace(
        compare_pages=compare,
        format=found.format or "text",
        output=found.output,
        force=found.force,
        jobs=found.jobs or os.cpu_count() or 1,
        password=password_of(found.password_file),
        pictures=not found.no_pictures,
        options=RenderOptions(
            color=_color(found.color, found.output),
            verbose=found.verbose,
            full=found.full,
            width=_width(),
        ),
        evidence=found.evidence,
        audit_log=found.audit_log,
        tsa=found.tsa,
        include_document=found.include_document,
        quiet=found.quiet,
    )


def judging(found: Namespace) -> Request:
    """Return what is asked for by arguments of `JUDGING`, and the paths."""
    return Request(
        paths=tuple(found.paths),
        trust=tuple(found.trust),
        store=found.store,
        crls=tuple(found.crl),
        policy=found.policy,
        at=found.at,
        online=found.online,
        compare_pages=found.compare_pages,
        limits=Limits(**dict(found.limit)),
    )


def output_format(found: Namespace) -> str:
    """Return the format named, else what the ending of `--output` stands for, else text.

    Raises:
        CommandLineError: for an ending that stands for nothing.
    """
    ending = Path(found.output or "").suffix.lower()
    name = found.format or _ENDINGS.get(ending, ending.removeprefix(".")) or "text"
    if name not in (*FORMATS, *FILES):
        accepted = ", ".join(f".{known}" for known in ("txt", *FORMATS[1:], *FILES))
        facts = {"option": "--output", "detail": str(found.output), "accepted": accepted}
        raise CommandLineError("USAGE-OPTION-CHOICE", **facts)
    return name


def _color(wanted: str, output: str | None) -> bool:
    if wanted != "auto":
        return wanted == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and output is None and sys.stdout.isatty()


def _width() -> int:
    """Return the columns to write for: the terminal's or COLUMNS, 80 where neither is known."""
    return min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)


def documents(paths: Iterable[str], skipped: list[str] | None = None) -> list[str]:
    """Return the files of the paths in order, folders searched for PDFs, none twice.

    A path that is not there stays in the list: it gets a report of its own. Other files of the
    folders are added to `skipped`.

    Raises:
        CommandLineError: for a folder without a PDF.
    """
    found: dict[str, None] = {}
    for path in paths:
        files = _files(path) if Path(path).is_dir() else [path]
        names = [f for f in files if f == path or f.lower().endswith(".pdf")]
        if not names:
            raise CommandLineError("NO-PDF-IN-FOLDER", detail=path)
        found.update(dict.fromkeys(names))
        if skipped is not None:
            skipped += [f for f in files if f not in found]
    return list(found)


def _files(folder: str) -> list[str]:
    """Return the files below a folder in the order of their names; links to folders stay closed.

    Those that programs hide or lock with are left out.
    """
    found: list[str] = []
    for base, folders, names in os.walk(folder):
        folders.sort()
        found += [str(Path(base, n)) for n in sorted(names) if not n.startswith((".", "~$"))]
    return found


# --- verifier -------------------------------------------------------------------------------------


def verifier_of(asked: Request, words: Words, *, keep_materials: bool = False) -> Verifier:
    """Return the verifier that was asked for; what its trust passes over is told."""
    trust = _trust(asked)
    for problem in trust.damaged:
        print(words.say("run", "trust_damaged", detail=plain(problem)), file=sys.stderr)
    return Verifier(
        trust=trust,
        policy=load_policy(asked.policy) if asked.policy else None,
        fetch=fetcher(asked.store) if asked.online else None,
        limits=asked.limits,
        keep_materials=keep_materials or asked.evidence is not None,
        pdfa=_pdfa(asked),
        compare_pages=asked.compare_pages,
    )


def _trust(asked: Request) -> TrustStore:
    """Return what is trusted: the paths named, else the user's own store, both where both are.

    The store's revocation lists count in any case: they can only be signed by a CA of the path.
    """
    store = UserStore(store_folder(os.environ, asked.store))
    if asked.trust and not asked.store:
        trust = TrustStore.load(asked.trust, crls=asked.crls)
        return dataclasses.replace(trust, cache=str(store.cache))
    return TrustStore.load(asked.trust, crls=asked.crls, store=store)


def fetcher(store: str | None) -> Fetcher:
    """Return what may ask the network, with the settings of the user's store.

    Raises:
        UsageError: where its `network.toml` is wrong.
    """
    # Nothing of the network is loaded where nobody asked for it.
    from sigcheck.config.store import network_settings
    from sigcheck.fetch.http import HttpFetch

    return HttpFetch(network_settings(store_folder(os.environ, store)))


def _pdfa(asked: Request) -> Callable[[bytes], str] | None:
    """Ask veraPDF under the archive's policy, where it is installed: it takes seconds a file."""
    if asked.policy != ARCHIVE:
        return None
    from sigcheck.preserve.verapdf import VeraPdf  # brings pyHanko, which takes half a second

    return VeraPdf.installed()


def judge(verifier: Verifier, path: str, asked: Request) -> Report:
    """Return the report on one document; `-` is standard input."""
    source = sys.stdin.buffer if path == STANDARD_INPUT else path
    return verifier.verify(source, at=asked.at, password=asked.password, name=path)


# --- the command ----------------------------------------------------------------------------------


def run(arguments: Sequence[str], words: Words) -> int:
    """Judge every document, write the result, return the exit code of the worst."""
    found = Parser("verify", VERIFY).read(arguments)
    asked = request(found)._replace(format=output_format(found))
    skipped: list[str] = []
    files = documents(asked.paths, skipped)
    brief = len(files) > 1 and not asked.options.verbose
    asked = asked._replace(options=replace(asked.options, brief=brief))
    offers = len(files) == 1 and asked.format == "text" and _somebody_answers(asked)
    verifier = verifier_of(asked, words, keep_materials=offers)
    roots: dict[str, bytes] | None = {} if offers else None
    # Results that appear on the terminal as they come are progress enough.
    streaming = asked.output is None and asked.format in STREAMED and sys.stdout.isatty()
    label, wanted = words.say("run", "progress"), not streaming and not asked.quiet
    with destination(asked.output, force=asked.force) as write:
        if asked.format in STREAMED:
            pieces = _pieces(verifier, files, asked, words, roots)
            pieces = tracked(pieces, len(files), label, wanted=wanted)
            counts = _one_by_one(pieces, verifier.trust, asked, words, write)
        else:
            judged = _kept(_reports(verifier, files, asked), verifier, asked, words)
            judged = tracked(judged, len(files), label, wanted=wanted)
            counts = _together(judged, asked, words, write)
        if skipped and not asked.quiet:
            _report_skipped(skipped, asked, words, write)
        if brief and asked.format == "text" and not asked.quiet:
            from sigcheck.render.text import next_step  # not needed for one file, the usual case

            write(next_step(counts, verifier.trust.summary(), words, asked.options))
    if roots:
        from sigcheck.cli.trust_intake import offer_roots  # seldom needed

        offer_roots(roots, UserStore(store_folder(os.environ, asked.store)), words)
    return exit_code(counts)


def _somebody_answers(asked: Request) -> bool:
    """Return whether a question may be asked: at a terminal, with the user's store in use."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and asked.output is None
    return terminal and not asked.quiet and bool(asked.store or not asked.trust)


def _noting_roots(
    reports: Iterator[Report], trust: TrustStore, roots: dict[str, bytes]
) -> Iterator[Report]:
    """Note certificates of our pinned roots that a document carries and the store lacks."""
    wanted = {p.sha256 for p in own_pins() if p.role is Role.ANCHOR} - {*trust.certificates}
    for report in reports:
        if report.document.evidence:
            found = report.document.evidence.materials
            roots.update({sha256: der for sha256, der in found.items() if sha256 in wanted})
        yield report


def _report_skipped(skipped: list[str], asked: Request, words: Words, write: Write) -> None:
    names = tuple(Path(name).name for name in skipped)
    line = plain(words.say("run", "skipped", count=len(names), names=names))
    if asked.format == "text":
        write("".join(f"{part}\n" for part in wrapped(line, asked.options)))
    else:
        print(line, file=sys.stderr)


RUN = {"verify": run}
ARGUMENTS = {"verify": VERIFY}


def _kept(
    reports: Iterator[Report], verifier: Verifier, asked: Request, words: Words
) -> Iterator[Report]:
    """Pass the reports through whatever keeps them: an audit log, a folder of packages."""
    if asked.evidence is None and asked.audit_log is None:
        return reports
    from sigcheck.cli.evidence import kept  # brings the archive and sqlite

    return kept(reports, verifier.policy, asked, words)


def _reports(verifier: Verifier, files: list[str], asked: Request) -> Iterator[Report]:
    if asked.password is None and STANDARD_INPUT not in files:
        yield from verifier.verify_many(files, jobs=min(asked.jobs, len(files)), at=asked.at)
        return
    for file in files:
        yield judge(verifier, file, asked)


def _pieces(
    verifier: Verifier,
    files: list[str],
    asked: Request,
    words: Words,
    roots: dict[str, bytes] | None,
) -> Iterator[_Piece]:
    """Yield each document in words; where nothing else is wanted of it, they are made in place.

    Workers then send what is to be written, and not reports for this one process to render.
    """
    jobs = min(asked.jobs, len(files))
    kept = asked.evidence is not None or asked.audit_log is not None
    if jobs > 1 and not kept and asked.password is None and STANDARD_INPUT not in files:
        options = replace(asked.options, pictures={})  # plain, for where processes don't fork
        then = partial(_piece, asked.format, words, options)
        yield from verifier.verify_each(files, then, _Piece, jobs=jobs, at=asked.at)
        return
    reports = _reports(verifier, files, asked)
    if roots is not None:
        reports = _noting_roots(reports, verifier.trust, roots)
    for report in _kept(reports, verifier, asked, words):
        yield _piece(asked.format, words, asked.options, report)


_Piece = tuple[str, DocumentIndication]
"""What is to be written about one document, and the verdict on it."""


def _piece(name: str, words: Words, options: RenderOptions, report: Report) -> _Piece:
    text = renderer(name)(report, words, options)
    # A file's name may be no text; it is written with a question mark, from here as by a worker.
    return text.encode("utf-8", "replace").decode(), report.indication


def _one_by_one(
    pieces: Iterator[_Piece], trust: TrustStore, asked: Request, words: Words, write: Write
) -> Counter[DocumentIndication]:
    counts: Counter[DocumentIndication] = Counter()
    spoken = asked.format == "text" and not asked.quiet
    separator = ""
    if asked.options.brief and spoken:
        from sigcheck.render.text import missing_roots  # not needed for one file, the usual case

        if head := missing_roots(trust.summary(), words, asked.options):
            write(f"{head}\n")
    for text, indication in pieces:
        counts[indication] += 1
        if asked.quiet and asked.format == "text" and indication is _PASSED:
            continue
        write(separator + text)
        separator = "\n" if asked.format == "text" and not asked.options.brief else ""
    if counts.total() > 1 and spoken:
        from sigcheck.render.text import summary  # as above

        write(f"\n{summary(counts, words, asked.options)}\n")
    return counts


def _together(
    reports: Iterator[Report], asked: Request, words: Words, write: Write
) -> Counter[DocumentIndication]:
    first, *others = reports
    report = first.merged_with(others)
    write(rendered(report, asked, words))
    return Counter(document.indication for document in report.documents)


def rendered(report: Report, asked: Request, words: Words) -> str | bytes:
    """Return the report in the format that was asked for.

    Raises:
        MissingPartError: where a library or program for the format is not installed.
    """
    if asked.format == "xlsx":
        from sigcheck.render.spreadsheet import workbook  # an optional library

        return workbook(report, words, asked.options)
    options = asked.options
    if asked.format in _WITH_PICTURES and asked.pictures:
        options = with_pictures(report, options, asked)
    page = renderer("html" if asked.format == "pdf" else asked.format)(report, words, options)
    if asked.format != "pdf":
        return page
    from sigcheck.pages.paper import printed  # starts a browser
    from sigcheck.render.html import document_info

    return printed(page, document_info(report, words))


def with_pictures(report: Report, options: RenderOptions, asked: Request) -> RenderOptions:
    """Return the options with pictures of the first documents."""
    from sigcheck.model.pictures import Pictures  # for a format that shows them
    from sigcheck.pages import draw

    def drawn(document: DocumentReport) -> Pictures:
        try:
            _, data = read_file(document.path, asked.limits)
        except UnreadableError:
            return Pictures(problem="other-file")
        return draw(data, document, password=asked.password)

    pictures = {d.sha256: drawn(d) for d in report.documents[:MOST_PICTURED] if d.sha256}
    left = {d.sha256: Pictures(problem="many") for d in report.documents[MOST_PICTURED:]}
    return replace(options, pictures={**left, **pictures})
