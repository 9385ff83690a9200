"""Hold our verdicts under policy `etsi` against EU DSS: each kind of difference, and how often.

    python -m tools.against_dss [GROUP ...] [--json FILE]

Judges the vectors (all groups, or those named), the corpus' peers and the honest cases beside the
project, offline, with the same trust and time. What was changed after signing is left aside: the
standard asks about the signed revision. Builds the harness of `bench/dss` first, which needs Maven
and a JDK.
`docs/conformance.md` explains each kind that this prints.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sigcheck
from bench import eu_dss
from sigcheck.model.report import DocumentReport
from tools import cases

ROOT = Path(__file__).resolve().parent.parent
VECTORS, PKI = ROOT / "fixtures" / "vectors", ROOT / "fixtures" / "pki"
PEERS = ROOT.parent / "shared" / "corpus" / "peers"
_CHANGED = frozenset({"ambiguous", "bytes", "covers", "docmdp", "filling", "pages", "undeclared"})
"""Groups about later changes and about the reading of a file, as `attack-*` are."""
_NAMED = 4
"""Documents named for each kind."""


class Asked(NamedTuple):
    """A document with what both are given."""

    name: str
    file: Path
    trust: tuple[Path, ...]
    at: datetime


def documents(groups: Sequence[str]) -> Iterator[Asked]:
    """Yield what both are asked about."""
    for expected in sorted(VECTORS.glob("*/*/expected.json")):
        folder, group = expected.parent, expected.parent.parent.name
        options = json.loads(expected.read_text("utf-8"))["options"]
        aside = group.startswith("attack-") or group in _CHANGED or options["password"]
        if aside or (groups and group not in groups):
            continue
        own = options["trust"] == "own"
        trust = (folder / "trust",) if own else (PKI,)
        beside = folder / "revocation"
        places = (*trust, beside) if beside.is_dir() else trust
        name, at = f"{group}/{folder.name}", datetime.fromisoformat(options["at"])
        yield Asked(name, folder / "document.pdf", places, at)
    if groups:
        return
    for file in sorted(PEERS.glob("*.pdf")):
        yield Asked(f"peers/{file.stem}", file, (PKI,), cases.LATER)
    for case in cases.cases():
        if "honest" in case.file.parts:
            yield Asked(f"honest-cases/{case.file.stem}", case.file, case.trust, case.at)


def ours(document: DocumentReport) -> list[str]:
    """Return our verdict on each signature, document time-stamps aside."""
    return [
        _verdict(report.indication.value, str(report.sub_indication or ""))
        for report in document.signatures
        if report.evidence.kind.value != "document-timestamp"
    ]


def theirs(answer: dict[str, object]) -> list[str]:
    """Return DSS' verdict on each signature, document time-stamps aside."""
    listed = answer.get("signatures")
    signatures = (
        [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    )
    return [
        _verdict(str(one["indication"]), str(one.get("sub_indication") or ""))
        for one in signatures
        if "timestamp" not in str(one["kind"]).lower()
    ]


def _verdict(indication: str, sub: str) -> str:
    plain = indication.replace("_", "-").replace("TOTAL-", "")
    return f"{plain}/{sub}" if sub else plain


def compared(asked: Sequence[Asked]) -> Iterator[tuple[str, str, str]]:
    """Yield each document's name with our verdicts and DSS'."""
    with tempfile.TemporaryDirectory() as place:
        stores: dict[tuple[Path, ...], tuple[sigcheck.TrustStore, Path]] = {}
        for one in asked:
            if one.trust not in stores:
                store = sigcheck.TrustStore.load(list(one.trust))
                folder = eu_dss.trust_folder(store, Path(place, str(len(stores))))
                stores[one.trust] = store, folder
        policy = sigcheck.load_policy("etsi")
        jobs = [eu_dss.Job(a.file, stores[a.trust][1], a.at.isoformat()) for a in asked]
        for one, answer in zip(asked, eu_dss.judge(jobs), strict=True):
            verifier = sigcheck.Verifier(trust=stores[one.trust][0], policy=policy)
            document = verifier.verify(one.file, at=one.at).document
            own = ours(document) or [document.indication.value]
            other = theirs(answer) or ["error" if answer.get("error") else "no signature"]
            yield one.name, ", ".join(own), ", ".join(other)


def _by_signature(own: str, other: str) -> Iterator[tuple[str, str]]:
    """Pair the verdicts, or name the numbers where the two found another number of signatures."""
    each, others = own.split(", "), other.split(", ")
    if len(each) == len(others):
        yield from zip(each, others, strict=True)
    else:
        yield f"{len(each)} signatures", f"{len(others)} signatures"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each kind of pair, the frequent ones first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP")
    parser.add_argument("--json", type=Path, help="write every pair there")
    options = parser.parse_args(arguments)
    eu_dss.build()
    pairs = list(compared(list(documents(options.groups))))
    if options.json:
        options.json.write_text(json.dumps(pairs, ensure_ascii=False, indent=1), "utf-8")
    kinds, examples = Counter[tuple[str, str]](), defaultdict[tuple[str, str], list[str]](list)
    for name, own, other in pairs:
        for kind in _by_signature(own, other):
            kinds[kind] += 1
            examples[kind].append(name)
    same = sum(count for (own, other), count in kinds.items() if own == other)
    sys.stdout.write(f"{len(pairs)} documents, {kinds.total()} signatures, {same} told alike\n")
    for (own, other), count in kinds.most_common():
        if own != other:
            named = ", ".join(list(dict.fromkeys(examples[own, other]))[:_NAMED])
            sys.stdout.write(f"{count:5}  {own}  |  {other}  ({named})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
