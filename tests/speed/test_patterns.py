"""A pattern that was kept is the pattern that `re` compiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sigcheck.cli.patterns import MAGIC, Patterns

SOURCES: list[tuple[str | bytes, int]] = [
    (r"a(b)?(?P<name>c+)[^\W\d]", 0),
    (rb"(?:[\x00\t ]++|%[^\r\n]*+)*+(\d{1,10})", re.DOTALL),
    (r"^(nguyễn|trần|lê)\b", re.IGNORECASE),
    (r"[\u200b-\u200f\ud800-\udfff\U000e0000-\U000e007f]", re.MULTILINE),
    ("x", 0),
    (b"x", 0),
]


@pytest.fixture
def kept() -> Iterator[Patterns]:
    """Return patterns of an earlier run, in use."""
    first = Patterns({})
    first.use()
    re.purge()
    try:
        for source, flags in SOURCES:
            re.compile(source, flags)
    finally:
        first.leave()
    second = Patterns(first.kept())
    second.use()
    re.purge()
    yield second
    second.leave()
    re.purge()


@pytest.mark.skipif(not MAGIC, reason="this Python keeps its patterns to itself")
@pytest.mark.parametrize(("source", "flags"), SOURCES)
def test_a_kept_pattern_is_what_re_compiles(
    kept: Patterns, source: str | bytes, flags: int
) -> None:
    """Code, flags and groups: pattern objects compare all of them."""
    found = re.compile(source, flags)
    kept.leave()
    re.purge()
    own = re.compile(source, flags)

    assert not kept.seen
    assert found == own
    assert (found.groups, found.groupindex) == (own.groups, own.groupindex)


def test_an_unknown_pattern_is_left_to_re(kept: Patterns) -> None:
    """It works, and is remembered for the next time."""
    assert re.compile("unheard of (?P<x>y)").groupindex == {"x": 1}
    assert [*kept.seen] == [("unheard of (?P<x>y)", 0)]


def test_a_mistake_is_still_one(kept: Patterns) -> None:
    """A broken pattern raises what it always raised."""
    with pytest.raises(re.error):
        re.compile("(")
    assert not kept.seen
