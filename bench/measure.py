"""Take samples, interleaved: every contender once per round, in an order shuffled per round."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from types import TracebackType
from typing import Self

BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    cpu: float
    peak_kib: int
    code: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its quartiles."""

    median: float
    low: float
    high: float

    def text(self, scale: float = 1.0, digits: int = 1) -> str:
        low, high = self.low * scale, self.high * scale
        return f"{self.median * scale:.{digits}f} [{low:.{digits}f}–{high:.{digits}f}]"


def spread(values: Sequence[float]) -> Spread:
    """Return median and quartiles; a single value stands for all three."""
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high)


def ratio(samples: Sequence[Sample], base: Sequence[Sample]) -> Spread:
    """Return the spread of the ratios round by round: what slowed one round slowed both."""
    return spread(
        [ours.seconds / theirs.seconds for ours, theirs in zip(samples, base, strict=True)]
    )


class Launcher:
    """The small process that starts what is measured."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", str(Path(__file__).with_name("launcher.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Sample:
        """Run one command (its program found on the PATH or beside this Python) and measure it."""
        program = _find(command[0])
        job = {"command": [program, *command[1:]], "environment": dict(environment or {})}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Sample(**json.loads(self._process.stdout.readline()))

    def interleave(
        self,
        commands: Mapping[str, Sequence[str]],
        *,
        rounds: int,
        environments: Mapping[str, Mapping[str, str]] | None = None,
    ) -> dict[str, list[Sample]]:
        """Return each command's samples, one per round, after one round nobody counts."""
        chance, names = random.Random(0), list(commands)
        around = environments or {}
        samples: dict[str, list[Sample]] = {name: [] for name in names}
        for number in range(rounds + 1):
            for name in chance.sample(names, len(names)):
                sample = self.run(commands[name], around.get(name))
                if number:
                    samples[name].append(sample)
        return samples


def _find(program: str) -> str:
    found = program if "/" in program else shutil.which(program, path=f"{BIN}:/usr/bin:/bin")
    if found is None:
        raise FileNotFoundError(program)
    return found
