"""`sigcheck trust export DIR`: the store as a folder, for an office without network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sigcheck.cli import exits
from sigcheck.cli.trust_store import named, say, trust_parser, user_store
from sigcheck.cli.usage import CommandLineError
from sigcheck.config.materials import ANCHORS_FILE
from sigcheck.config.store import UserStore, write_whole
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.render.words import Words

_EMPTY_LIST = b"format = 1\n"


def run(arguments: Sequence[str], words: Words) -> int:
    """Write certificates, the user's anchors and the cached lists into a new folder."""
    use = trust_parser("export")
    use.add_argument("folder", nargs="*")
    found = use.parse(arguments)
    if len(found.folder) != 1:
        raise CommandLineError("USAGE-EXPORT-FOLDER")
    target = Path(found.folder[0])
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandLineError("EXPORT-NOT-EMPTY", detail=str(target))
    store = user_store(found)
    trust = TrustStore.load(store=store)
    for sha256, der in trust.certificates.items():
        write_whole(target / "certificates" / f"{_label(der)}-{sha256[:16]}.der", der)
    lists = _copy_lists(store, target)
    # The list stands there even when it is empty: without one, self-signed files would be anchors.
    own = store.anchors_file
    write_whole(target / ANCHORS_FILE, own.read_bytes() if own.exists() else _EMPTY_LIST)
    say(words, "exported", certificates=len(trust.certificates), lists=lists, folder=str(target))
    return exits.PASSED


def _copy_lists(store: UserStore, target: Path) -> int:
    """Copy cached CRLs and responses; what can't be read by then is verified when it is used."""
    files = [*store.cache.rglob("*.crl"), *store.cache.rglob("*.ors")]
    for number, path in enumerate(sorted(files), 1):
        write_whole(target / "lists" / f"{number:04}{path.suffix}", path.read_bytes())
    return len(files)


def _label(der: bytes) -> str:
    """Return a file name that says whose certificate it is."""
    certificate = Certificate.parse(der)
    name = named(certificate.subject) if certificate else ""
    return re.sub(r"[^\w-]+", "-", name).strip("-")[:60] or "certificate"
