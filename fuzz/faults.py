"""Inject a fault into every function of the evidence, and look whether a failed document passes.

    make fuzz-faults                       # all functions, all vectors below
    python -m fuzz.faults --sample 200 --seed 1

For each vector that must not pass, each function of `sigcheck.evidence` that judging it calls is
made to raise once, at its first or at a later call: an error of a parser (ValueError), one of our
own (RuntimeError), and one that a caller of the library throws in from outside. Whatever comes of
it (another verdict, UNREADABLE, the exception itself), the document must not be TOTAL-PASSED.
Prints what passed; exit code 1 where anything did.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import json
import pkgutil
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sigcheck
import sigcheck.evidence
from fixtures.make.vector import trust_folders

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "fixtures" / "vectors"
GROUPS = 30
"""Vectors taken, from as many groups as there are."""


class CallersLimitError(Exception):
    """What a task queue throws into a task that takes too long."""


FAULTS: tuple[type[Exception], ...] = (ValueError, RuntimeError, CallersLimitError)


class Place:
    """One function, by the object that holds it and the name it has there."""

    def __init__(self, holder: Any, name: str, wrapped: Any) -> None:
        self.holder, self.name, self.wrapped = holder, name, wrapped
        self.calls = 0
        self.fails_at = 0
        self.fault: type[Exception] = ValueError

    def __str__(self) -> str:
        where = getattr(self.holder, "__qualname__", self.holder.__name__)
        return f"{getattr(self.holder, '__module__', '')}.{where}.{self.name}".lstrip(".")

    def called(self) -> None:
        """Count a call; raise where this is the one."""
        self.calls += 1
        if self.calls == self.fails_at:
            raise self.fault("injected")


def places() -> Iterator[Place]:
    """Yield every function and method that a module of the evidence defines."""
    for info in pkgutil.walk_packages(sigcheck.evidence.__path__, "sigcheck.evidence."):
        module = importlib.import_module(info.name)
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(value):
                yield Place(module, name, value)
            elif inspect.isclass(value):
                for attribute, inner in list(vars(value).items()):
                    if inspect.isfunction(inner) and not attribute.startswith("__"):
                        yield Place(value, attribute, inner)


def _counting(place: Place) -> Callable[..., Any]:
    original = place.wrapped

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        place.called()
        return original(*args, **kwargs)

    return call


@contextmanager
def watched(found: list[Place]) -> Iterator[None]:
    """Let every place be counted: where it stands, and in the modules that imported it by name."""
    replaced: list[tuple[Any, str, Any]] = []
    modules = [m for n, m in list(sys.modules.items()) if n.startswith("sigcheck")]
    try:
        for place in found:
            wrapper = _counting(place)
            holders = modules if inspect.ismodule(place.holder) else [place.holder]
            for holder in holders:
                for name, value in list(vars(holder).items()):
                    if value is place.wrapped:
                        replaced.append((holder, name, value))
                        setattr(holder, name, wrapper)
        yield
    finally:
        for holder, name, value in replaced:
            setattr(holder, name, value)


def cases() -> list[Path]:
    """Return vectors that must not pass: one of each group first, then further ones."""
    by_group: dict[str, list[Path]] = {}
    for file in sorted(VECTORS.glob("*/*/expected.json")):
        expected = json.loads(file.read_text("utf-8"))
        if expected["document"]["indication"] in {"TOTAL-FAILED", "INDETERMINATE"}:
            by_group.setdefault(file.parent.parent.name, []).append(file.parent)
    picked = [group[0] for group in by_group.values()]
    picked += [group[len(group) // 2] for group in by_group.values() if len(group) > 1]
    return list(dict.fromkeys(picked))[:GROUPS]


def judge_of(case: Path) -> Callable[[], str]:
    """Return what judges a vector and gives the document's indication."""
    options = json.loads((case / "expected.json").read_text("utf-8"))["options"]
    verifier = sigcheck.Verifier(
        trust=sigcheck.TrustStore.load(trust_folders(case, options)),
        compare_pages=options.get("compare_pages"),
    )
    document = next(case.glob("document.*")).read_bytes()
    at = datetime.fromisoformat(options["at"])

    def judge() -> str:
        try:
            report = verifier.verify(document, at=at, password=options.get("password"))
        except Exception as problem:  # noqa: BLE001 - a fault that goes through is no pass
            return type(problem).__name__
        return str(report.document.indication)

    return judge


def injections(
    judge: Callable[[], str], every: list[Place]
) -> Iterator[tuple[Place, int, type[Exception]]]:
    """Yield what can be injected: each function that judging a vector calls, each fault."""
    for place in every:
        place.calls = place.fails_at = 0
    judge()
    counted = {place: place.calls for place in every if place.calls}
    for place, calls in counted.items():
        for at in sorted({1, (calls + 1) // 2, calls}):
            for fault in FAULTS:
                yield place, at, fault


def run(sample: int | None, seed: int, *, progress: bool = False) -> list[str]:
    """Inject, and return a line for each document that passed by it."""
    chance = random.Random(seed)
    every = list(places())
    wrong = []
    chosen = cases()
    with watched(every):
        for number, case in enumerate(chosen, 1):
            judge = judge_of(case)
            found = list(injections(judge, every))
            if sample is not None:
                found = chance.sample(found, min(len(found), max(1, sample // len(chosen))))
            for place, at, fault in found:
                for other in every:
                    other.calls = other.fails_at = 0
                place.fails_at, place.fault = at, fault
                if judge() == "TOTAL-PASSED":
                    name = case.relative_to(VECTORS)
                    wrong.append(f"{name}: {fault.__name__} in {place}, call {at}")
            if progress:
                print(
                    f"{number}/{len(chosen)} {case.relative_to(VECTORS)}: {len(found)}, "
                    f"{len(wrong)} passed",
                    flush=True,
                )
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="faults are not passes")
    parser.add_argument("--sample", type=int, help="so many injections, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = run(options.sample, options.seed, progress=True)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
