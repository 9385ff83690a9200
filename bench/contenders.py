"""The command lines that are compared, and what a right answer of each looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Command = Callable[[Path, Path], list[str]]


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    command: Command
    right_codes: frozenset[int]
    """Exit codes of a run that did the work; anything else ends the benchmark."""


def _sigcheck(document: Path, trust: Path) -> list[str]:
    return ["sigcheck", "verify", str(document), "--trust", str(trust)]


def _pdfsig(document: Path, _: Path) -> list[str]:
    # pdfsig takes no anchors on its command line; it looks the issuers up in the (empty) NSS store.
    return ["pdfsig", str(document)]


def _pyhanko(document: Path, trust: Path) -> list[str]:
    # Its command line takes CRLs only inside a DSS, or fetches them: revocation is left out.
    found = sorted([*trust.glob("root*.pem"), *trust.glob("roots/*")])
    roots = [part for path in found for part in ("--trust", str(path))]
    options = ["--trust-replace", "--no-revocation-check", "--no-strict-syntax"]
    return ["pyhanko", "sign", "validate", *options, *roots, str(document)]


SIGCHECK = Contender("sigcheck", _sigcheck, frozenset({0, 10}))
PDFSIG = Contender("pdfsig", _pdfsig, frozenset({0}))
PYHANKO = Contender("pyhanko", _pyhanko, frozenset({0, 1}))
ALL = (SIGCHECK, PDFSIG, PYHANKO)
