"""The HTML report on paper: printed to PDF by whichever Chromium the machine has.

The page holds no script and may load nothing (its content security policy); the browser is told
to stay off the network as well.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sigcheck.errors import MissingPartError, SigcheckError

VARIABLE = "SIGCHECK_BROWSER"
"""Names the program where none of the usual names fits."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
SECONDS = 60.0
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pdf-header-footer",
    # Every name but our own file's resolves to nothing.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def browser() -> str:
    """Return the browser to print with; raises MissingPartError where there is none."""
    wanted = os.environ.get(VARIABLE, "")
    found = shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        raise MissingPartError(wanted or ", ".join(BROWSERS[:3]))
    return found


def printed(page: str, info: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """Return an HTML page as A4 PDF with the entries of its information dictionary.

    Raises:
        MissingPartError: where no browser is installed.
        SigcheckError: where the browser gives no PDF in time.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="sigcheck-") as folder:
        source, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, "utf-8")
        command = [program, *_OPTIONS, *_sandbox(), f"--user-data-dir={folder}/profile"]
        command += [f"--print-to-pdf={target}", source.as_uri()]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603 - found above
            return with_info(target.read_bytes(), info)
        except (OSError, subprocess.SubprocessError) as problem:
            raise SigcheckError(f"{program}: {type(problem).__name__}") from problem


_TRAILER = re.compile(rb"trailer\s*<<(.*?)>>\s*startxref\s+(\d+)\s+%%EOF\s*\Z", re.DOTALL)
_INFO = re.compile(rb"/Info\s+(\d+)\s+0\s+R")
_DATES = re.compile(rb"/(?:CreationDate|ModDate)\s*\(D:[^()\\]*\)")


def with_info(data: bytes, info: Mapping[str, str]) -> bytes:
    """Return the browser's PDF with our own information dictionary (ISO 32000-2, 14.3.3).

    The browser names itself as creator, and no option of it changes that. An incremental update
    (7.5.6) puts our entries in place of its own; its dates stay. A PDF that is not written as
    the browser writes it is returned as it is.
    """
    trailer = _TRAILER.search(data)
    number = _INFO.search(trailer[1]) if trailer else None
    if not info or trailer is None or number is None:
        return data
    old = data.rpartition(b"\n%b 0 obj" % number[1])[2].partition(b"endobj")[0]
    entries = [f"/{key} <FEFF{text.encode('utf-16-be').hex()}>" for key, text in info.items()]
    dates = [found.decode("ascii") for found in _DATES.findall(old)]
    body = data.rstrip(b"\n") + b"\n"
    start = len(body)
    body += f"{int(number[1])} 0 obj\n<<{' '.join((*entries, *dates))}>>\nendobj\n".encode()
    table = len(body)
    body += f"xref\n{int(number[1])} 1\n{start:010} 00000 n \n".encode()
    body += b"trailer\n<<%b\n/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1], trailer[2], table)
    return body


def _sandbox() -> list[str]:
    """Return the option without which Chromium refuses to run as root, as in a container."""
    return ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
