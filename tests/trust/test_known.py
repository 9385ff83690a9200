"""What a process remembers of paths and lists is what it would find again."""

from __future__ import annotations

from sigcheck.evidence.cms import Certificate
from sigcheck.evidence.trust import (
    RevocationSources,
    TrustContext,
    attach_revocation,
    build_path,
    known_path,
    known_status,
)
from sigcheck.model.evidence import Purpose
from sigcheck.model.policy import Limits
from tests.trust.pki import Spec, leaf, make, store

ROOT = make(Spec("Gốc"))
CA = make(Spec("CA"), ROOT)
OTHER = make(Spec("CA", key="khác"), ROOT)
END = make(leaf(serial=77), CA)
SIGNING, LIMITS = Purpose.SIGNING, Limits()


def test_a_path_is_built_once_for_the_same_pool() -> None:
    """The same question gives the same object; another pool, purpose or store its own answer."""
    trust = store(ROOT)
    pools: tuple[list[Certificate], ...] = ([CA.ours], [OTHER.ours, CA.ours], [OTHER.ours], [])
    for purpose in Purpose:
        for pool in pools:
            first = known_path(END.ours, pool, trust, purpose, LIMITS)
            assert first == build_path(END.ours, pool, trust, purpose)
            assert known_path(END.ours, pool, trust, purpose, LIMITS) is first
    elsewhere = store(make(Spec("Gốc", key="giả")))
    assert known_path(END.ours, [CA.ours], elsewhere, SIGNING, LIMITS).anchor is None


def test_a_search_that_came_to_its_bounds_is_not_remembered() -> None:
    """How far it gets depends on what else the process has verified, so it is made again."""
    trust = store(ROOT)
    short = Limits(max_chain=2)
    facts = known_path(END.ours, [CA.ours], trust, SIGNING, short)

    assert facts.anchor is None
    assert known_path(END.ours, [CA.ours], trust, SIGNING, short) is not facts
    assert known_path(END.ours, [CA.ours], trust, SIGNING, LIMITS).anchor is not None


def test_a_status_is_that_of_its_path_and_sources() -> None:
    """Other certificates at hand, or another object for the path, are another question."""
    trust = store(ROOT)
    path = known_path(END.ours, [CA.ours], trust, SIGNING, LIMITS)
    sources = RevocationSources.of(certificates=[CA.ours])
    first = known_status(path, sources, trust)

    assert first == attach_revocation(path, sources, trust)
    assert known_status(path, sources, trust) is first
    twin = build_path(END.ours, [CA.ours], trust, SIGNING)
    assert known_status(twin, sources, trust) is not first


def test_what_is_remembered_is_bounded() -> None:
    """Whatever documents ask, a context keeps so many answers and no more."""
    context = TrustContext(store(ROOT))
    for number in range(5_000):
        context.keep(number, number)

    assert len(context.answers) <= 1_024
