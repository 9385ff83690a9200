"""The rows of a run as a table in a file; it appears whole or not at all."""

from __future__ import annotations

import csv
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sigcheck.batch.jobs import JobDatabase
from sigcheck.batch.judging import SIGNATURE_COLUMNS
from sigcheck.errors import UsageError
from sigcheck.partial import keep_mode, partial_of
from sigcheck.render import RenderOptions
from sigcheck.render.sanitize import cell
from sigcheck.render.spreadsheet import COLUMNS, MOST_ROWS, SignatureTable, xlsxwriter
from sigcheck.render.words import Words

DATABASES = (".sqlite", ".sqlite3", ".db")
"""Endings of an output that is the job database itself."""
_BYTE_ORDER_MARK = "\ufeff"

Row = dict[str, str]


def export(jobs: JobDatabase, output: str, words: Words) -> None:
    """Write the rows of the run to a `.csv`, `.xlsx` or `.jsonl` file.

    Raises:
        UsageError: OUTPUT-NOT-WRITABLE.
        MissingPartError: where xlsxwriter is not installed.
    """
    write = WRITERS[Path(output).suffix.lower()]
    target = Path(os.path.realpath(output))
    partial = partial_of(target)
    try:
        # Tables name people: a new one is its owner's alone.
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        write(jobs, partial, words)
        keep_mode(partial, target)
        _to_disk(partial)
        partial.replace(target)
        _to_disk(target.parent)
    except OSError as problem:
        raise UsageError(output, code="OUTPUT-NOT-WRITABLE") from problem
    finally:
        with suppress(OSError):
            partial.unlink()


def require(suffix: str) -> None:
    """Raise MissingPartError before any work is done, where an ending needs what is missing."""
    if suffix == ".xlsx":
        xlsxwriter()


def table(jobs: JobDatabase, words: Words) -> Iterator[Row]:
    """Yield a row for each signature, and one for each document without."""
    for path, sha256, indication, reason, *texts in jobs.database.execute(_TABLE, (jobs.run,)):
        row = dict(zip(SIGNATURE_COLUMNS, texts, strict=True))
        if texts[0] is None:
            row = {"why": reason}
        shown = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
        verdict = words.name("indication", indication)
        yield {"file": shown, "sha256": sha256, "document_verdict": verdict, **row}


_TABLE = f"""
SELECT d.path, d.sha256, d.indication, d.reason, {", ".join(f"s.{c}" for c in SIGNATURE_COLUMNS)}
FROM documents d LEFT JOIN signatures s ON s.document = d.id WHERE d.run = ?
ORDER BY d.path, s.row
"""  # noqa: S608 - our own names
_REPORTS = """
SELECT report FROM reports r JOIN documents d ON r.document = d.id WHERE d.run = ? ORDER BY d.path
"""


def _csv(jobs: JobDatabase, path: Path, words: Words) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_BYTE_ORDER_MARK)
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\r\n")
        writer.writerow({key: words.label(key) for key in COLUMNS})
        for row in table(jobs, words):
            writer.writerow({key: cell(text) for key, text in row.items()})


def _jsonl(jobs: JobDatabase, path: Path, _words: Words) -> None:
    with path.open("wb") as file:
        for (report,) in jobs.database.execute(_REPORTS, (jobs.run,)):
            file.write(zlib.decompress(report))


def _xlsx(jobs: JobDatabase, path: Path, words: Words) -> None:
    # Row by row to the disk: a workbook in memory would grow with the number of documents.
    book = xlsxwriter().Workbook(str(path), {"constant_memory": True})
    signatures = SignatureTable(book, words)
    for row in table(jobs, words):
        if signatures.rows >= MOST_ROWS:
            signatures = SignatureTable(book, words)
        signatures.write(row, RenderOptions())
    signatures.filter()
    book.close()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


WRITERS: dict[str, Callable[[JobDatabase, Path, Words], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".xlsx": _xlsx,
}
"""What writes each ending."""
