"""The HTML report on paper: printed to PDF by whichever Chromium the machine has.

The page holds no script and may load nothing (its content security policy); the browser is told
to stay off the network as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

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


def printed(page: str) -> bytes:
    """Return an HTML page as A4 PDF.

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
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError) as problem:
            raise SigcheckError(f"{program}: {type(problem).__name__}") from problem


def _sandbox() -> list[str]:
    """Return the option without which Chromium refuses to run as root, as in a container."""
    return ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
