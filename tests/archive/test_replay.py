"""A package alone gives the verdict it was made with."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

import sigcheck
from sigcheck.archive import replay as replaying
from sigcheck.archive.bag import REPORT
from sigcheck.archive.package import Wish
from sigcheck.archive.replay import read_package, replay
from sigcheck.errors import PackageError, UnreadableError
from sigcheck.render import RenderOptions, Words, renderer
from tests.archive.samples import MADE_AT, MODEL, VECTORS, forged, judged, package, written
from tests.fixtures.vectors import CASES, expected, name


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_vector_replays(case: Path, tmp_path: Path) -> None:
    """The report of a replay is, letter by letter, the one made from the document."""
    report, _ = judged(case)
    if report.document.evidence is None:
        with pytest.raises(UnreadableError):
            package(case)
        return
    full = case.parent.name in {"identity", "long-an"}  # the others masked, as is the default
    path = written(tmp_path, package(case, Wish(made_at=MADE_AT, lang="en", full=full)))

    again = replay(read_package(path))

    told = renderer("json")(again.report, Words.load("en"), RenderOptions(full=full))
    direct = renderer("json")(report, Words.load("en"), RenderOptions(full=full))
    assert told.replace(f'"path": "{report.document.path.rpartition("/")[2]}"', "") == (
        direct.replace(f'"path": "{report.document.path}"', "")
    )
    assert again.report.indication.value == expected(case)["document"]["indication"]
    assert (again.shifts, again.causes) == ((), ())


def test_another_policy_says_what_it_changed(tmp_path: Path) -> None:
    """A policy that asks for more turns the answer, and the replay names old and new."""
    case = VECTORS / "long-an" / "2691-ct-ubnd-production"
    path = written(tmp_path, package(case))
    strict = tmp_path / "strict.toml"
    strict.write_text(
        'id = "strict"\nversion = "1"\nextends = "intake"\n[levels]\n'
        '"FC-COVERAGE-REVISION" = "fail"\n"AD-WORKFLOW-PATTERN" = "note"\n'
        '[[algorithms]]\nname = "rsa"\nmin_bits = 16384\narticle = "none"\n'
    )

    again = replay(read_package(path), policy=sigcheck.load_policy(strict))

    assert again.causes == ("policy",)
    document = next(shift for shift in again.shifts if not shift.field)
    assert str(document.before) == "TOTAL-PASSED"
    assert str(document.after).startswith("INDETERMINATE")


def test_another_time_says_what_it_changed(tmp_path: Path) -> None:
    """Judged as of a day before it was signed, a signature comes out differently."""
    path = written(tmp_path, package(VECTORS / "long-an" / "2691-ct-ubnd-production"))

    again = replay(read_package(path), at=datetime.fromisoformat("2010-01-01T00:00:00+07:00"))

    assert again.causes == ("time",)
    assert again.shifts


def test_the_same_policy_is_no_other(tmp_path: Path) -> None:
    """Naming the policy and the time the package has changes nothing."""
    found = read_package(written(tmp_path, package()))

    again = replay(found, policy=sigcheck.load_policy("intake"), at=found.info.validation_time)

    assert (again.shifts, again.causes) == ((), ())


def _report_says_passed(payload: dict[str, bytes]) -> None:
    tree = json.loads(payload[REPORT])
    tree["documents"][0]["indication"] = "TOTAL-PASSED"
    payload[REPORT] = json.dumps(tree).encode()


def test_a_report_that_does_not_follow_from_the_evidence_is_refused(tmp_path: Path) -> None:
    """A forger who fits the manifests but edits the report alone is found out."""
    found = read_package(forged(tmp_path, _report_says_passed))

    with pytest.raises(PackageError, match="does not follow"):
        replay(found)


def test_another_version_is_named_as_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later sigcheck that judges differently says so instead of crying forgery."""
    path = forged(tmp_path, _report_says_passed)
    monkeypatch.setattr(replaying, "__version__", "99.0")

    again = replay(read_package(path))

    assert again.causes == ("version",)
    assert [(s.field, s.before.indication) for s in again.shifts] == [("", "TOTAL-PASSED")]


def test_replay_needs_neither_document_nor_trust(tmp_path: Path) -> None:
    """The package of the model document is judged with nothing else in the folder."""
    path = written(tmp_path, package(MODEL))

    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert replay(read_package(path)).report.indication.value == "INDETERMINATE"
