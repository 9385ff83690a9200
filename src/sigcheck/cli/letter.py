"""`sigcheck letter`: draft the letter that returns a document to its sender."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sigcheck.cli.parser import CommandLineError, Parser, option
from sigcheck.cli.streams import PASSED, destination
from sigcheck.cli.verify import FORCE, JUDGING, OUTPUT, PASSWORD, PATHS, judge, judging, password_of
from sigcheck.cli.verify import verifier_of as verifier
from sigcheck.render import letter
from sigcheck.render.words import Words

FORMATS = ("text", "docx")
LETTER = (
    PATHS,
    *JUDGING,
    PASSWORD,
    option("--format", heading="result", choices=FORMATS),
    OUTPUT,
    FORCE,
)


def run(arguments: Sequence[str], words: Words) -> int:
    """Judge the document and write the draft; what the office has to add is said beside it."""
    found = Parser("letter", LETTER).read(arguments)
    if len(found.paths) != 1:
        raise CommandLineError("LETTER-ONE-FILE")
    form = found.format or _form(found.output)
    compare = True if found.compare_pages is None else found.compare_pages
    password = password_of(found.password_file)
    asked = judging(found)._replace(compare_pages=compare, password=password)
    draft = letter.letter(judge(verifier(asked, words), found.paths[0], asked))
    with destination(found.output, force=found.force) as write:
        write(letter.docx(draft) if form == "docx" else letter.text(draft))
    print(words.say("run", "letter_drafted"), file=sys.stderr)
    return PASSED


_ENDINGS = {".docx": "docx", ".txt": "text", "": "text"}


def _form(output: str | None) -> str:
    """Return the format that the ending of `--output` stands for.

    Raises:
        CommandLineError: for an ending that stands for nothing.
    """
    form = _ENDINGS.get(Path(output or "").suffix.lower())
    if form is None:
        facts = {"option": "--output", "detail": str(output), "accepted": ".docx, .txt"}
        raise CommandLineError("USAGE-OPTION-CHOICE", **facts)
    return form


RUN = {"letter": run}
ARGUMENTS = {"letter": LETTER}
