"""Standard streams and result files: UTF-8 always, and never half a result."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sigcheck.cli.usage import CommandLineError

Write = Callable[[str | bytes], object]


def prepare_streams() -> None:
    """Speak UTF-8 whatever the locale says, and let no odd character stop a report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def silence_stdout() -> None:
    """Keep the interpreter from complaining about a closed pipe on its way out."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def destination(output: str | None) -> Iterator[Write]:
    """Yield what takes the result: standard output, or a file that appears whole or not at all.

    Raises:
        CommandLineError: if the file cannot be written, before any work is done.
    """
    if output is None or output == "-":
        yield _to_stdout
    elif _is_special(output):
        with _opened(output, os.O_WRONLY, output) as file:
            yield _into(file)
    else:
        with _replacing(os.path.realpath(output), output) as write:
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


def _is_special(path: str) -> bool:
    """Say whether the name is a pipe or device, which nobody may replace by a file."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


@contextmanager
def _replacing(target: str, shown: str) -> Iterator[Write]:
    if os.path.isdir(target):
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=shown)
    # In the same folder, so that the last step is a rename and cannot be interrupted half-way.
    folder, name = os.path.split(target)
    partial = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        with _opened(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, shown) as file:
            yield _into(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(partial)


def _opened(path: str, flags: int, shown: str) -> io.TextIOWrapper:
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as problem:
        raise CommandLineError("OUTPUT-NOT-WRITABLE", detail=shown) from problem
    return open(descriptor, "w", encoding="utf-8", errors="replace", newline="")
