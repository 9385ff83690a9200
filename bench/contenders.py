"""The command lines that are compared, and what a right answer of each looks like."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.gen import nss

Command = Callable[[Path, Path], list[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    name: str
    command: Command
    right_codes: frozenset[int]
    """Exit codes of a run that did the work; anything else ends the benchmark."""
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: str | None = None
    """A program it can't do without, beside its own."""

    @property
    def program(self) -> str:
        return self.command(Path("FILE"), Path("TRUST"))[0]

    def available(self, beside: Path) -> bool:
        """Say whether this machine has what it takes; `beside` is where Python's scripts are."""
        wanted = [self.program, *([self.needs] if self.needs else [])]
        return all((beside / name).exists() or shutil.which(name) for name in wanted)


def _sigcheck(document: Path, trust: Path) -> list[str]:
    return ["sigcheck", "verify", str(document), "--trust", str(trust)]


def _pdfsig(document: Path, _: Path) -> list[str]:
    # pdfsig takes no anchors on its command line; it looks the issuers up in the (empty) NSS store.
    return ["pdfsig", str(document)]


def _pdfsig_anchored(document: Path, trust: Path) -> list[str]:
    # With the root in its store pdfsig judges the signers' paths too, as sigcheck does.
    return ["pdfsig", "-nssdir", str(nss.store(trust)), str(document)]


def _pyhanko(document: Path, trust: Path) -> list[str]:
    # Its command line takes CRLs only inside a DSS, or fetches them: revocation is left out.
    found = sorted([*trust.glob("root*.pem"), *trust.glob("roots/*")])
    roots = [part for path in found for part in ("--trust", str(path))]
    options = ["--trust-replace", "--no-revocation-check", "--no-strict-syntax"]
    return ["pyhanko", "sign", "validate", *options, *roots, str(document)]


SIGCHECK = Contender("sigcheck", _sigcheck, frozenset({0, 10}))
WITHOUT_NATIVE = Contender(
    "sigcheck, no native wheel", _sigcheck, frozenset({0, 10}), {"SIGCHECK_NATIVE": "0"}
)
PDFSIG = Contender("pdfsig", _pdfsig, frozenset({0}))
ANCHORED = Contender("pdfsig, given the root", _pdfsig_anchored, frozenset({0}), needs="certutil")
PYHANKO = Contender("pyhanko", _pyhanko, frozenset({0, 1}))
ALL = (SIGCHECK, WITHOUT_NATIVE, PDFSIG, ANCHORED, PYHANKO)
