"""Policies and tool profiles: what ships, and what a user's file may say."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from sigcheck.checks import checks
from sigcheck.config import available_policies, load_policy
from sigcheck.config.policy import load_profiles, read_profile
from sigcheck.errors import PolicyError
from sigcheck.model.evidence import Permission
from sigcheck.model.finding import Block, Level
from sigcheck.render.words import LANGUAGES, Words
from sigcheck.verdict import weigh
from tests.conftest import ROOT

# The table of shared/design.md, "What later changes do to a verdict", row by row.
TABLE = {
    "CH-EXTENSION": ("note", "note", "note", "note"),
    "CH-SIGNATURE": ("note", "fail", "note", "note"),
    "CH-FORM-FILLING": ("note", "fail", "note", "note"),
    "CH-NEW-FIELD": ("indeterminate", "fail", "fail", "fail"),
    "CH-ANNOTATION": ("indeterminate", "fail", "fail", "indeterminate"),
    "CH-ANNOTATION-HIDING": ("indeterminate", "fail", "fail", "fail"),
    "CH-UNDEFINED": ("fail", "fail", "fail", "fail"),
    "CH-TRAILING": ("fail", "fail", "fail", "fail"),
}
SMALLEST = 'id = "x"\nversion = "1"\n'


@pytest.mark.parametrize("code", TABLE)
def test_intake_holds_the_table_of_the_design(code: str) -> None:
    """The levels of each kind of change are those the design promises."""
    policy = load_policy("intake")

    assert tuple(policy.level(code, permission) for permission in Permission) == TABLE[code]


def test_all_three_policies_ship() -> None:
    """Intake, archive and etsi load, each under its own name and with both titles."""
    assert available_policies() == ("archive", "etsi", "intake")
    for name in available_policies():
        assert load_policy(name).id == name
        assert {*load_policy(name).title} == {"vi", "en"}


@pytest.mark.parametrize("name", ["intake", "archive", "etsi"])
def test_every_check_is_named(name: str) -> None:
    """No policy that ships leaves a check to the default, and none names a check that isn't."""
    policy = load_policy(name)

    assert {check.code for check in checks()} == {*policy.levels}


@pytest.mark.parametrize("name", ["intake", "archive", "etsi"])
def test_checks_of_required_blocks_decide(name: str) -> None:
    """Each required block has a check that decides, so that a pass is earned."""
    policy = load_policy(name)
    deciding = {
        check.block for check in checks() if policy.level(check.code, Permission.P1) is Level.FAIL
    }

    assert policy.required <= deciding
    assert {Block.CRYPTO, Block.FORMAT, Block.PATH, Block.REVOCATION} <= policy.required


@pytest.mark.parametrize("name", ["intake", "archive", "etsi"])
def test_what_rule_six_protects_fails_everywhere(name: str) -> None:
    """Coverage, digest, signature value, path and revocation decide under every policy."""
    policy = load_policy(name)
    hard = {Block.CRYPTO, Block.FORMAT, Block.IDENTITY, Block.PATH, Block.REVOCATION}
    for check in checks():
        if check.block in hard:
            assert policy.level(check.code) is Level.FAIL, check.code


def test_advice_never_decides() -> None:
    """A check of the advisory block is never a failure: it has no sub-indication to fail with."""
    for name in available_policies():
        for check in checks():
            if check.block is Block.ADVISORY:
                assert load_policy(name).level(check.code) not in (Level.FAIL, Level.INDETERMINATE)


def test_sha1_ends_with_the_circular() -> None:
    """SHA-1 is accepted until the day of TT 15/2025, by its annex, which is known second-hand."""
    rule = next(r for r in load_policy("intake").algorithms if r.name == "sha1")

    assert (rule.until, rule.mark) == (date(2025, 8, 15), "S")
    assert rule.article == "TT 15/2025/TT-BKHCN, Phụ lục I"


def test_key_sizes_are_those_of_the_annex() -> None:
    """RSA keys have at least 2048 bits and curves 256, and PKCS #1 v1.5 is advice."""
    rules = {rule.name: rule for rule in load_policy("intake").algorithms}

    assert (rules["rsa"].min_bits, rules["ec"].min_bits) == (2048, 256)
    assert rules["rsa-pkcs1v15"].advice
    assert not any(rule.advice for name, rule in rules.items() if name != "rsa-pkcs1v15")


def test_archive_wants_proven_time() -> None:
    """The archive asks for what the clerk may do without: a proof of existence."""
    intake, archive = load_policy("intake"), load_policy("archive")

    assert archive.required - intake.required == {Block.TIME}
    assert (intake.level("TM-PROVEN"), archive.level("TM-PROVEN")) == (Level.NOTE, Level.FAIL)


def test_etsi_knows_no_tool() -> None:
    """The plain standard has no tool profiles, the clerk's policy has them all."""
    assert load_policy("etsi").profiles == ()
    assert load_policy("intake").profiles == load_profiles()


def test_unnamed_code_fails() -> None:
    """A code that no policy names fails (rule 1 of the design)."""
    assert load_policy("intake").level("XX-NEVER-HEARD-OF") is Level.FAIL


def _write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return path


def test_user_policy_builds_on_a_shipped_one(tmp_path: Path) -> None:
    """A file that extends a policy changes what it says and keeps the rest."""
    text = f'{SMALLEST}extends = "intake"\n[levels]\nTS-PRESENT = "fail"\n[numbers]\nx = 5\n'
    policy = load_policy(_write(tmp_path, text))
    base = load_policy("intake")

    assert policy.level("TS-PRESENT") is Level.FAIL
    assert policy.level("AD-VISIBLE") is base.level("AD-VISIBLE")
    assert policy.required == base.required
    assert policy.numbers == {**base.numbers, "x": 5.0}


def test_policy_from_nothing_fails_everything(tmp_path: Path) -> None:
    """A file that extends nothing and names nothing lets no failed check through."""
    policy = load_policy(_write(tmp_path, SMALLEST))

    assert {policy.level(check.code) for check in checks()} == {Level.FAIL}


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    """A policy is kept by file and time of change, so an edit is seen."""
    import os

    path = _write(tmp_path, SMALLEST)
    assert load_policy(path).version == "1"
    _write(tmp_path, SMALLEST.replace("1", "2"))
    os.utime(path, ns=(1, 1))

    assert load_policy(path).version == "2"


MISTAKES = {
    "unknown level": ('[levels]\nAB-CD = "never"\n', 4, "'never' is none of fail"),
    "unknown permission": ('[levels]\n\nAB-CD = { p4 = "note" }\n', 5, "'p4' is none of"),
    "column left out": ('[levels]\nAB-CD = { p1 = "note" }\n', 4, "no level for approval"),
    "unknown block": ('required = ["LUCK"]\n', 3, "LUCK is not a block"),
    "no block at all": ("required = []\n", 3, "an empty list would let everything pass"),
    "blocks as text": ('required = "CRYPTO"\n', 3, "required must be a list"),
    "unknown key": ("\nreqiured = []\n", 4, "unknown key reqiured"),
    "unknown table": ('[level]\nAB-CD = "note"\n', 3, "unknown key level"),
    "number as text": ('[numbers]\nx = "5"\n', 4, "x must be a number"),
    "negative number": ("[numbers]\ny = 1\nx = -5\n", 5, "x must be a number"),
    "not a number": ("[numbers]\nx = nan\n", 4, "x must be a number"),
    "nameless algorithm": ("[[algorithms]]\nmin_bits = 5\n", 3, "needs a name"),
    "algorithm with a bad date": (
        '[[algorithms]]\nname = "a"\n[[algorithms]]\nname = "b"\nuntil = "2025"\n',
        7,
        "until must be date",
    ),
    "algorithm with a time of day": (
        '[[algorithms]]\nname = "a"\nuntil = 2025-08-15T00:00:00\n',
        5,
        "until must be date",
    ),
    "algorithm with an unknown key": ('[[algorithms]]\nname = "a"\nbits = 5\n', 5, "bits must be"),
    "unknown tier": (
        '[[algorithms]]\nname = "a"\ntolerated = ["church"]\n',
        5,
        "'church' is no tier",
    ),
    "truth as a number": ('[[algorithms]]\nname = "a"\nmin_bits = true\n', 5, "min_bits must be"),
    "title that is no text": ("[title]\nvi = 5\n", 4, "a title is text"),
    "extends a number": ("extends = 5\n", 3, "extends:"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    """Each mistake names the file, the line it stands on, and what would be right."""
    text, line, complaint = MISTAKES[name]
    path = _write(tmp_path, SMALLEST + text)
    with pytest.raises(PolicyError) as caught:
        load_policy(path)

    assert f"{path}, line {line}: " in caught.value.detail
    assert complaint in caught.value.detail


@pytest.mark.parametrize("text", ['id = "x"\n', 'version = "1"\n', "", 'id = ""\nversion = "1"\n'])
def test_name_and_version_are_needed(tmp_path: Path, text: str) -> None:
    """A policy without a name or version can't be named in a report."""
    with pytest.raises(PolicyError, match="must be text"):
        load_policy(_write(tmp_path, text))


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    """What isn't TOML at all is refused with the parser's own line."""
    with pytest.raises(PolicyError, match=r"mine\.toml: .*line 3"):
        load_policy(_write(tmp_path, f"{SMALLEST}[levels\n"))


def test_unknown_policy_lists_the_known() -> None:
    """A name that is no policy is refused with the names that are."""
    with pytest.raises(PolicyError, match=r"archive, etsi, intake") as caught:
        load_policy("intaek")

    assert caught.value.code == "POLICY-UNKNOWN"


def test_policies_may_not_go_round_in_circles(tmp_path: Path) -> None:
    """A policy that extends itself is refused, not followed forever."""
    with pytest.raises(PolicyError, match="deep"):
        load_policy(_write(tmp_path, f'{SMALLEST}extends = "mine.toml"\n'))


def test_profiles_soften_opted_in_checks_only() -> None:
    """Every shipped profile has a reason and touches only checks that allow it (rule 6)."""
    tolerable = {check.code for check in checks() if check.tolerable}

    assert {profile.id for profile in load_profiles()} >= {"vgca-sign-service", "itextsharp"}
    for profile in load_profiles():
        assert bool(profile.reason) == bool(profile.softens)
        assert profile.match
        assert profile.writes
        assert profile.seen
        assert profile.mark in {*"CSIU"}
        assert {*profile.softens} <= tolerable


PROFILE = 'id = "x"\nreason = "r"\n[match]\nproducer-prefix = "X"\n[softens]\nA-B = "note"\n'


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('reason = "r"\n', "", "reason"),
        ("producer-prefix", "colour", "line 4: colour"),
        ('"note"', '"skip"', "line 6: A-B: a profile may lower"),
        ('producer-prefix = "X"\n', "", "must be a table with at least one line"),
        ('[softens]\nA-B = "note"\n', "", "softens: a profile has"),
        ('id = "x"\n', 'id = "x"\nmark = "Z"\n', "line 2: mark is one of"),
        ("producer-prefix", 'field-pattern = "("\nproducer-prefix', "line 4: field-pattern"),
        ('id = "x"\n', 'id = "x"\nuntil = "2030"\n', "line 2: until must be a date"),
    ],
)
def test_bad_profile_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """A profile without reason or match, or one that silences a check, is refused."""
    path = _write(tmp_path, PROFILE)
    assert read_profile(path).softens == {"A-B": Level.NOTE}
    _write(tmp_path, PROFILE.replace(old, new))
    with pytest.raises(PolicyError, match=re.escape(complaint)):
        read_profile(path)


def test_every_tool_has_its_name_and_its_vector() -> None:
    """Readers are told the tool in words, and a document shows that its marks are recognised."""
    for profile in load_profiles():
        case = ROOT / "fixtures" / "vectors" / "tools" / profile.id / "expected.json"
        (signature,) = json.loads(case.read_text("utf-8"))["signatures"]
        assert signature["tool"] == profile.id
        assert all(Words.load(lang).name("tool", profile.id) != profile.id for lang in LANGUAGES)


def test_a_tool_without_habits_to_soften(tmp_path: Path) -> None:
    """Marks alone are enough to be told by."""
    found = read_profile(_write(tmp_path, 'id = "x"\n[match]\nproducer = "X"\n'))

    assert (found.softens, found.reason) == ({}, "")


def test_weighing_takes_these_policies() -> None:
    """The verdict accepts what the loader gives: no finding from no answers."""
    assert weigh([], load_policy("intake")) == ()
