"""Tell the figures: docs/performance.md, written from the data of one run."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import promises
from bench.measure import Spread

HEAD = """# Performance

Written by `make bench`{options} on {day}: {cores} cores, Python {python}, {poppler}, {pyhanko};
sigcheck {native} its native wheel ([ADR 10](adr/0010-native-wheel.md)).

All programs run interleaved on the same documents, in an order shuffled per round; a first round
isn't counted. Figures are medians with quartiles in brackets. A ratio is taken round by round
against pdfsig, so that whatever else the machine did in a round weighs on both (load average during
the run: {load}; 1 is this benchmark alone). The documents are made by `bench/gen/`.

What is compared isn't the same work. pdfsig checks digests and signature values; given the root in
its certificate store, the signers' paths as well (a row of its own). pyHanko's command line judges
paths and later changes, revocation left out (it would be fetched); sigcheck does all of these, and
revocation from the CRLs given. The bounds are held against pdfsig without a root, the quicker of
the two; held against the one that is given what sigcheck is given, they stand beside it.
"""

TAIL = """## What the rest goes into

- One file, cold: Python itself starts in nearly pdfsig's whole time. On top come `re`, `typing`,
  `enum` and the like (a ninth of the whole), `cryptography` with OpenSSL (a twelfth), our own 200
  modules as one piece of bytecode (three tenths), and the verification with its report (a third).
  In a process that judges one file the native wheel saves little more than it costs to load.
- A folder: a document of five signatures costs 5 to 9 ms of a processor once everything is warm,
  spread over comparison, objects, CMS, checks and handing the report over; no function stands out.
- Ten thousand objects: half of what they add is inflating their object streams, which are searched
  for references to objects that do not exist yet.
- Fifty revisions: a further revision costs a tenth of a millisecond, for its cross-references, its
  objects, the comparison and the validation data. The bound is by our own document of five, so
  whatever makes that one faster without them tightens it.

## What makes it fast

- The file is read once and hashed once: the digests of all byte ranges and of the whole file come
  out of one pass. From 2 MB on a thread does so while modules are imported and revisions compared.
- What is clean in a file is parsed, followed, compared and searched natively, where the wheel is
  installed; at anything unusual Python does the work from the start
  ([ADR 10](adr/0010-native-wheel.md)).
- Several documents: workers take a few at a time, and hand their reports over as one message.
- Each adjacent pair of revisions is compared once, over changed cross-reference entries only; what
  a revision leaves as it is (objects, the page tree) is taken over from the one before.
- A certificate, a link (certificate, issuer), a CRL (by serial number) and a path are parsed and
  checked once per process; so are the colours of a seal.
- A cold start imports what a plain verification needs and nothing else, from one file of bytecode
  (`sigcheck/__pycache__/pack.*.bin`); our TOML and regular expressions are kept compiled as well
  ([ADR 4](adr/0004-cold-start.md)). Whoever may write there makes them by running `sigcheck` once;
  what is installed for others is prepared with
  `python -c "from sigcheck.cli.pack import prepare; prepare()"`.
- No event loop per signature, no ASN.1 library, no PDF library: pyHanko serves encryption and odd
  paths only ([ADR 2](adr/0002-own-reader-lean-cms-path.md)).

Every fast way gives the same report as the slow one, byte for byte, over all vectors and real
files: `tests/speed/test_same_report.py`, `tests/trust`.
"""


def write(page: Path, results: Mapping[str, Any], pictures: Sequence[Path], options: str) -> None:
    """Write the page; a stage that wasn't measured is left out."""
    parts = [_head(options, results.get("load"))]
    if bounds := promises.rows(results):
        head = ("what", "bound", "measured", "kept")
        parts.append("\n".join(("## What we hold ourselves to\n", *_table(head, bounds))))
    tellers = {
        "cold": _cold,
        "folder": _folder,
        "growth": _growth,
        "extremes": _extremes,
        "breakdown": _breakdown,
    }
    for stage, tell in tellers.items():
        if results.get(stage):
            parts.append("\n".join(tell(results[stage])))
        if stage == "growth" and pictures:
            parts.append("\n".join(f"![{p.stem}]({p.parent.name}/{p.name})" for p in pictures))
    parts.append(TAIL)
    page.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")


def _head(options: str, load: float | None) -> str:
    return HEAD.format(
        options=f' (`OPTIONS="{options}"`)' if options else "",
        native="with" if find_spec("sigcheck_native") else "without",
        load=f"{load:.1f}" if load else "unknown",
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        poppler=_version("pdfsig", "-v"),
        pyhanko=_version("pyhanko", "--version"),
    )


def _version(*command: str) -> str:
    from bench.measure import _find

    try:
        program = _find(command[0])
    except FileNotFoundError:
        return f"no {command[0]}"
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _ms(data: Mapping[str, float] | None) -> str:
    return Spread(**data).text(1000) if data else "–"


def _cold(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## One file, cold\n"
    yield "A process per run, from start to exit: `sigcheck verify FILE --trust FOLDER`.\n"
    rows = [
        (
            label,
            f"{found['bytes'] / 1e6:.1f}",
            name,
            _ms(one["seconds"]),
            f"{Spread(**one['ratio']).text(1, 2)} ×" if one["ratio"] else "–",
            f"{one['peak_mib']:.0f}",
        )
        for label, found in data.items()
        for name, one in found["contenders"].items()
    ]
    yield from _table(("document", "MB", "program", "ms", "× pdfsig", "peak MiB"), rows)


def _folder(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## A folder\n"
    size = f"{data['files']} documents, {data['bytes'] / 1e6:.0f} MB"
    yield f"{size}, two processes. pdfsig and pyHanko: a process per file, two at a time."
    yield "`sigcheck`: `verify --jobs 2 --format jsonl`, start-up included; `warm`:"
    yield "`Verifier.verify_many(paths, jobs=2)` in a process that has verified before.\n"
    rows = [(name, Spread(**rate).text()) for name, rate in data["rates"].items()]
    yield from _table(("program", "documents per second"), rows)
    if data["factor"]:
        yield f"\nThe warm throughput is {Spread(**data['factor']).text(1, 2)} × pdfsig's."


def _growth(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## Growth\n"
    yield "A process that has verified before (`sigcheck.Verifier`); pdfsig: a process per file.\n"
    rows = []
    for kind, points in data.items():
        first = points[0]["warm"]
        for point in points:
            own = point["warm"]
            factor = f"{own['median'] / first['median']:.2f}" if own and first else "–"
            rows.append((kind, f"{point['value']:,}", _ms(own), factor, _ms(point["pdfsig"])))
    yield from _table(("property", "value", "sigcheck ms", "× first", "pdfsig ms"), rows)


def _extremes(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## 100 000 objects, cold\n"
    rows = [
        (name, f"{one['seconds']['median']:.2f}", f"{one['peak_mib']:.0f}")
        for name, one in data["contenders"].items()
    ]
    yield from _table(("program", "seconds", "peak MiB"), rows)


def _breakdown(data: Mapping[str, Any]) -> Iterator[str]:
    yield "## Where the time goes\n"
    start = f"{data['start'] * 1000:.0f} ms"
    yield f"Cold, 0.3 MB and 5 signatures: Python itself takes {start}; then come its imports"
    yield "(as `-X importtime` counts them, which slows them a little):\n"
    imports = sorted(data["imports"].items(), key=lambda item: -item[1])
    yield from _table(("imports", "ms"), [(k, f"{v * 1000:.1f}") for k, v in imports])
    yield "\nWarm, by `cProfile`, which weighs on small functions more than on work done in C:\n"
    total = sum(data["warm"].values())
    rows = [(k, f"{v * 1000:.2f}", f"{v / total:.0%}") for k, v in data["warm"].items()]
    yield from _table(("part", "ms", "share"), rows)
