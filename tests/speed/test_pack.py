"""The pack of bytecode gives what the modules give, and never speaks for a changed source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sigcheck.cli import pack
from sigcheck.cli.patterns import Patterns

LOADERS = (
    "import sys; from sigcheck.cli.pack import use; use(); import {name}; "
    "print(type(sys.modules['{name}'].__spec__.loader).__name__)"
)
MODULES = """
import sys
from sigcheck.cli.pack import use
pack = use()
if sys.argv[1:]:
    pack.preload()
    assert all(name in sys.modules for name in pack._common), "not preloaded"
import sigcheck.cli.leave, sigcheck.cli.program, sigcheck.cli.verify, sigcheck.render.text
for name, module in sorted(sys.modules.items()):
    if name.startswith("sigcheck."):
        spec, own = module.__spec__, vars(module)
        print(name, spec.origin, spec.parent, spec.cached, spec.has_location, spec.name)
        print(spec.submodule_search_locations, own["__file__"], own.get("__path__"))
        print(own["__package__"], own["__cached__"], own["__loader__"] is spec.loader, module, spec)
        print(*sorted(own), getattr(sys.modules.get(spec.parent), name.rpartition(".")[2], None))
"""
PROCESS = "import sys; sys.argv[0] = 'sigcheck'; from sigcheck.cli import main; main()"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the package that a test may change."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(pack.PACKAGE, tmp_path / "sigcheck", ignore=ignored)
    shutil.copytree(Path(pack.PACKAGE).parents[1] / "certs", tmp_path / "sigcheck" / "certs")
    return tmp_path


def _python(tree: Path, script: str, *arguments: str, keep: bool = False) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(tree), "SIGCHECK_LANG": "en"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not keep:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tree,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _kept(tree: Path) -> Path:
    return tree / "sigcheck" / "__pycache__" / Path(pack.pack_path()).name


def test_a_packed_module_is_taken_from_the_pack(tree: Path) -> None:
    """Packages and plain modules alike."""
    assert pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))

    for name in ("sigcheck.errors", "sigcheck.evidence.pdf"):
        assert _python(tree, LOADERS.format(name=name)) == (0, "Pack\n")


def test_a_changed_module_is_not(tree: Path) -> None:
    """A source of another time or size is read itself."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    source = tree / "sigcheck" / "errors.py"
    source.write_text(source.read_text("utf-8") + "\nADDED = 1\n", "utf-8")

    found = _python(tree, LOADERS.format(name="sigcheck.errors") + "; print(sigcheck.errors.ADDED)")

    assert found == (0, "SourceFileLoader\n1\n")


def test_a_copied_pack_asks_for_the_copied_sources(tree: Path, tmp_path: Path) -> None:
    """A tree copied with its times and changed there is not judged by the sources it came from."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    copy = tmp_path / "copy"
    shutil.copytree(tree / "sigcheck", copy / "sigcheck")
    source = copy / "sigcheck" / "errors.py"
    source.write_text(source.read_text("utf-8") + "\nADDED = 1\n", "utf-8")

    found = _python(copy, LOADERS.format(name="sigcheck.errors") + "; print(sigcheck.errors.ADDED)")

    assert found == (0, "SourceFileLoader\n1\n")


@pytest.mark.parametrize("damage", [b"", b"\0\0", b"not a pack at all", None])
def test_a_broken_pack_is_none(tree: Path, damage: bytes | None) -> None:
    """Whatever stands in its place, modules are imported as always."""
    if damage is not None:
        _kept(tree).parent.mkdir()
        _kept(tree).write_bytes(damage)

    assert _python(tree, LOADERS.format(name="sigcheck.errors")) == (0, "SourceFileLoader\n")


def test_a_process_keeps_a_pack_for_the_next(tree: Path, fixtures: Path) -> None:
    """The first run writes it, the second says the same with it: byte for byte."""
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"
    command = ("verify", str(case), "--trust", str(fixtures / "pki"), "--at", "2024-01-01")

    plain = _python(tree, PROCESS, *command)
    assert not _kept(tree).exists()
    first = _python(tree, PROCESS, *command, keep=True)
    assert _kept(tree).exists()
    second = _python(tree, PROCESS, *command)

    assert plain == first == second
    assert plain[0] == 10
    assert "2691" in plain[1]


def test_a_cut_pack_is_none(tree: Path) -> None:
    """A pack that lacks its last byte is not begun with."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    _kept(tree).write_bytes(_kept(tree).read_bytes()[:-1])

    assert _python(tree, LOADERS.format(name="sigcheck.errors")) == (0, "SourceFileLoader\n")


def test_a_pack_of_another_make_is_none(tree: Path) -> None:
    """Whatever stands where the lengths stand, nothing of that size is read."""
    _kept(tree).parent.mkdir(exist_ok=True)
    _kept(tree).write_bytes(b"\xff" * 4096)

    assert _python(tree, LOADERS.format(name="sigcheck.errors")) == (0, "SourceFileLoader\n")


def test_a_pack_made_anew_meanwhile_is_not_read(tree: Path) -> None:
    """Places of the old one mean nothing in the new one: the source is asked."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    old = pack.Pack(str(_kept(tree)), str(tree / "sigcheck"))
    own = old.get_code("sigcheck.errors")
    (tree / "sigcheck" / "log.py").write_text("LONGER = 1\n" * 1000, "utf-8")
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))

    assert old.complete
    assert old.get_code("sigcheck.errors") == own
    assert not old.complete


def test_preloaded_modules_are_as_imported_ones(tree: Path) -> None:
    """Their names, files, places in their packages: nobody can tell how they came."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))

    imported, preloaded = _python(tree, MODULES), _python(tree, MODULES, "preload")

    assert imported[0] == 0
    assert re.sub(r"0x\w+", "", preloaded[1]) == re.sub(r"0x\w+", "", imported[1])
    assert preloaded[1].count("\n") > 400


def test_preloaded_modules_can_be_asked_and_loaded_again(tree: Path) -> None:
    """`inspect`, `pickle`, `pkgutil` and `importlib.reload` find what they need."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    script = """
import importlib, inspect, pickle, pkgutil, sys
from sigcheck.cli.pack import use
use().preload()
report = sys.modules["sigcheck.model.report"]
reason = sys.modules["sigcheck.errors"].UnreadableError
print("class Report" in inspect.getsource(report), inspect.getsource(report.Report)[:7])
print(pickle.loads(pickle.dumps(reason)) is reason, importlib.reload(report) is report)
print(pkgutil.resolve_name("sigcheck.model.report:Report") is report.Report)
print("finding" in [m.name for m in pkgutil.iter_modules(sys.modules["sigcheck.model"].__path__)])
"""

    assert _python(tree, script) == (0, "True @record\nTrue True\nTrue\nTrue\n")


def test_one_changed_module_stops_the_preload(tree: Path) -> None:
    """None is run from the pack then before Python imports it; the change is seen."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    source = tree / "sigcheck" / "errors.py"
    source.write_text(source.read_text("utf-8") + "\nADDED = 1\n", "utf-8")
    script = (
        "import sys; from sigcheck.cli.pack import use; p = use(); p.preload();"
        "print('sigcheck.model.report' in sys.modules, p.complete);"
        "import sigcheck.errors; print(sigcheck.errors.ADDED)"
    )

    assert _python(tree, script) == (0, "False False\n1\n")


def test_a_module_that_fails_fails_where_it_is_imported(tree: Path) -> None:
    """A preload that breaks leaves nothing behind: Python's own import says what is wrong."""
    source = tree / "sigcheck" / "model" / "report.py"
    source.write_text(source.read_text("utf-8") + "\nraise RuntimeError('broken')\n", "utf-8")
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    script = (
        "import sys; from sigcheck.cli.pack import use; p = use(); p.preload();"
        "print([n for n in sys.modules if n.startswith('sigcheck.model')], p.complete);"
        "import sigcheck.model.report"
    )

    code, said = _python(tree, script)

    assert (code, said.splitlines()[0]) == (1, "[] True")
    assert said.endswith("RuntimeError: broken\n")
    assert f'{source}", line' in said


def test_a_verification_preloads_nearly_all_it_needs(tree: Path, fixtures: Path) -> None:
    """And nothing else preloads: `--version` and `--help` would pay for nothing."""
    pack.write(str(_kept(tree)), Patterns({}), str(tree / "sigcheck"))
    counting = """
import os, sys
from sigcheck.cli import pack
singly, find = [], pack.Pack.find_spec
def noticed(self, name, *rest):
    found = find(self, name, *rest)
    return found and (singly.append(name) or found)
pack.Pack.find_spec = noticed
from sigcheck.cli import leave
leave.leave = lambda code, pack: print(len(singly), len(sys.modules), file=sys.stderr)
from sigcheck.cli import main
main()
"""
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"
    command = ("verify", str(case), "--trust", str(fixtures / "pki"), "--at", "2024-01-01")

    singly = _python(tree, counting, *command)[1].splitlines()[-1].split()
    version = _python(tree, counting, "--version")[1].splitlines()[-1].split()
    help_text = _python(tree, counting, "verify", "--help")[1].splitlines()[-1].split()

    assert int(singly[0]) <= 12
    assert int(version[1]) < 200
    assert int(help_text[1]) < 200


def test_nothing_is_compiled(tree: Path, fixtures: Path) -> None:
    """`compile` costs a millisecond before it has seen a line; `typing` calls it for classes."""
    prepare = "from sigcheck.cli.pack import prepare; prepare()"
    watched = f"import builtins; builtins.compile = None; {PROCESS}"
    roots = tree / "roots"
    roots.mkdir()
    for path in (fixtures / "pki").rglob("*.pem"):
        shutil.copy(path, roots)
    case = fixtures / "vectors" / "long-an" / "2691-ct-ubnd" / "document.pdf"
    command = ("verify", str(case), "--trust", str(roots), "--at", "2024-01-01")

    assert _python(tree, prepare, keep=True) == (0, "")
    code, said = _python(tree, watched, *command, keep=True)

    assert code == 10, said


def test_a_pack_that_cannot_be_written_is_no_error(tree: Path) -> None:
    """Where nobody may write, every run goes the long way."""
    (tree / "file").write_text("", "utf-8")

    assert not pack.write(str(tree / "file" / "pack.bin"), Patterns({}), str(tree / "sigcheck"))
