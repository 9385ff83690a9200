"""Change the deciding code in one place at a time and see whether a test notices: `make mutants`.

    python tools/mutants.py [--minutes 120] [--only MODULE[:FUNCTION]]... [--list]

cosmic-ray makes the mutants of what `mutants.toml` names. Each runs in a forked process that
imports the changed module in the place of the written one: no file is touched. First the vectors
whose judging executed the changed line are held to their expected.json, the quickest first; then
what survived all of them is held to the unit tests that execute the line. Results go to
`build/mutants.jsonl`, and a second run goes on where the first stopped. Exit code 1: a mutant
survived that `mutants.toml` does not explain.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import re
import signal
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import coverage
import parso
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
BUILD = ROOT / "build"
sys.path[:0] = [str(ROOT), str(SRC)]

JUDGING = ("api", "checks", "verdict", "workflow", "render", "archive", "batch", "cli", "service")
"""Packages that see evidence but do not gather it: for their mutants evidence is gathered once."""
SECONDS = 120
"""A mutant that takes longer runs in circles, and was noticed."""
SWAPS = {
    "Add": "Sub", "Sub": "Add", "Mul": "Add", "Div": "Mul", "FloorDiv": "Mul", "Mod": "Add",
    "BitOr": "BitAnd", "BitAnd": "BitOr", "BitXor": "BitOr", "RShift": "LShift", "LShift": "RShift",
    "Pow": "Mul",
}  # fmt: skip
"""One replacement for each binary operator: eleven others would ask the same question."""
COMPARISONS = {
    "Eq": {"NotEq"}, "NotEq": {"Eq"}, "Is": {"IsNot"}, "IsNot": {"Is"},
    "Lt": {"LtE", "GtE"}, "LtE": {"Lt", "Gt"}, "Gt": {"GtE", "LtE"}, "GtE": {"Gt", "Lt"},
}  # fmt: skip
"""The opposite, and the other side of the border."""


class Silence(Operator):  # type: ignore[misc]
    """Replace `return failed(...)` by `return PASSED`, as a check that tests nothing would."""

    @classmethod
    def examples(cls) -> tuple[()]:
        """Return none: the tests of cosmic-ray do not reach here."""
        return ()

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield every `return failed(...)`."""
        if node.type == "return_stmt" and node.get_code().strip().startswith("return failed("):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ARG002 - the interface's
        """Return `return PASSED`."""
        node.children[1:] = [parso.parse(" PASSED")]
        return node


OWN = {"own/Silence": Silence}


@dataclass(frozen=True)
class Mutant:
    """One change of one place."""

    module: str
    function: str
    operator: str
    occurrence: int
    line: int
    column: int

    @property
    def key(self) -> str:
        """Return what the result is kept under."""
        place = f"{self.line}:{self.column}:{self.occurrence}"
        return f"{self.module}:{self.function}:{self.operator}:{place}"


def path_of(module: str) -> Path:
    """Return the file of a module."""
    base = SRC.joinpath(*module.split("."))
    return base.with_suffix(".py") if base.with_suffix(".py").exists() else base / "__init__.py"


# --- which mutants --------------------------------------------------------------------------------


def mutants(module: str, functions: Sequence[str]) -> Iterator[Mutant]:
    """Yield the mutants of a module, of some functions alone where there are any named."""
    path = path_of(module)
    tree = ast.parse(path.read_text("utf-8"))
    spans, silent = _spans(tree), _silent(tree)
    BUILD.mkdir(exist_ok=True)
    with use_db(str(BUILD / "mutants.sqlite"), WorkDB.Mode.create) as database:
        init([path], database, {})
        items = [item.mutations[0] for item in database.work_items]
    places = [
        (i.operator_name, i.occurrence, i.start_pos) for i in items if _asked(i.operator_name)
    ]
    for name, operator in OWN.items():
        found = [at for node in ast_nodes(get_ast(path.read_text("utf-8")))
                 for at, _ in operator().mutation_positions(node)]  # fmt: skip
        places += [(name, number, at) for number, at in enumerate(found)]
    for name, occurrence, (line, column) in places:
        function = _function(spans, line)
        if functions and function not in functions:
            continue
        if any(begin <= (line, column) < end for begin, end in silent):
            continue
        yield Mutant(module, function, name, occurrence, line, column)


def _asked(name: str) -> bool:
    name = name.partition("/")[2]
    if found := re.fullmatch(r"ReplaceBinaryOperator_(\w+?)_(\w+)", name):
        return SWAPS.get(found[1]) == found[2]
    if found := re.fullmatch(r"ReplaceComparisonOperator_(\w+?)_(\w+)", name):
        return found[2] in COMPARISONS.get(found[1], ())
    return not name.startswith(("NoOp", "Variable"))


def _spans(tree: ast.Module) -> list[tuple[int, int, str]]:
    found = []

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{prefix}.{child.name}".lstrip(".")
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                found.append((first, child.end_lineno or first, name))
            walk(child, name)

    walk(tree, "")
    return found


def _function(spans: list[tuple[int, int, str]], line: int) -> str:
    inside = [(end - begin, name) for begin, end, name in spans if begin <= line <= end]
    return min(inside, default=(0, ""))[1]


@cache
def statements(module: str) -> dict[int, set[int]]:
    """Return, for each line, the lines of its whole statement: a run may count the first alone.

    A line that runs when the module is imported belongs to none and has an empty set.
    """
    tree = ast.parse(path_of(module).read_text("utf-8"))
    found: dict[int, set[int]] = defaultdict(set)
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for statement in ast.walk(node):
            if isinstance(statement, ast.stmt) and statement is not node:
                body = getattr(statement, "body", None)
                last = body[0].lineno - 1 if isinstance(body, list) else statement.end_lineno or 0
                lines = {*range(statement.lineno, max(last, statement.lineno) + 1)}
                for line in lines:
                    found[line] |= lines
    return found


def _silent(tree: ast.Module) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where nothing runs: annotations, which nobody evaluates."""
    nodes: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            nodes.append(node.returns)
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            nodes.append(node.annotation)
    return [
        ((n.lineno, n.col_offset), (n.end_lineno or 0, n.end_col_offset or 0)) for n in nodes if n
    ]


# --- what runs them -------------------------------------------------------------------------------


class Replaced(importlib.abc.MetaPathFinder):
    """Import one module from other source than its file's."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source

    def find_spec(self, name: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        """Answer for this module alone."""
        if name != self.module:
            return None
        place = str(path_of(name))
        loader = _Loader(name, place, self.source)
        package = place.endswith("__init__.py")
        return importlib.util.spec_from_file_location(
            name,
            place,
            loader=loader,
            submodule_search_locations=[str(Path(place).parent)] if package else None,
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, _: str) -> Any:
        return compile(self.source, self.path, "exec", dont_inherit=True)


def forget(packages: Sequence[str] = ()) -> None:
    """Make the next import read sigcheck anew: all of it, or some of its packages."""
    for name in [*sys.modules]:
        parts = name.split(".")
        ours = parts[0] in {"sigcheck", "tests", "conftest"}
        if ours and (
            not packages or parts[0] != "sigcheck" or (len(parts) > 1 and parts[1] in packages)
        ):
            del sys.modules[name]
    if packages and (top := sys.modules.get("sigcheck")):
        for name in packages:
            vars(top).pop(name, None)


def vector_tests() -> ModuleType:
    """Return the tests of the vectors as a module."""
    place = ROOT / "tests" / "vectors" / "test_vectors.py"
    loader = importlib.machinery.SourceFileLoader("mutants_vectors", str(place))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    if spec is None:
        raise ImportError(place)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Vectors:
    """The vectors: what each executes, how long it takes, and the evidence it gives."""

    def __init__(self) -> None:
        tests = vector_tests()
        self.tests = tests
        self.cases: list[Path] = tests.vectors.CASES
        self.expected = {
            c: json.loads((c / "expected.json").read_text("utf-8")) for c in self.cases
        }
        self.evidence: dict[Path, Any] = {}
        self.seconds: dict[Path, float] = {}
        self.lines: dict[tuple[str, int], list[Path]] = defaultdict(list)
        self._measure()

    def _measure(self) -> None:
        plain = coverage.Coverage(data_file=None, source=["sigcheck"], config_file=False)
        for case in self.cases:
            self.tests.judged(case, self.expected[case])  # caches are warm for all alike
        for case in self.cases:
            plain.erase()
            self.tests.vectors.verified.cache_clear()
            begin = time.perf_counter()
            plain.start()
            try:
                document = self.tests.judged(case, self.expected[case])
                for policy in self.expected[case].get("policies", ()):
                    self.tests.judged(case, self.expected[case], policy=policy)
            finally:
                plain.stop()
            self.seconds[case] = time.perf_counter() - begin
            self.evidence[case] = document.evidence
            data = plain.get_data()
            for file in data.measured_files():
                for line in data.lines(file) or ():
                    self.lines[file, line].append(case)

    def of(self, mutant: Mutant) -> list[Path]:
        """Return the vectors that execute a line, the quickest first; all, if it runs at import."""
        lines = statements(mutant.module)[mutant.line]
        path = str(path_of(mutant.module))
        found = {case for line in lines for case in self.lines.get((path, line), ())}
        return sorted(found if lines else self.cases, key=lambda case: self.seconds[case])

    def noticed_by(self, cases: Sequence[Path], *, gathered: bool) -> str:
        """Hold vectors to what they expect; return the first that fails, or an empty string."""
        tests = vector_tests()
        judged = self._from_evidence() if gathered else tests.judged
        known: dict[Any, Any] = {}

        def once(case: Path, expected: Any, at: str | None = None, policy: str = "intake") -> Any:
            key = (case, at, policy)
            if key not in known:
                known[key] = judged(case, expected, at, policy)
            return known[key]

        vars(tests)["judged"] = once
        for case in cases:
            known.clear()
            try:
                tests.test_vector(case)
                tests.test_vector_names_its_findings(case)
                tests.test_vector_names_its_pades_level(case)
                for policy in self.expected[case].get("policies", ()):
                    tests.test_vector_under_another_policy(case, policy)
            except BaseException as problem:  # noqa: BLE001 - whatever it is, it was noticed
                return f"{tests.vectors.name(case)}: {type(problem).__name__}"
        return ""

    def _from_evidence(self) -> Any:
        from datetime import datetime

        from sigcheck.api import judge_document
        from sigcheck.config import load_policy

        tests, policy_of = vector_tests(), cache(load_policy)

        def judged(case: Path, expected: Any, at: str | None, policy: str) -> Any:
            evidence = self.evidence[case]
            if evidence is None:
                return tests.judged(case, expected, at, policy)
            moment = datetime.fromisoformat(at or expected["options"]["at"])
            return judge_document(evidence, policy_of(policy), moment, str(case / "document.pdf"))

        return judged


def unit_tests(folders: Sequence[str]) -> dict[tuple[str, int], set[str]]:
    """Run the unit tests once; return which of them execute which line."""
    data_file = BUILD / "mutants.coverage"
    if not data_file.exists():
        child = os.fork()
        if not child:
            code = pytest.main(
                [*folders, "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--cov=sigcheck",
                 "--cov-context=test", "--cov-report=", "--cov-config=/dev/null"]
            )  # fmt: skip
            (ROOT / ".coverage").rename(data_file)
            os._exit(int(code))
        os.waitpid(child, 0)
    data = coverage.CoverageData(str(data_file))
    data.read()
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for file in data.measured_files():
        for line, contexts in data.contexts_by_lineno(file).items():
            found[file, line] |= {c.partition("|")[0] for c in contexts if c}
    return found


def changed(mutant: Mutant) -> str:
    """Return the source of the module with the mutation in it."""
    operator = (OWN.get(mutant.operator) or get_operator(mutant.operator))()
    source = mutate_code(path_of(mutant.module).read_text("utf-8"), operator, mutant.occurrence)
    if source is None:
        raise ValueError(mutant)
    return str(source)


def tried(mutant: Mutant, try_: Callable[[], str]) -> str:
    """Return what notices a mutant, tried in a process of its own; empty when nothing does."""
    source = changed(mutant)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        signal.alarm(SECONDS)
        with contextlib.suppress(BaseException):
            os.write(writer, f"|{_by(mutant, source, try_)}".encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read().decode("utf-8", "replace")
    os.waitpid(child, 0)
    return said[1:] if said else "it runs in circles or breaks the process"


def _by(mutant: Mutant, source: str, try_: Callable[[], str]) -> str:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.stdout = sys.stderr = io.StringIO()
    sys.meta_path.insert(0, Replaced(mutant.module, source))
    forget(JUDGING if gathered(mutant) else ())
    try:
        importlib.import_module(mutant.module)
        importlib.import_module("sigcheck.api")
    except BaseException as problem:  # noqa: BLE001 - it does not even start
        return f"import: {type(problem).__name__}"
    return try_()


def gathered(mutant: Mutant) -> bool:
    """Say whether the evidence at hand serves: the mutant judges it and does not gather it."""
    return mutant.module.split(".")[1] in JUDGING


def by_unit_tests(tests: Sequence[str]) -> str:
    """Run some unit tests; return how they end unless all pass."""
    forget()
    code = pytest.main(["-q", "-x", "-p", "no:xdist", "-p", "no:cacheprovider", *tests])
    return "" if code == pytest.ExitCode.OK else f"unit tests: {code}"


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--only", action="append", default=[], metavar="MODULE[:FUNCTION]")
    parser.add_argument("--list", action="store_true", help="count the mutants and stop")
    parser.add_argument("--again", action="store_true", help="try survivors of the last run again")
    options = parser.parse_args()
    table = tomllib.loads((ROOT / "tools" / "mutants.toml").read_text("utf-8"))
    wanted = [
        m for row in table["target"] for m in mutants(row["module"], row.get("functions", ()))
    ]
    if options.only:
        wanted = [m for m in wanted if f"{m.module}:{m.function}".startswith(tuple(options.only))]
    if options.list:
        count: dict[str, int] = defaultdict(int)
        for mutant in wanted:
            count[mutant.module] += 1
        sys.stdout.write("".join(f"{n:5} {module}\n" for module, n in count.items()))
        sys.stdout.write(f"{len(wanted):5}\n")
        return 0
    return _work(wanted, table, options)


Row = dict[str, Any]


def _work(wanted: list[Mutant], table: dict[str, Any], options: argparse.Namespace) -> int:
    """Hold all mutants to the vectors, then the survivors to the unit tests."""
    log = Log(BUILD / "mutants.jsonl", again=options.again)
    end = time.monotonic() + options.minutes * 60
    os.environ["SIGCHECK_HOME"] = str(BUILD / "home")
    new = [mutant for mutant in wanted if log.row(mutant) is None]
    vectors = Vectors() if new else None
    for mutant in new:
        if vectors and time.monotonic() < end:
            cases = vectors.of(mutant)
            notice = partial(vectors.noticed_by, cases, gathered=gathered(mutant))
            by = tried(mutant, notice)
            log.write(mutant, by, "vectors", len(cases))
    units = unit_tests(table["tests"])
    harmless = {(row["was"], row["is"]) for row in table.get("harmless", ())}
    for mutant in wanted:
        row = log.row(mutant)
        if row and not row["by"] and row["stage"] == "vectors" and time.monotonic() < end:
            if (row["was"], row["is"]) in harmless:
                continue
            lines = statements(mutant.module)[mutant.line] or {mutant.line}
            path = str(path_of(mutant.module))
            found = {test for line in lines for test in units.get((path, line), ())}
            tests = sorted(found, key=lambda test: ("/vectors/" in test, test))  # the slow last
            by = tried(mutant, partial(by_unit_tests, tests)) if tests else ""
            log.write(mutant, by, "unit tests", len(tests))
    return _tell([log.row(mutant) for mutant in wanted], table)


class Log:
    """What came of each mutant, written down as it comes."""

    def __init__(self, path: Path, *, again: bool) -> None:
        self.path = path
        self.rows: dict[str, Row] = {}
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            row = json.loads(line)
            self.rows[row["key"] + row["was"]] = row
        if again:
            self.rows = {key: row for key, row in self.rows.items() if row["by"]}

    def row(self, mutant: Mutant) -> Row | None:
        """Return what is known of a mutant of this very line."""
        return self.rows.get(mutant.key + _line(_source(mutant.module), mutant))

    def write(self, mutant: Mutant, by: str, stage: str, count: int) -> None:
        """Keep what came of one."""
        was = _line(_source(mutant.module), mutant)
        new = _line(changed(mutant).splitlines(), mutant)
        row = {"key": mutant.key, "by": by, "stage": stage, "of": count, "was": was, "is": new}
        self.rows[mutant.key + was] = row
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


@cache
def _source(module: str) -> list[str]:
    return path_of(module).read_text("utf-8").splitlines()


def _line(lines: Sequence[str], mutant: Mutant) -> str:
    return lines[mutant.line - 1].strip()


def _tell(results: Sequence[Row | None], table: dict[str, Any]) -> int:
    explained = {(row["was"], row["is"]) for row in table.get("harmless", ())}
    known = [row for row in results if row]
    alive = [row for row in known if not row["by"]]
    new = [row for row in alive if (row["was"], row["is"]) not in explained]
    for row in new:
        sys.stdout.write(f"{row['key']} ({row['of']} {row['stage']})\n")
        sys.stdout.write(f"  - {row['was']}\n  + {row['is']}\n")
    sys.stdout.write(
        f"{len(known)} mutants, {len(known) - len(alive)} noticed, "
        f"{len(alive) - len(new)} harmless, {len(new)} survived, "
        f"{len(results) - len(known)} not tried for want of time\n"
    )
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
