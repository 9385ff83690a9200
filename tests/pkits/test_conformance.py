"""A hundred and twenty paths after the NIST suite, put to us, to openssl and to certvalidator."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.pkits import judges, lists, paths, policies

CASES = {**paths.CASES, **lists.CASES, **policies.CASES}
DIFFERENCES = tomllib.loads(Path(__file__).with_name("differences.toml").read_text("utf-8"))


def test_no_case_hides_another() -> None:
    """Every name is used once, and there are enough to speak of conformance."""
    groups = (paths.CASES, lists.CASES, policies.CASES)

    assert len(CASES) == sum(map(len, groups))
    assert len(CASES) >= 120


def test_differences_name_cases_that_exist() -> None:
    """A difference is about a case there is, and has a reason."""
    listed = {name: why for judge in DIFFERENCES.values() for name, why in judge.items()}

    assert listed.keys() <= CASES.keys()
    assert all(len(why) > 20 for why in listed.values())


@pytest.mark.parametrize("name", CASES)
def test_ours_is_what_the_standard_says(name: str) -> None:
    """Our path layer accepts what RFC 5280 accepts, and nothing else; no exceptions."""
    assert judges.ours(CASES[name]) is CASES[name].holds


@pytest.mark.parametrize("name", CASES)
def test_openssl_agrees_but_for_the_list(name: str, tmp_path: Path) -> None:
    """`openssl verify` comes to the same answer unless the list says why not."""
    same = judges.openssl(CASES[name], tmp_path) is CASES[name].holds

    assert same is (name not in DIFFERENCES["openssl"])


@pytest.mark.parametrize("name", CASES)
def test_certvalidator_agrees_but_for_the_list(name: str) -> None:
    """The library certvalidator comes to the same answer unless the list says why not."""
    same = judges.certvalidator(CASES[name]) is CASES[name].holds

    assert same is (name not in DIFFERENCES["certvalidator"])
