"""`sigcheck trust import PATH...`: certificates into the store; anchors are pinned or stated."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sigcheck.cli import exits
from sigcheck.cli.arguments import password_of
from sigcheck.cli.trust_store import confirmed, named, say, trust_parser, user_store
from sigcheck.cli.usage import CommandLineError
from sigcheck.config.materials import Kind, search
from sigcheck.config.store import Stated, UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.trust.admission import (
    Judged,
    Standing,
    is_pkcs12,
    judged,
    pkcs12_certificates,
)
from sigcheck.evidence.trust.downloads import kept_lists
from sigcheck.model.evidence import Tier
from sigcheck.render.words import Words

TIERS = (Tier.PUBLIC.value, Tier.GOVERNMENT.value, Tier.TEST.value)
MAX_PKCS12 = 4 * 1024 * 1024


def run(arguments: Sequence[str], words: Words) -> int:
    """Take the certificates and lists in; 1 where something was not admitted."""
    use = trust_parser("import")
    use.add_argument("paths", nargs="*")
    use.add_argument("--as")
    use.add_argument("--yes", "-y", action="store_true")
    use.add_argument("--password-file")
    found = use.parse(arguments)
    tier = getattr(found, "as")
    if tier is not None:
        use.one_of(tier, TIERS, "--as")
    if not found.paths:
        raise CommandLineError("USAGE-IMPORT-PATH")
    store = user_store(found)
    ders, lists = _read(found.paths, password_of(found.password_file))
    results = judged(ders, TrustStore.load(store=store), Tier(tier) if tier else None)
    stated = [r for r in results if r.standing is Standing.STATED]
    if stated and not _agreed(stated, words, yes=found.yes):
        say(words, "nothing_done")
        return exits.COULD_NOT
    _admit(store, results, ", ".join(found.paths))
    for result in results:
        _report(result, words)
    refused_lists = _keep(store, lists, words)
    refused = refused_lists or not all(r.standing.is_admitted for r in results)
    return exits.COULD_NOT if refused else exits.PASSED


def _read(paths: Sequence[str], password: str | None) -> tuple[list[bytes], list[bytes]]:
    """Return the certificates and the lists of the paths; raises TrustError naming a bad file."""
    certificates: list[bytes] = []
    lists: list[bytes] = []
    for path in map(Path, paths):
        if (data := _pkcs12(path)) is not None:
            certificates += pkcs12_certificates(data, password)
            continue
        items = [found.item for found in search(path)[0]]
        certificates += [item.data for item in items if item.kind is Kind.CERTIFICATE]
        lists += [item.data for item in items if item.kind is Kind.CRL]
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
    return confirmed(words.say("trust", "ask"))


def _admit(store: UserStore, results: Sequence[Judged], source: str) -> None:
    admitted = [r for r in results if r.standing.is_admitted]
    stated = [
        Stated(r.certificate.sha256, r.certificate.subject, r.tier, source)
        for r in admitted
        if r.standing is Standing.STATED
    ]
    if admitted:
        store.add([r.certificate.der for r in admitted], stated)


def _report(result: Judged, words: Words) -> None:
    name = named(result.certificate.subject)
    tier = words.name("tier", result.tier.value)
    say(words, f"admitted-{result.standing.value}", name=name, tier=tier)
    print(f"      SHA-256 {result.certificate.sha256}")


def _keep(store: UserStore, lists: list[bytes], words: Words) -> bool:
    """Put CRLs into the cache; return whether one was of no CA at hand."""
    if not lists:
        return False
    trust = TrustStore.load(store=store)
    refused = False
    for crl, is_kept in kept_lists(lists, trust, store.cache, datetime.now(UTC)):
        moment = words.time(crl.this_update)
        say(words, "list_kept" if is_kept else "list_refused", moment=moment)
        refused |= not is_kept
    return refused
