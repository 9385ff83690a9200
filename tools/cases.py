"""The small wrong cases beside the project (../shared/cases): each with the answer that is right.

    python tools/cases.py [FOLDER]

Prints each case that is answered otherwise, then a summary; exit code 1 where there is one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import sigcheck

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"
PKI = ROOT / "fixtures" / "pki"
NOVEMBER = datetime.fromisoformat("2026-11-01T00:00:00+07:00")
LATER = datetime.fromisoformat("2026-11-23T00:00:00+07:00")
ANYTHING = ""
"""Any answer but TOTAL-PASSED."""


class Case(NamedTuple):
    """A document, what it is judged with, and the right answer."""

    file: Path
    trust: tuple[Path, ...]
    at: datetime
    right: str
    """Indication, with its sub-indication behind a slash where that matters."""
    crls: tuple[Path, ...] = ()
    policy: str = "intake"


HONEST = {
    "01-econtent/attack-digest-of-content.pdf": "TOTAL-FAILED",
    "01-econtent/other.pdf": "TOTAL-FAILED/FORMAT_FAILURE",
    "01-econtent/their-sha1.pdf": "TOTAL-FAILED/FORMAT_FAILURE",
    "01-econtent/their-sha256.pdf": "TOTAL-FAILED/FORMAT_FAILURE",
    "02-usage-rights/form-only-UR.pdf": "NO-SIGNATURE",
    "02-usage-rights/form-only-UR3.pdf": "NO-SIGNATURE",
    "08-stale-copy-in-signed-revision/behind-live-contents.pdf": "TOTAL-FAILED/FORMAT_FAILURE",
}
"""By folder and file; every other file of `honest/` is TOTAL-PASSED."""


def cases(folder: Path = CASES) -> Iterator[Case]:
    """Yield every case that is there."""
    for file in sorted((folder / "shown-otherwise").glob("*.pdf")):
        yield Case(file, (PKI,), LATER, ANYTHING)
    yield from _not_to_pass(folder / "not-to-pass")
    for file in sorted((folder / "honest").rglob("*.pdf")):
        place = file.relative_to(folder / "honest")
        beside = (file.parent / "trust", folder / "honest" / place.parts[0] / "trust")
        trust = next(one for one in beside if one.is_dir())
        yield Case(file, (trust,), NOVEMBER, HONEST.get(place.as_posix(), "TOTAL-PASSED"))


def _not_to_pass(folder: Path) -> Iterator[Case]:
    revoked = folder / "52-root.crl"
    yield Case(folder / "52-nocheck.pdf", (PKI,), LATER, ANYTHING, (revoked,))
    for name in ("10-sha1-a.pdf", "10-sha1-b.pdf"):
        yield Case(folder / name, (PKI,), LATER, "INDETERMINATE")
    for name in ("05-dts-only.pdf", "05-dressed.pdf"):
        yield Case(folder / name, (PKI,), LATER, "NO-SIGNATURE")
    stamped = folder / "41-revoked-test-tsa.pdf"
    yield Case(stamped, (PKI,), LATER, "TOTAL-FAILED/REVOKED")
    for policy in ("etsi", "archive"):
        yield Case(stamped, (PKI,), LATER, "INDETERMINATE/REVOKED_NO_POE", policy=policy)
    for file in sorted((folder / "undeclared").glob("*.pdf")):
        yield Case(file, (folder / "undeclared" / "trust",), NOVEMBER, "TOTAL-FAILED")


@cache
def _verifier(trust: tuple[Path, ...], crls: tuple[Path, ...], policy: str) -> sigcheck.Verifier:
    store = sigcheck.TrustStore.load(trust, crls)
    return sigcheck.Verifier(trust=store, policy=sigcheck.load_policy(policy))


def answer(case: Case) -> str:
    """Return indication and sub-indication of the document."""
    verifier = _verifier(case.trust, case.crls, case.policy)
    document = verifier.verify(case.file, at=case.at).document
    found = str(document.indication)
    return f"{found}/{document.sub_indication}" if document.sub_indication else found


def is_right(case: Case, found: str) -> bool:
    """Say whether an answer is the right one, or one of those that may be given."""
    if case.right == ANYTHING:
        return not found.startswith("TOTAL-PASSED")
    return found == case.right or found.startswith(f"{case.right}/")


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else [*arguments]
    folder = Path(given[0]) if given else CASES
    if not folder.is_dir():
        print(f"no cases at {folder}", file=sys.stderr)
        return 1
    wrong = total = 0
    for case in cases(folder):
        total += 1
        found = answer(case)
        if not is_right(case, found):
            wrong += 1
            wanted = case.right or "anything but TOTAL-PASSED"
            print(f"wrong   {case.file.relative_to(folder)} ({case.policy}): {found}, not {wanted}")
    said = "broken" if wrong else "kept   "
    print(f"{said} small cases answered right: {total - wrong} of {total}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
