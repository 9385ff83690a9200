"""`sigcheck trust verify`: is the store whole, and does each certificate lead to an anchor?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sigcheck.cli import exits
from sigcheck.cli.trust_store import named, say, trust_parser, user_store
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import build_path
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Look at every file; 1 where one is broken or leads nowhere."""
    store = user_store(trust_parser("verify").parse(arguments))
    damaged = store.damaged()
    for problem in damaged:
        say(words, "damaged", detail=words.error(problem.code, {"detail": problem.detail}))
    if damaged:
        return exits.COULD_NOT
    trust = TrustStore.load(store=store)
    bad = list(_without_path(trust))
    for certificate in bad:
        say(words, "no_path", name=named(certificate.subject))
    for certificate in _expired(trust, datetime.now(UTC)):
        end = words.time(certificate.not_after)
        say(words, "expired", name=named(certificate.subject), end=end)
    unreadable = StatusCache(store.cache).unreadable()
    for name in unreadable:
        say(words, "damaged", detail=name)
    say(words, "sound", certificates=len(trust.certificates), folder=str(store.folder))
    return exits.COULD_NOT if bad or unreadable else exits.PASSED


def _certificates(trust: TrustStore) -> Iterator[Certificate]:
    parsed = (Certificate.parse(der) for der in trust.certificates.values())
    return (certificate for certificate in parsed if certificate is not None)


def _without_path(trust: TrustStore) -> Iterator[Certificate]:
    return (c for c in _certificates(trust) if build_path(c, [], trust).anchor is None)


def _expired(trust: TrustStore, now: datetime) -> Iterator[Certificate]:
    """Yield what has expired: it still serves for documents of its time."""
    return (c for c in _certificates(trust) if c.not_after < now)
