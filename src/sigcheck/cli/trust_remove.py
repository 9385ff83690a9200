"""`sigcheck trust remove SHA256...`: certificates, and what the user stated of them, taken out.

TT 15/2025, Article 6.2 asks that stored revocation lists can be deleted: `--cache` does that.
"""

from __future__ import annotations

from collections.abc import Sequence

from sigcheck.cli import exits
from sigcheck.cli.trust_store import named, say, trust_parser, user_store
from sigcheck.cli.usage import CommandLineError
from sigcheck.config.pins import own_pins
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.render.words import Words

SHORTEST = 8
"""Hexadecimal digits that may stand for a fingerprint."""


def run(arguments: Sequence[str], words: Words) -> int:
    """Remove each certificate named by its fingerprint, or the beginning of it."""
    use = trust_parser("remove")
    use.add_argument("fingerprints", nargs="*")
    use.add_argument("--cache", action="store_true")
    found = use.parse(arguments)
    if not found.fingerprints and not found.cache:
        raise CommandLineError("USAGE-FINGERPRINT")
    store = user_store(found)
    if found.cache:
        say(words, "cache_emptied", count=store.empty_cache())
    trust = TrustStore.load(store=store)
    known = {*trust.certificates, *(pin.sha256 for pin in store.pins())}
    pinned = {pin.sha256 for pin in own_pins()}
    for sha256 in [_one(text, known) for text in found.fingerprints]:
        certificate = Certificate.parse(trust.certificates.get(sha256, b""))
        store.remove(sha256)
        say(words, "removed", name=named(certificate.subject) if certificate else sha256)
        if sha256 in pinned:
            say(words, "still_pinned")
    return exits.PASSED


def _one(text: str, known: set[str]) -> str:
    """Return the one fingerprint that begins like this."""
    wanted = text.lower().replace(":", "")
    found = [sha256 for sha256 in known if sha256.startswith(wanted)]
    if len(wanted) < SHORTEST or len(found) != 1:
        raise CommandLineError("FINGERPRINT-UNKNOWN", detail=text)
    return found[0]
