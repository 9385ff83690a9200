"""Which documents a PATH means."""

from __future__ import annotations

import os
from collections.abc import Iterable

from sigcheck.cli.usage import CommandLineError


def documents(paths: Iterable[str]) -> list[str]:
    """Return the files of the paths in order, folders searched for PDFs, none twice.

    A path that is not there stays in the list: it gets a report of its own.

    Raises:
        CommandLineError: for a folder without a PDF.
    """
    found: dict[str, None] = {}
    for path in paths:
        names = _pdfs(path) if os.path.isdir(path) else [path]
        if not names:
            raise CommandLineError("NO-PDF-IN-FOLDER", detail=path)
        found.update(dict.fromkeys(names))
    return list(found)


def _pdfs(folder: str) -> list[str]:
    """Return the PDFs below a folder in the order of their names; links to folders stay closed."""
    found: list[str] = []
    for base, folders, names in os.walk(folder):
        folders.sort()
        found += [
            os.path.join(base, name) for name in sorted(names) if name.lower().endswith(".pdf")
        ]
    return found
