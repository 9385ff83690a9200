"""veraPDF's verdict on a PDF/A claim, where that program is installed (ISO 19005)."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from msgspec import Struct

PROGRAM = "verapdf"
_SECONDS = 120
"""A large document takes veraPDF half a minute."""
_PROFILE_END = " validation profile"


class VeraPdf(Struct, frozen=True):
    """Asks the program; picklable, and silent about a document it cannot judge."""

    program: str

    @classmethod
    def installed(cls) -> VeraPdf | None:
        """Return what asks veraPDF, None where it is not installed."""
        found = shutil.which(PROGRAM)
        return cls(found) if found else None

    def __call__(self, data: bytes) -> str:
        """Return `yes PDF/A-2B` or `no PDF/A-2B`, empty where there is no verdict."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "document.pdf")
            path.write_bytes(data)
            return _verdict(self._asked(path))

    def _asked(self, path: Path) -> str:
        try:
            # S603: a fixed program and a path of our own.
            done = subprocess.run(  # noqa: S603
                [self.program, "--format", "json", str(path)],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode("utf-8", "replace")


def _verdict(answer: str) -> str:
    try:
        found: Any = json.loads(answer[answer.index("{") :])
        result = found["report"]["jobs"][0]["validationResult"][0]
        profile, compliant = str(result["profileName"]), result["compliant"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    if not isinstance(compliant, bool):
        return ""
    return f"{'yes' if compliant else 'no'} {profile.removesuffix(_PROFILE_END)}"
