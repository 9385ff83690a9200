"""Write the figures: docs/performance.md, from the data of one run."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import bounds
from bench.measure import Spread
from bench.programs import Program

HEAD = """# Performance

Written by `make bench`{quick} on {day}: {cores} cores of {cpu}, Python {python}.

sigcheck is measured as `pip install .` installs it. All programs run interleaved, in an order
shuffled per round; where there are three runs or more, one before them is not counted. Figures are
medians with quartiles in brackets; a ratio is taken round by round. Load average during the run:
{load:.1f} (1 is this benchmark alone).

The documents: directive 2691/CT-UBND of the fixtures (five signatures, six pages, 0.3 MB); five
real documents of Vietnamese offices where the corpus is there (they are not part of the project);
and the directive with more objects, signatures, revisions or bytes, made by `bench/documents.py`.
None was made to be fast.
"""

TAIL = """## What makes it fast, and what it costs

- The file is read once and hashed once: the digests of all byte ranges come out of one pass.
- Each adjacent pair of revisions is compared once, over changed cross-reference entries only; what
  a revision leaves as it is (objects, the page tree) is taken over from the one before.
- A certificate, a link (certificate, issuer), a list and a path are parsed and checked once per
  process.
- A start imports what a plain verification needs. Python and these imports are a large part of a
  cold run; they are paid once per process, so a folder is judged at several times that rate.
- pdfsig is native code that does a tenth of the work; pyHanko and EU DSS do the same work. The
  bounds speak of all three.
"""


def text(results: Mapping[str, Any], programs: Sequence[Program], *, quick: bool) -> str:
    """Return the page."""
    head = HEAD.format(
        quick=' (`OPTIONS="--quick"`: few rounds)' if quick else "",
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        cpu=_cpu(),
        python=platform.python_version(),
        load=results["load"],
    )
    parts = [
        _section("What is compared", _programs(programs)),
        _section("Bounds", _table(("what", "bound", "measured", "kept"), bounds.rows(results))),
        _section("One file, cold: a process per file", _cold(results["cold"])),
        _section("A folder, two processes, start included", _folder(results["folder"])),
        _section("One file, warm: a process that has verified before", _warm(results["warm"])),
        _section("Growth, warm", _growth(results["growth"])),
    ]
    return "\n\n".join(part.strip() for part in (head, *parts, TAIL)) + "\n"


def _section(title: str, lines: Iterator[str]) -> str:
    return "\n".join((f"## {title}\n", *lines))


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _programs(programs: Sequence[Program]) -> Iterator[str]:
    rows = ((p.name, p.version(), p.does, p.leaves_out) for p in programs)
    yield from _table(("program", "version", "what it does", "what it leaves out"), rows)


def _ms(values: Sequence[float]) -> str:
    return Spread(*values).text(1000)


def _cold(data: Mapping[str, Any]) -> Iterator[str]:
    rows = (
        (
            label,
            f"{found['bytes'] / 1e6:.1f}",
            name,
            _ms(one["seconds"]),
            str(one["runs"]),
            f"{one['by']['pdfsig']:.2f}",
            f"{one['peak_mib']:.0f}",
        )
        for label, found in data.items()
        for name, one in found.items()
        if name != "bytes"
    )
    head = ("document", "MB", "program", "ms", "runs", "× pdfsig", "peak MiB")
    yield from _table(head, rows)


def _folder(data: Mapping[str, Any]) -> Iterator[str]:
    yield "Copies of the directive, and of the real documents in turn: 200; 20 for pyHanko and DSS."
    yield "pdfsig, pdfcpu, pyHanko: a process per file, two at a time. DSS: two threads of a JVM."
    yield "sigcheck: `verify FOLDER --jobs 2 --format jsonl`.\n"
    rows = (
        (label, name, Spread(*rate).text(), f"{rate[0] / rates['pdfsig'][0]:.2f}")
        for label, rates in data.items()
        for name, rate in rates.items()
    )
    yield from _table(("folder", "program", "documents per second", "× pdfsig"), rows)


def _warm(data: Mapping[str, Any]) -> Iterator[str]:
    yield "`Verifier.verify` again and again, a process of pdfsig in turn.\n"
    rows = (
        (label, _ms(one["warm"]), _ms(one["pdfsig"]), Spread(*one["by_pdfsig"]).text(1, 2))
        for label, one in data.items()
    )
    yield from _table(("document", "sigcheck ms", "pdfsig ms", "× pdfsig"), rows)


def _growth(data: Mapping[str, Any]) -> Iterator[str]:
    rows = (
        (
            kind,
            f"{int(value):,}".replace(",", " "),
            _ms(point["warm"]),
            f"{point['warm'][0] / next(iter(points.values()))['warm'][0]:.2f}",
            _ms(point["pdfsig"]),
        )
        for kind, points in data.items()
        for value, point in points.items()
    )
    yield from _table(("property", "value", "sigcheck ms", "× first", "pdfsig ms"), rows)


def _cpu() -> str:
    known = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", known.read_text()) if known.exists() else None
    return found[1].strip() if found else platform.processor() or "an unknown processor"
