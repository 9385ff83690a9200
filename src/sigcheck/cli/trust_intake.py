"""Certificates and lists into the trust store: `sigcheck trust import` and `sigcheck trust fetch`.

What becomes an anchor is pinned, or stated by somebody who compared its fingerprint.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sigcheck.cli.parser import CommandLineError
from sigcheck.cli.streams import COULD_NOT, PASSED, tracked
from sigcheck.cli.trust_list import absent, named, say
from sigcheck.cli.verify import fetcher, password_of
from sigcheck.config.materials import MaterialKind, search
from sigcheck.config.pins import Pin
from sigcheck.config.store import Stated, UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.errors import FetchError, TrustError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.admission import (
    IntakeOutcome,
    Judged,
    is_pkcs12,
    judged,
    pkcs12_certificates,
)
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.downloads import (
    Publication,
    fetch_list,
    fetched,
    kept_lists,
    publications,
)
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import Tier
from sigcheck.render.words import Words

MAX_PKCS12 = 4 * 1024 * 1024
_YES = frozenset({"y", "yes", "c", "co", "có", "đồng ý"})


def import_files(found: Namespace, store: UserStore, words: Words) -> int:
    """Take the certificates and lists in; 1 where something was not admitted."""
    if not found.names:
        raise CommandLineError("USAGE-IMPORT-PATH")
    tier = getattr(found, "as")
    ders, lists = _read(found.names, password_of(found.password_file))
    results = judged(ders, TrustStore.load(store=store), Tier(tier) if tier else None)
    stated = [r for r in results if r.standing is IntakeOutcome.STATED]
    if stated and not _agreed(stated, words, yes=found.yes):
        say(words, "nothing_done")
        return COULD_NOT
    _admit(store, results, ", ".join(found.names))
    for result in results:
        _print_result(result, words)
    refused_lists = _keep_lists(store, lists, words)
    refused = refused_lists or not all(r.standing.is_admitted for r in results)
    return COULD_NOT if refused else PASSED


def _read(paths: Sequence[str], password: str | None) -> tuple[list[bytes], list[bytes]]:
    """Return the certificates and the lists of the paths; raises TrustError naming a bad file."""
    certificates: list[bytes] = []
    lists: list[bytes] = []
    for path in map(Path, paths):
        if (data := _pkcs12(path)) is not None:
            certificates += pkcs12_certificates(data, password)
            continue
        items = [found.item for found in search(path)[0]]
        certificates += [item.data for item in items if item.kind is MaterialKind.CERTIFICATE]
        lists += [item.data for item in items if item.kind is MaterialKind.CRL]
    return certificates, lists


def _pkcs12(path: Path) -> bytes | None:
    """Return the bytes of a PKCS #12 file, None for anything else: `search` complains of those."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_PKCS12:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return data if is_pkcs12(data) else None


def _agreed(stated: Sequence[Judged], words: Words, *, yes: bool) -> bool:
    """Show each fingerprint and ask; without a terminal somebody must have said yes before."""
    for result in stated:
        certificate = result.certificate
        say(
            words,
            "stating",
            name=named(certificate.subject),
            tier=words.name("tier", result.tier.value),
        )
        print(f"      SHA-256 {certificate.sha256}")
    if yes:
        return True
    if not sys.stdin.isatty():
        raise CommandLineError("USAGE-IMPORT-YES")
    print(words.say("trust", "ask"), end=" ", flush=True)
    return sys.stdin.readline().strip().lower() in _YES


def _admit(store: UserStore, results: Sequence[Judged], source: str) -> None:
    admitted = [r for r in results if r.standing.is_admitted]
    stated = [
        Stated(r.certificate.sha256, r.certificate.subject, r.tier, source)
        for r in admitted
        if r.standing is IntakeOutcome.STATED
    ]
    if admitted:
        store.add([r.certificate.der for r in admitted], stated)


def _print_result(result: Judged, words: Words) -> None:
    name = named(result.certificate.subject)
    tier = words.name("tier", result.tier.value)
    say(words, f"admitted-{result.standing.value}", name=name, tier=tier)
    print(f"      SHA-256 {result.certificate.sha256}")


def _keep_lists(store: UserStore, lists: list[bytes], words: Words) -> bool:
    """Put CRLs into the cache; return whether one was of no CA at hand."""
    if not lists:
        return False
    trust = TrustStore.load(store=store)
    refused = False
    for crl, is_kept in kept_lists(lists, trust, store.cache, datetime.now(UTC)):
        say(words, "list_kept" if is_kept else "list_refused", moment=crl.this_update)
        refused |= not is_kept
    return refused


def offer_roots(roots: Mapping[str, bytes], store: UserStore, words: Words) -> None:
    """Ask whether pinned roots that came with a document shall stay in the store."""
    print()
    for sha256, der in roots.items():
        certificate = Certificate.parse(der)
        say(words, "carried_root", name=named(certificate.subject) if certificate else sha256)
        print(f"      SHA-256 {sha256}")
    print(words.say("trust", "ask_keep"), end=" ", flush=True)
    if sys.stdin.readline().strip().lower() in _YES:
        store.add([*roots.values()])
        say(words, "kept_roots", folder=str(store.folder))


# --- fetch ----------------------------------------------------------------------------------------


def fetch_published(found: Namespace, store: UserStore, words: Words) -> int:
    """Download what is pinned and missing, with `--crls` the lists of CAs at hand, or `--all`.

    Returns 1 where something could not be fetched.
    """
    fetch = fetcher(found.store)
    failures = 0
    if found.all or found.names or not found.crls:
        failures += _fetch_certificates(found.names, store, fetch, words)
    if found.all or found.crls:
        lists = publications(TrustStore.load(store=store))
        if not lists and not failures:  # after a failure the lack of a CA only follows from it
            say(words, "no_cas")
            return COULD_NOT
        failures += _fetch_lists(lists, store, fetch, words)
    if failures:
        say(words, "fetch_failed", count=failures)
    return COULD_NOT if failures else PASSED


def _fetch_certificates(
    names: Sequence[str], store: UserStore, fetch: Fetcher, words: Words
) -> int:
    """Return how many could not be fetched."""
    trust = TrustStore.load(store=store)
    wanted = _chosen(names, trust) if names else [p for p in trust.pins if p.url]
    missing = absent(wanted, trust)
    if not missing:
        say(words, "nothing_missing")
    results = (_fetch(pin, store, fetch, words) for pin in missing)
    return _print_all(results, len(missing), words.say("trust", "fetching"))


def _fetch_lists(
    found: Sequence[Publication], store: UserStore, fetch: Fetcher, words: Words
) -> int:
    """Return how many could not be fetched."""
    cache, now = StatusCache(store.cache), datetime.now(UTC)
    results = (_fetch_one(one, fetch, cache, now, words) for one in found)
    return _print_all(results, len(found), words.say("trust", "fetching_lists"))


_Fetched = tuple[bool, str]
"""Whether it was fetched, and what to say of it."""


def _print_all(results: Iterable[_Fetched], total: int, label: str) -> int:
    """Print what came of each address when all were asked; return how many failed."""
    done = list(tracked(results, total, label, wanted=True))
    for _, text in done:
        print(text)
    return sum(not fetched for fetched, _ in done)


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


def _fetch(pin: Pin, store: UserStore, fetch: Fetcher, words: Words) -> _Fetched:
    """Fetch one certificate and the pinned ones that come with it."""
    try:
        trust = TrustStore.load(store=store)  # what came before may lead to this one
        found = fetched(pin, fetch, trust)
    except (FetchError, TrustError) as problem:
        reason = words.error(problem.code, {"detail": problem.detail})
        facts = {"name": named(pin.subject), "url": pin.url, "reason": reason}
        return False, words.say("trust", "not_fetched", **facts)
    store.add([certificate.der for certificate in found])
    return True, "\n".join(
        f"{words.say('trust', 'fetched', name=named(c.subject))}\n      SHA-256 {c.sha256}"
        for c in found
    )


def _fetch_one(
    one: Publication, fetch: Fetcher, cache: StatusCache, now: datetime, words: Words
) -> _Fetched:
    name = named(one.issuer.subject)
    try:
        crl = fetch_list(one, fetch, cache, now)
    except (FetchError, TrustError) as problem:
        reason = words.error(problem.code, {"detail": problem.detail})
        return False, words.say("trust", "list_not_fetched", name=name, url=one.url, reason=reason)
    if crl is None:
        return True, words.say("trust", "list_known", name=name)
    facts = {"name": name, "moment": crl.this_update, "until": crl.next_update}
    return True, words.say("trust", "list_fetched", **facts)
