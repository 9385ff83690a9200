"""Standard streams, result files that are never half a result, and exit codes."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sigcheck.cli.parser import CommandLineError
from sigcheck.model.indication import DocumentIndication
from sigcheck.partial import keep_mode, partial_of

T = TypeVar("T")
Write = Callable[[str | bytes], object]

# --- exit codes: the worst document wins ----------------------------------------------------------

PASSED = 0
COULD_NOT = 1
USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
BROKEN_PIPE = 141
"""128 + SIGPIPE: nobody reads on, which is nobody's fault."""

_CODES = {
    DocumentIndication.TOTAL_PASSED: PASSED,
    DocumentIndication.NO_SIGNATURE: 3,
    DocumentIndication.INDETERMINATE: 10,
    DocumentIndication.UNREADABLE: COULD_NOT,
    DocumentIndication.TOTAL_FAILED: 11,
}
_WORST_LAST = (PASSED, 3, 10, COULD_NOT, 11)


def exit_code(indications: Iterable[DocumentIndication]) -> int:
    """Return the code of the worst document; no document at all is never a pass."""
    codes = [_CODES[indication] for indication in indications]
    return max(codes, key=_WORST_LAST.index, default=COULD_NOT)


# --- standard streams -----------------------------------------------------------------------------


def prepare_streams() -> None:
    """Speak UTF-8 whatever the locale says, and let no odd character stop a report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def silence_stdout() -> None:
    """Keep the interpreter from complaining about a closed pipe on its way out."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_MANY = 5
"""Files from which on a bar of progress is drawn."""
_WIDTH = 30


def tracked(items: Iterable[T], total: int, label: str, *, wanted: bool) -> Iterator[T]:
    """Yield the items, drawing a bar on standard error where that is wanted and a terminal."""
    if not wanted or total < _MANY or not sys.stderr.isatty():
        yield from items
        return
    try:
        for done, item in enumerate(items, 1):
            filled = _WIDTH * done // total
            bar = "#" * filled + "-" * (_WIDTH - filled)
            sys.stderr.write(f"\r{label} [{bar}] {done}/{total}")
            sys.stderr.flush()
            yield item
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


# --- results --------------------------------------------------------------------------------------


@contextmanager
def destination(
    output: str | None, *, force: bool = False, own: str | None = None
) -> Iterator[Write]:
    """Yield what takes the result: standard output, or a file that appears whole or not at all.

    A file that is there already is replaced where `force` says so, or it is `own`; it keeps its
    permissions then.

    Raises:
        CommandLineError: if the file is there, or cannot be written, before any work is done.
    """
    if output is None or output == "-":
        yield _to_stdout
    elif _is_special(Path(output)):
        with _opened(Path(output), os.O_WRONLY, output) as file:
            yield _into(file)
    else:
        target = Path(os.path.realpath(output))
        if not force and not (own and _is_same(target, own)):
            require_free(output)
        with _replacing(target, output) as write:
            yield write


def _to_stdout(result: str | bytes) -> None:
    if isinstance(result, bytes):
        if sys.stdout.isatty():
            raise CommandLineError("OUTPUT-BINARY")
        sys.stdout.buffer.write(result)
    else:
        sys.stdout.write(result)
    sys.stdout.flush()


def _into(file: io.TextIOWrapper) -> Write:
    def write(result: str | bytes) -> None:
        if isinstance(result, bytes):
            file.buffer.write(result)
        else:
            file.write(result)

    return write


def _is_special(path: Path) -> bool:
    """Return whether the name is a pipe or device, which nobody may replace by a file."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def require_free(output: str) -> None:
    """Raise CommandLineError where a file would be lost; an empty one of `mktemp` is none."""
    if os.path.isfile(output) and os.path.getsize(output):
        raise CommandLineError("OUTPUT-EXISTS", detail=output)


def _is_same(target: Path, own: str) -> bool:
    try:
        return os.path.samefile(target, own)
    except OSError:
        return False


@contextmanager
def _replacing(target: Path, shown: str) -> Iterator[Write]:
    if target.is_dir():
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=shown)
    # In the same folder, so that the last step is a rename and cannot be interrupted half-way.
    partial = partial_of(target)
    try:
        with _opened(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, shown) as file:
            yield _into(file)
            file.flush()
            keep_mode(partial, target)
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _opened(path: Path, flags: int, shown: str) -> io.TextIOWrapper:
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as problem:
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=shown) from problem
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="")
