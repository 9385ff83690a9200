"""The cached revocation lists of the CAs at hand, for `sigcheck trust list`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from sigcheck.cli.trust_store import named, say
from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.crl import Crl
from sigcheck.render.values import iso
from sigcheck.render.words import Words


class Kept(Struct, frozen=True):
    """The newest list from one address, and whose it is."""

    issuer: Certificate
    crl: Crl

    def tree(self) -> dict[str, object]:
        """Return the list as plain values for JSON; times are in +07:00."""
        return {
            "issuer": self.issuer.subject,
            "issuer_sha256": self.issuer.sha256,
            "sha256": self.crl.sha256,
            "this_update": iso(self.crl.this_update),
            "next_update": iso(self.crl.next_update) if self.crl.next_update else None,
        }


def kept_lists(trust: TrustStore, store: UserStore) -> list[Kept]:
    """Return the newest cached lists of every CA at hand."""
    cache = StatusCache(store.cache)
    parsed = (Certificate.parse(der) for der in trust.certificates.values())
    return [Kept(ca, crl) for ca in parsed if ca for crl in cache.newest_lists(ca)]


def print_lists(kept: list[Kept], now: datetime, words: Words) -> None:
    """Print one line for each list; one that has ended says so."""
    if not kept:
        return
    print(f"\n{words.say('trust', 'lists')}")
    for one in kept:
        until = one.crl.next_update
        key = "list_ended" if until and until < now else "list_here"
        moment = words.time(one.crl.this_update)
        end = words.time(until) if until else ""
        say(words, key, name=named(one.issuer.subject), moment=moment, until=end)
