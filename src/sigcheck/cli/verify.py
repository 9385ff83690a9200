"""`sigcheck verify`: judge documents and say what came of it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from sigcheck.api import Verifier
from sigcheck.cli import exits
from sigcheck.cli.arguments import FILES, Request, request
from sigcheck.cli.files import documents
from sigcheck.cli.progress import tracked
from sigcheck.cli.streams import Write, destination
from sigcheck.config import TrustStore, load_policy
from sigcheck.fetch import Fetcher
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import Report
from sigcheck.render import STREAMED, RenderOptions, renderer
from sigcheck.render.words import Words

ARCHIVE = "archive"
"""The policy under which a document's form matters as well as its signatures."""
_LOOKED_AT = frozenset({"html", *FILES})
"""Formats that come with pictures, or are no text: their libraries load only when asked for."""


def run(arguments: Sequence[str], words: Words) -> int:
    """Judge every document, write the result, return the exit code of the worst."""
    asked = request(arguments)
    files = documents(asked.paths)
    verifier = verifier_of(asked)
    label, wanted = words.say("run", "progress"), not _streaming(asked)
    with destination(asked.output) as write:
        if asked.format in STREAMED:
            pieces = _pieces(verifier, files, asked, words)
            pieces = tracked(pieces, len(files), label, wanted=wanted)
            counts = _one_by_one(pieces, asked, words, write)
        else:
            judged = _kept(_reports(verifier, files, asked), verifier, asked, words)
            judged = tracked(judged, len(files), label, wanted=wanted)
            counts = _together(judged, asked, words, write)
    return exits.exit_code(counts)


def _streaming(asked: Request) -> bool:
    """Say whether results appear on the terminal as they come, which is progress enough."""
    return asked.output is None and asked.format in STREAMED and sys.stdout.isatty()


def verifier_of(asked: Request, *, keep_materials: bool = False) -> Verifier:
    """Return the verifier that was asked for."""
    return Verifier(
        trust=_trust(asked),
        policy=load_policy(asked.policy) if asked.policy else None,
        fetch=fetcher_of(asked) if asked.online else None,
        keep_materials=keep_materials or asked.evidence is not None,
        pdfa=_pdfa(asked),
    )


def _pdfa(asked: Request) -> Callable[[bytes], str] | None:
    """Ask veraPDF under the archive's policy, where it is installed: it takes seconds a file."""
    if asked.policy != ARCHIVE:
        return None
    from sigcheck.preserve.verapdf import VeraPdf

    return VeraPdf.installed()


def _kept(
    reports: Iterator[Report], verifier: Verifier, asked: Request, words: Words
) -> Iterator[Report]:
    """Pass the reports through whatever keeps them: a ledger, a folder of packages."""
    if asked.evidence is None and asked.ledger is None:
        return reports
    from sigcheck.cli.evidence_keeping import kept

    return kept(reports, verifier.policy, asked, words)


def _trust(asked: Request) -> TrustStore:
    """Return what is trusted: the paths named, else the user's own store, both where both are."""
    store = None
    if asked.store or not asked.trust:
        from sigcheck.config.store import UserStore, store_folder

        store = UserStore(store_folder(os.environ, asked.store))
    return TrustStore.load(asked.trust, crls=asked.crls, store=store)


def fetcher_of(asked: Request) -> Fetcher:
    """Return what may ask the network, with the settings of the user's store."""
    from sigcheck.cli.network import fetcher
    from sigcheck.config.store import store_folder

    return fetcher(store_folder(os.environ, asked.store))


def _reports(verifier: Verifier, files: list[str], asked: Request) -> Iterator[Report]:
    if asked.password is None:
        yield from verifier.verify_many(files, jobs=min(asked.jobs, len(files)), at=asked.at)
        return
    for file in files:
        yield verifier.verify(file, at=asked.at, password=asked.password)


def _pieces(verifier: Verifier, files: list[str], asked: Request, words: Words) -> Iterator[_Piece]:
    """Yield each document in words; where nothing else is wanted of it, they are made in place.

    Workers then send what is to be written, and not reports for this one process to render.
    """
    jobs = min(asked.jobs, len(files))
    kept = asked.evidence is not None or asked.ledger is not None
    if jobs > 1 and not kept and asked.password is None:
        options = replace(asked.options, pictures={})  # plain, for where processes don't fork
        then = partial(_piece, asked.format, words, options)
        yield from verifier.verify_each(files, then, jobs=jobs, at=asked.at)
        return
    for report in _kept(_reports(verifier, files, asked), verifier, asked, words):
        yield _piece(asked.format, words, asked.options, report)


_Piece = tuple[str, DocumentIndication]
"""What is to be written about one document, and the verdict on it."""


def _piece(name: str, words: Words, options: RenderOptions, report: Report) -> _Piece:
    return renderer(name)(report, words, options), report.indication


def _one_by_one(
    pieces: Iterator[_Piece], asked: Request, words: Words, write: Write
) -> Counter[DocumentIndication]:
    counts: Counter[DocumentIndication] = Counter()
    for text, indication in pieces:
        if asked.format == "text" and counts:
            write("\n")
        write(text)
        counts[indication] += 1
    if asked.format == "text" and counts.total() > 1:
        from sigcheck.render.text import summary

        write(f"\n{summary(counts, words)}\n")
    return counts


def _together(
    reports: Iterator[Report], asked: Request, words: Words, write: Write
) -> Counter[DocumentIndication]:
    first, *others = reports
    report = first.merged_with(others)
    if asked.format in _LOOKED_AT:
        from sigcheck.cli.made import made

        write(made(report, asked, words))
    else:
        write(renderer(asked.format)(report, words, asked.options))
    return Counter(document.indication for document in report.documents)
