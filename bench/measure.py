"""Take samples, interleaved: the programs run in turn, in an order shuffled per round."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple, Self


class Sample(NamedTuple):
    seconds: float
    peak_kib: int
    code: int


Rounds = dict[int, Sample]
"""The samples of one program, by the round they were taken in."""


class Spread(NamedTuple):
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


def seconds(samples: Rounds) -> Spread:
    return spread([sample.seconds for sample in samples.values()])


def ratio(ours: Rounds, theirs: Rounds) -> Spread:
    """Return the spread of the ratios round by round: what slowed one round slowed both."""
    shared = ours.keys() & theirs.keys()
    return spread([ours[number].seconds / theirs[number].seconds for number in shared])


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

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def run(self, command: Sequence[str]) -> Sample:
        """Run one command to its end and measure it."""
        program = shutil.which(command[0])
        if program is None:
            raise FileNotFoundError(command[0])
        self._process.stdin.write(json.dumps([program, *command[1:]]) + "\n")
        self._process.stdin.flush()
        return Sample(*json.loads(self._process.stdout.readline()))

    def interleave(
        self, commands: Mapping[str, tuple[Sequence[str], int]], rounds: int
    ) -> dict[str, Rounds]:
        """Return each command's samples; each has a number of rounds, from the first on.

        A command that runs in three rounds or more has a run before that nobody counts.
        """
        chance = random.Random(0)
        samples: dict[str, Rounds] = {name: {} for name in commands}
        for number in range(-1, rounds):
            for name in chance.sample(list(commands), len(commands)):
                command, wanted = commands[name]
                if number < wanted and (number >= 0 or wanted > 2):
                    samples[name][number] = self.run(command)
        return {name: {n: s for n, s in taken.items() if n >= 0} for name, taken in samples.items()}
