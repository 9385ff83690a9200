"""`sigcheck revision list|extract`: which revisions a file holds, and what exactly was signed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence

from sigcheck.api import Verifier
from sigcheck.cli.parser import CommandLineError, Parser, flag, option, positional
from sigcheck.cli.streams import PASSED, destination
from sigcheck.cli.verify import FORCE, OUTPUT, PASSWORD, password_of
from sigcheck.errors import UnreadableError
from sigcheck.model.evidence import DocumentEvidence, Evidence
from sigcheck.model.policy import Limits
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words
from sigcheck.sources import read_file

_EXTRACT = ("extract",)
REVISION = (
    positional("verb", choices=("list", *_EXTRACT)),
    positional("file", is_path=True),
    option("--signature", verbs=_EXTRACT),
    option("--revision", verbs=_EXTRACT),
    flag("--ranges", verbs=_EXTRACT),
    OUTPUT._replace(heading="options", verbs=_EXTRACT),
    FORCE._replace(heading="options", verbs=_EXTRACT),
    PASSWORD._replace(heading="options"),
)


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and do it."""
    found = Parser("revision", REVISION).read(arguments)
    if not found.verb:
        raise CommandLineError("USAGE-REVISION-VERB")
    if not found.file:
        raise CommandLineError("USAGE-PATH-MISSING")
    data, evidence = _read(found)
    doing: Callable[[Namespace, bytes, DocumentEvidence, Words], None]
    doing = _list if found.verb == "list" else _extract
    doing(found, data, evidence, words)
    return PASSED


RUN = {"revision": run}
ARGUMENTS = {"revision": REVISION}


def _read(found: Namespace) -> tuple[bytes, DocumentEvidence]:
    """Return the file and what is known of it; its verdict is of no interest here."""
    _, data = read_file(found.file, Limits())
    password = password_of(found.password_file)
    document = Verifier().verify(data, password=password, name=found.file).document
    if document.evidence is None:
        raise UnreadableError(code=document.reason.code if document.reason else None)
    return data[document.evidence.before_header :], document.evidence


def _list(_: Namespace, __: bytes, evidence: DocumentEvidence, words: Words) -> None:
    for revision in evidence.revisions:
        print(
            words.label(
                "revision_line",
                number=revision.number,
                end=revision.end,
                objects=revision.objects,
                signatures=_names(evidence, revision.number),
            )
        )


def _names(evidence: DocumentEvidence, revision: int) -> str:
    signed = [s for s in evidence.signatures if s.revision == revision]
    return plain(", ".join(f"{s.index + 1} ({s.field or '?'})" for s in signed))


def _extract(found: Namespace, data: bytes, evidence: DocumentEvidence, words: Words) -> None:
    if bool(found.signature) == bool(found.revision):
        raise CommandLineError("USAGE-REVISION-WHICH")
    if found.revision:
        result = data[: _end_of_revision(found.revision, evidence)]
    else:
        signature = _signature(found.signature, evidence)
        result = _signed(signature, data, ranges=found.ranges)
    with destination(found.output, force=found.force) as write:
        write(result)
    if found.output not in (None, "-"):
        print(words.say("run", "written", path=found.output, count=len(result)))


def _end_of_revision(number: str, evidence: DocumentEvidence) -> int:
    for revision in evidence.revisions:
        if str(revision.number) == number:
            return revision.end
    raise CommandLineError("REVISION-UNKNOWN", detail=number)


def _signature(name: str, evidence: DocumentEvidence) -> Evidence:
    """Return a signature by its number, from 1, or else by its field."""
    by_number = [s for s in evidence.signatures if str(s.index + 1) == name]
    by_field = [s for s in evidence.signatures if s.field == name]
    for signature in (*by_number, *by_field):
        return signature
    raise CommandLineError("SIGNATURE-UNKNOWN", detail=name)


def _signed(signature: Evidence, data: bytes, *, ranges: bool) -> bytes:
    """Return the file as it was signed, or the two ranges alone, which are what was digested.

    ISO 32000-2, 12.8.1: the second range ends where the signed revision ends.
    """
    facts = signature.byte_range
    if facts is None or not facts.well_formed or not facts.inside_file or facts.end is None:
        raise CommandLineError("SIGNATURE-NO-RANGE", detail=str(signature.index + 1))
    if ranges:
        return b"".join(data[start : start + length] for start, length in _pairs(facts.values))
    return data[: facts.end]


def _pairs(values: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    yield from zip(values[::2], values[1::2], strict=True)
