"""`sigcheck trust fetch`: what is pinned and missing; with `--crls`, the lists of CAs at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sigcheck.cli import exits
from sigcheck.cli.network import fetcher
from sigcheck.cli.trust_store import named, say, trust_parser, user_store
from sigcheck.cli.usage import CommandLineError
from sigcheck.config.pins import Pin, Role
from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.errors import FetchError, TrustError
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.downloads import Publication, fetch_list, fetched, publications
from sigcheck.fetch import Fetcher
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Download; 1 where something could not be had."""
    use = trust_parser("fetch")
    use.add_argument("names", nargs="*")
    use.add_argument("--crls", action="store_true")
    found = use.parse(arguments)
    store = user_store(found)
    fetch = fetcher(store.folder)
    done = True
    if found.names or not found.crls:
        done = _certificates(found.names, store, fetch, words)
    if found.crls:
        done = _lists(store, fetch, words) and done
    return exits.PASSED if done else exits.COULD_NOT


def _certificates(names: Sequence[str], store: UserStore, fetch: Fetcher, words: Words) -> bool:
    trust = TrustStore.load(store=store)
    wanted = _chosen(names, trust) if names else [p for p in trust.pins if p.url]
    missing = [pin for pin in wanted if not _is_at_hand(pin, trust)]
    if not missing:
        say(words, "nothing_missing")
    return all([_certificate(pin, store, fetch, words) for pin in missing])  # noqa: C419 - try all


def _chosen(names: Sequence[str], trust: TrustStore) -> list[Pin]:
    """Return the pins meant by names, fingerprints or key identifiers."""
    chosen: list[Pin] = []
    for name in names:
        found = [pin for pin in trust.pins if _is_meant(name, pin)]
        if not found:
            raise CommandLineError("PIN-UNKNOWN", detail=name)
        chosen += found
    return list(dict.fromkeys(chosen))


def _is_meant(name: str, pin: Pin) -> bool:
    """Say whether a word of the user's means this pin."""
    wanted = name.lower().replace(":", "")
    is_hex = len(wanted) >= 8 and not set(wanted) - set("0123456789abcdef")  # noqa: PLR2004
    if is_hex:
        return pin.sha256.startswith(wanted) or pin.ski == wanted
    return name.casefold() in named(pin.subject).casefold()


def _is_at_hand(pin: Pin, trust: TrustStore) -> bool:
    if pin.role is not Role.MISSING:
        return pin.sha256 in trust.certificates
    from sigcheck.evidence.cms.certificates import Certificate

    parsed = (Certificate.parse(der) for der in trust.certificates.values())
    return any(c is not None and c.ski.hex() == pin.ski for c in parsed)


def _certificate(pin: Pin, store: UserStore, fetch: Fetcher, words: Words) -> bool:
    """Fetch one certificate and whatever pinned ones come with it; say what came of it."""
    try:
        trust = TrustStore.load(store=store)  # what came before may lead to this one
        found = fetched(pin, fetch, trust)
    except (FetchError, TrustError) as problem:
        reason = words.error(problem.code, {"detail": problem.detail})
        say(words, "not_fetched", name=named(pin.subject), reason=reason)
        return False
    store.add([certificate.der for certificate in found])
    for certificate in found:
        say(words, "fetched", name=named(certificate.subject))
        print(f"      SHA-256 {certificate.sha256}")
    return True


def _lists(store: UserStore, fetch: Fetcher, words: Words) -> bool:
    found = publications(TrustStore.load(store=store))
    if not found:
        say(words, "no_cas")
        return False
    cache, now = StatusCache(store.cache), datetime.now(UTC)
    return all([_list(one, fetch, cache, now, words) for one in found])  # noqa: C419 - try all


def _list(
    one: Publication, fetch: Fetcher, cache: StatusCache, now: datetime, words: Words
) -> bool:
    name = named(one.issuer.subject)
    try:
        crl = fetch_list(one, fetch, cache, now)
    except (FetchError, TrustError) as problem:
        reason = words.error(problem.code, {"detail": problem.detail})
        say(words, "list_not_fetched", name=name, reason=reason)
        return False
    if crl is None:
        say(words, "list_known", name=name)
    else:
        until = words.time(crl.next_update) if crl.next_update else ""
        say(words, "list_fetched", name=name, moment=words.time(crl.this_update), until=until)
    return True
