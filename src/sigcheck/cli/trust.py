"""`sigcheck trust`: the user's trust store, its verbs and what each takes."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sigcheck.cli.parser import CommandLineError, Parser, flag, option, positional
from sigcheck.cli.streams import COULD_NOT, PASSED
from sigcheck.cli.trust_intake import fetch_published, import_files
from sigcheck.cli.trust_list import FORMATS, examine, list_store, named, say
from sigcheck.cli.verify import PASSWORD, STORE
from sigcheck.config.materials import ANCHORS_FILE
from sigcheck.config.pins import own_pins
from sigcheck.config.store import UserStore, store_folder, write_whole
from sigcheck.config.trust import TrustStore
from sigcheck.errors import SigcheckError
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust import build_path
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.model.evidence import Tier
from sigcheck.render.words import Words

TIERS = (Tier.PUBLIC.value, Tier.GOVERNMENT.value, Tier.TEST.value)
SHORTEST = 8
"""Hexadecimal digits that may stand for a fingerprint."""
_EMPTY_LIST = b"format = 1\n"


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and run it, or examine the store where there is none."""
    found = Parser("trust", TRUST).read(arguments)
    store = UserStore(store_folder(os.environ, found.store))
    if not found.verb:
        return examine(store, words)
    return _VERBS[found.verb](found, store, words)


def _verify(_: Namespace, store: UserStore, words: Words) -> int:
    """Look at every file; 1 where one is broken or leads nowhere."""
    damaged = store.damaged()
    for problem in damaged:
        say(words, "damaged", detail=words.error(problem.code, {"detail": problem.detail}))
    if damaged:
        return COULD_NOT
    trust = TrustStore.load(store=store)
    certificates, now = [*Certificate.readable(trust.certificates.values())], datetime.now(UTC)
    bad = [c for c in certificates if build_path(c, [], trust).anchor is None]
    for certificate in bad:
        say(words, "no_path", name=named(certificate.subject))
    # What has expired still serves for documents of its time.
    for certificate in (c for c in certificates if c.not_after < now):
        say(words, "expired", name=named(certificate.subject), end=certificate.not_after)
    unreadable = StatusCache(store.cache).unreadable()
    for name in unreadable:
        say(words, "damaged", detail=name)
    say(words, "sound", certificates=len(trust.certificates), folder=str(store.folder))
    return COULD_NOT if bad or unreadable else PASSED


def _export(found: Namespace, store: UserStore, words: Words) -> int:
    """Write certificates, the user's anchors and the cached lists into a new folder."""
    if len(found.names) != 1:
        raise CommandLineError("USAGE-EXPORT-FOLDER")
    target = Path(found.names[0])
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandLineError("EXPORT-NOT-EMPTY", detail=str(target))
    trust = TrustStore.load(store=store)
    if not trust.certificates and not any(_lists(store)):
        raise SigcheckError(code="EXPORT-NOTHING")
    for sha256, der in trust.certificates.items():
        write_whole(target / "certificates" / f"{_label(der)}-{sha256[:16]}.der", der)
    lists = _copy_lists(store, target)
    # The list stands there even when it is empty: without one, self-signed files would be anchors.
    own = store.anchors_file
    write_whole(target / ANCHORS_FILE, own.read_bytes() if own.exists() else _EMPTY_LIST)
    say(words, "exported", certificates=len(trust.certificates), lists=lists, folder=str(target))
    return PASSED


def _copy_lists(store: UserStore, target: Path) -> int:
    """Copy cached CRLs and responses; what can't be read by then is verified when it is used."""
    files = sorted(_lists(store))
    for number, path in enumerate(files, 1):
        write_whole(target / "lists" / f"{number:04}{path.suffix}", path.read_bytes())
    return len(files)


def _lists(store: UserStore) -> Iterator[Path]:
    yield from store.cache.rglob("*.crl")
    yield from store.cache.rglob("*.ors")


def _label(der: bytes) -> str:
    """Return a file name that says whose certificate it is."""
    certificate = Certificate.parse(der)
    name = named(certificate.subject) if certificate else ""
    return re.sub(r"[^\w-]+", "-", name).strip("-")[:60] or "certificate"


def _remove(found: Namespace, store: UserStore, words: Words) -> int:
    """Take certificates out, and what the user stated of them, named by their fingerprints.

    TT 15/2025, Article 6.2 [S] asks that stored lists can be deleted: `--cache` does that.
    """
    if not found.names and not found.cache:
        raise CommandLineError("USAGE-FINGERPRINT")
    if found.cache:
        say(words, "cache_emptied", count=store.empty_cache())
    trust = TrustStore.load(store=store)
    known = {*trust.certificates, *(pin.sha256 for pin in store.pins())}
    pinned = {pin.sha256 for pin in own_pins()}
    for sha256 in [_one(text, known) for text in found.names]:
        certificate = Certificate.parse(trust.certificates.get(sha256, b""))
        store.remove(sha256)
        say(words, "removed", name=named(certificate.subject) if certificate else sha256)
        if sha256 in pinned:
            say(words, "still_pinned")
    return PASSED


def _one(text: str, known: set[str]) -> str:
    """Return the one fingerprint that begins like this."""
    wanted = text.lower().replace(":", "")
    found = [sha256 for sha256 in known if sha256.startswith(wanted)]
    if len(wanted) < SHORTEST or len(found) != 1:
        raise CommandLineError("FINGERPRINT-UNKNOWN", detail=text)
    return found[0]


_VERBS: dict[str, Callable[[Namespace, UserStore, Words], int]] = {
    "list": list_store,
    "import": import_files,
    "fetch": fetch_published,
    "remove": _remove,
    "verify": _verify,
    "export": _export,
}
TRUST = (
    positional("verb", choices=tuple(_VERBS)),
    positional("names", "*", verbs=("import", "fetch", "remove", "export"), is_path=True),
    option("--as", choices=TIERS, verbs=("import",)),
    flag("--yes", "-y", verbs=("import",)),
    PASSWORD._replace(heading="options", verbs=("import",)),
    flag("--all", verbs=("fetch",)),
    flag("--crls", verbs=("fetch",)),
    flag("--cache", verbs=("remove",)),
    option("--format", choices=FORMATS, verbs=("list",), default="text"),
    flag("--verbose", "-v", verbs=("list",)),
    STORE._replace(heading="options"),
)
RUN = {"trust": run}
ARGUMENTS = {"trust": TRUST}
