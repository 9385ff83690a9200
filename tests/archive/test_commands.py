"""`sigcheck evidence`, `replay`, `ledger`, and what `verify` keeps: text, exit codes, files."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sigcheck.archive.replay import read_package
from sigcheck.cli import audit_log, evidence, main
from sigcheck.fetch.http import HttpFetch
from tests.archive.samples import ROOT, VECTORS, forged
from tests.archive.tsa import authority

TRUST = ("--trust", str(ROOT / "fixtures" / "pki"), "--at", "2026-11-23T08:00:00+07:00")
LONG_AN = VECTORS / "long-an"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795399200")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command line in English: exit code, standard output, standard error."""

    def run_(*arguments: object) -> tuple[int, str, str]:
        code = main([*map(str, arguments), "--lang", "en"])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_


def document(name: str) -> Path:
    """Return the document of a vector."""
    return next((VECTORS / name).glob("document.*"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("long-an/2691-ct-ubnd-production", 0),
        ("long-an/2691-ct-ubnd", 10),
        ("file/no-signature", 3),
        ("cms/wrong-message-digest", 11),
    ],
)
def test_evidence_then_replay_end_alike(run: Run, tmp_path: Path, name: str, code: int) -> None:
    """Both commands end with the code of the verdict, and the replay says nothing changed."""
    path = tmp_path / "kept.sigcheck.zip"

    done, out, _ = run("evidence", document(name), "-o", path, *TRUST)
    again, told, _ = run("replay", path)

    assert (done, again) == (code, code)
    assert f"Evidence package {path}:" in out
    assert "the answer is the same" in told


def test_the_same_command_writes_the_same_file(run: Run, tmp_path: Path) -> None:
    """With the clock stopped, the package is the same to the byte."""
    for name in ("a.zip", "b.zip"):
        run("evidence", document("long-an/2691-ct-ubnd"), "-o", tmp_path / name, *TRUST)

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_the_document_is_in_the_package_when_asked(run: Run, tmp_path: Path) -> None:
    """`--include-document` puts in the very file."""
    path, source = tmp_path / "kept.zip", document("long-an/2691-ct-ubnd")

    run("evidence", source, "-o", path, "--include-document", *TRUST)

    assert read_package(path).files["document.pdf"] == source.read_bytes()


def test_replay_refuses_an_altered_package(run: Run, tmp_path: Path) -> None:
    """A package whose evidence was touched ends with 1 and one sentence."""
    path = forged(tmp_path, lambda p: p.update({"report.json": b"{}"}))

    code, out, complaint = run("replay", path)

    assert (code, out) == (1, "")
    assert complaint.startswith("sigcheck: The evidence package is damaged or was altered")
    assert complaint.count("\n") == 1


def test_replay_says_what_time_and_policy_changed(run: Run, tmp_path: Path) -> None:
    """Old and new verdict, and why."""
    path = tmp_path / "kept.zip"
    run("evidence", document("long-an/2691-ct-ubnd-production"), "-o", path, *TRUST)

    code, out, _ = run("replay", path, "--at", "2010-01-01T00:00:00+07:00", "--policy", "etsi")

    assert code != 0
    assert "The answer changed: Valid signature → " in out
    assert "What was different: the policy, the time of validation." in out


def test_replay_keeps_json_clean(run: Run, tmp_path: Path) -> None:
    """Standard output is the report alone; the notes are on standard error."""
    path = tmp_path / "kept.zip"
    run("evidence", document("long-an/2691-ct-ubnd"), "-o", path, *TRUST)

    _, out, notes = run("replay", path, "--format", "json")

    assert json.loads(out)["schema"] == "sigcheck.report/1"
    assert "the answer is the same" in notes


def test_verify_keeps_a_package_of_every_document(run: Run, tmp_path: Path) -> None:
    """One package each, all replayable, and the report is that of a plain verification."""
    plain = run("verify", LONG_AN, "--format", "json", *TRUST)

    kept = run("verify", LONG_AN, "--format", "json", "--evidence", tmp_path, "--jobs", 2, *TRUST)

    assert kept == plain
    packages = sorted(tmp_path.glob("*.sigcheck.zip"))
    assert len(packages) == len([*LONG_AN.rglob("document.pdf")])
    assert sorted(run("replay", path)[0] for path in packages) == [0, 0, 10]


def test_verify_says_where_no_package_could_be(run: Run, tmp_path: Path) -> None:
    """A file that can't be read has no evidence, and that is said."""
    code, _, notes = run("verify", document("file/empty"), "--evidence", tmp_path, *TRUST)

    assert code == 1
    assert "No evidence package for" in notes
    assert [*tmp_path.glob("*.zip")] == []


def test_a_folder_that_is_not_there_is_refused_first(run: Run, tmp_path: Path) -> None:
    """Nothing is verified into nowhere."""
    missing = tmp_path / "none"

    assert run("verify", document("file/empty"), "--evidence", missing, *TRUST)[0] == 2


def test_checks_are_entered_into_the_ledger(run: Run, tmp_path: Path) -> None:
    """Each document is an entry; the package names its own; the ledger verifies."""
    ledger, path = tmp_path / "checks.db", tmp_path / "kept.zip"

    run("verify", LONG_AN, "--audit-log", ledger, *TRUST)
    run("evidence", document("long-an/2691-ct-ubnd"), "-o", path, "--audit-log", ledger, *TRUST)
    _, listed, _ = run("audit-log", "list", ledger)
    head = run("audit-log", "head", ledger)[1].strip()
    code, out, _ = run("audit-log", "verify", ledger, "--head", head)

    count = len([*LONG_AN.rglob("document.pdf")]) + 1
    assert len(listed.splitlines()) == count
    assert read_package(path).info.ledger_head == head
    assert (code, out) == (0, f"The audit log is whole: {count} entries, head {head}.\n")


def test_the_ledger_may_be_configured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office sets the ledger once, in the environment."""
    ledger = tmp_path / "checks.db"
    monkeypatch.setenv("SIGCHECK_LEDGER", str(ledger))

    run("verify", document("file/no-signature"), *TRUST)

    assert "NO-SIGNATURE" in run("audit-log", "list", ledger)[1]


def test_a_touched_ledger_ends_with_one(run: Run, tmp_path: Path) -> None:
    """The sentence names the first wrong entry."""
    ledger = tmp_path / "checks.db"
    run("verify", LONG_AN, "--audit-log", ledger, *TRUST)
    database = sqlite3.connect(ledger)
    with database:
        database.execute("DROP TRIGGER entries_stay")
        database.execute("UPDATE entries SET indication = 'TOTAL-FAILED' WHERE seq = 2")
    database.close()

    for verb in ("verify", "head"):
        code, out, complaint = run("ledger", verb, ledger)

        assert code == 1
        assert "entry 2 was edited" in out + complaint


def test_a_cut_off_ledger_is_found_by_its_head(run: Run, tmp_path: Path) -> None:
    """The head noted before names what is gone; a head that is none is a wrong command line."""
    ledger = tmp_path / "checks.db"
    run("verify", document("file/no-signature"), "--audit-log", ledger, *TRUST)
    copy = shutil.copy(ledger, tmp_path / "earlier.db")
    run("verify", document("long-an/2691-ct-ubnd"), "--audit-log", ledger, *TRUST)
    head = run("audit-log", "head", ledger)[1].strip()

    code, out, _ = run("audit-log", "verify", copy, "--head", head)

    assert code == 1
    assert "missing at the end, from 2 on" in out
    assert run("audit-log", "verify", ledger, "--head", "abc")[0] == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_package_and_head_are_stamped_on_request(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--tsa` asks one address; replay and ledger say what the tokens are worth."""
    for module in (audit_log, evidence):
        monkeypatch.setattr(module, "fetcher", lambda _: HttpFetch(allow_loopback=True))
    path, ledger, token = tmp_path / "kept.zip", tmp_path / "l.db", tmp_path / "head.tst"
    source = document("long-an/2691-ct-ubnd")
    with authority(tmp_path) as server:
        tsa = ("--tsa", f"{server.url}/tsa")
        run("evidence", source, "-o", path, "--audit-log", ledger, *tsa, *TRUST)
        run("audit-log", "head", ledger, "-o", token, *tsa)
        assert server.asked == ["POST /tsa", "POST /tsa"]

    _, told, _ = run("replay", path, *TRUST[:2])
    code, out, _ = run("audit-log", "verify", ledger, *TRUST[:2])

    assert "Time-stamp of the package: " in told
    assert "Invalid" not in told.rpartition("Time-stamp of the package")[2]
    assert code == 0
    assert "Time-stamp of entry 1: " in out
    assert token.read_bytes()[:1] == b"0"


def test_no_time_stamp_without_the_network(run: Run, tmp_path: Path) -> None:
    """An address on this machine is refused as for any fetch, and no package is left behind."""
    path = tmp_path / "kept.zip"
    source = document("long-an/2691-ct-ubnd")

    code, _, complaint = run("evidence", source, "-o", path, "--tsa", "http://127.0.0.1:9/", *TRUST)

    assert code == 1
    assert complaint
    assert not path.exists()


def test_packages_are_files_like_others(run: Run, tmp_path: Path) -> None:
    """The package appears whole, with the permissions of any file of this user."""
    path = tmp_path / "kept.zip"
    run("evidence", document("long-an/2691-ct-ubnd"), "-o", path, *TRUST)

    assert stat.S_ISREG(path.stat().st_mode)
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["kept.zip"]
