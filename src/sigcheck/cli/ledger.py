"""`sigcheck ledger verify|list|head`: the record of checks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from sigcheck.archive.audit_log import Entry, Ledger, audit
from sigcheck.cli import exits
from sigcheck.cli.parser import Parser
from sigcheck.cli.streams import destination
from sigcheck.cli.usage import CommandLineError
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

VERBS = ("verify", "list", "head")
_SHOWN = 16
"""Digits of a document's SHA-256 in the list."""
_HASH = 64


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and do it; a ledger that doesn't hold ends with 1."""
    found = _parser().parse(arguments)
    if found.verb not in VERBS or not found.file:
        raise CommandLineError("USAGE-LEDGER-VERB", detail=found.verb)
    if not Path(found.file).is_file():
        raise CommandLineError("LEDGER-FILE", detail=found.file)
    doing: dict[str, Callable[[Ledger, SimpleNamespace, Words], int]]
    doing = {"verify": _verify, "list": _list, "head": _head}
    with Ledger.open(found.file, create=False) as ledger:
        return doing[found.verb](ledger, found, words)


def _parser() -> Parser:
    found = Parser("ledger")
    found.add_argument("verb", nargs="?", default="")
    found.add_argument("file", nargs="?", default="")
    found.add_argument("--head", action="append", default=[])
    found.add_argument("--document")
    found.add_argument("--tsa")
    found.add_argument("--trust", action="append", default=[])
    found.add_argument("--output", "-o")
    found.add_argument("--lang")
    return found


def _verify(ledger: Ledger, found: SimpleNamespace, words: Words) -> int:
    heads = [head.lower() for head in found.head]
    if any(len(head) != _HASH for head in heads):
        raise CommandLineError("USAGE-LEDGER-HEAD")
    result = audit(ledger, heads)
    if result.fault is not None:
        said = words.say("ledger", result.fault, seq=str(result.seq or ""))
        print(words.say("ledger", "broken", fault=said, count=result.count))
        return exits.COULD_NOT
    print(words.say("ledger", "sound", count=result.count, head=result.head))
    bad = False
    for line, holds in _anchors(ledger, found, words):
        print(plain(line))
        bad |= not holds
    if not heads:
        print(words.say("ledger", "no_head"))
    return exits.COULD_NOT if bad else exits.PASSED


def _anchors(ledger: Ledger, found: SimpleNamespace, words: Words) -> Iterator[tuple[str, bool]]:
    """Yield what each time-stamped head is worth, and whether the token is over that head."""
    anchored = [*ledger.anchors()]
    if not anchored:
        return
    from sigcheck.archive.stamp import judge_stamp
    from sigcheck.config import TrustStore, load_policy
    from sigcheck.model.indication import Indication

    trust, policy = TrustStore.load(found.trust), load_policy("archive")
    by_number = {entry.seq: entry for entry in ledger.entries()}
    for one in anchored:
        entry = by_number[one.seq]
        stamp = judge_stamp(one.token, entry.stamped_text(), trust, policy)
        verdict = words.name("indication", stamp.indication.value)
        facts = {"seq": str(one.seq), "time": stamp.time, "tsa": stamp.tsa, "verdict": verdict}
        line = words.say("ledger", "anchored", **facts)
        yield line, entry.hash == one.hash and stamp.indication is not Indication.TOTAL_FAILED


def _list(ledger: Ledger, found: SimpleNamespace, _: Words) -> int:
    wanted = (found.document or "").lower()
    with destination(found.output) as write:
        for entry in ledger.entries(wanted):
            write(plain("  ".join(_columns(entry))) + "\n")
    return exits.PASSED


def _columns(entry: Entry) -> tuple[str, ...]:
    check = entry.check
    verdict = "/".join(part for part in (check.indication, check.sub_indication) if part)
    document = check.document[:_SHOWN] or "-"
    return (str(entry.seq), check.checked_at, document, check.policy, verdict)


def _head(ledger: Ledger, found: SimpleNamespace, words: Words) -> int:
    """Print the head; with `--tsa`, have it time-stamped, kept, and written where asked."""
    result = audit(ledger)
    entry = ledger.head()
    if result.fault is not None or entry is None:
        key = result.fault or "empty"
        print(words.say("ledger", key, seq=str(result.seq or "")), file=sys.stderr)
        return exits.COULD_NOT
    print(entry.hash)
    if found.tsa:
        token = _token(entry, found.tsa)
        ledger.anchor(entry, token)
        if found.output:
            with destination(found.output) as write:
                write(token)
        print(words.say("ledger", "stamped", seq=str(entry.seq)), file=sys.stderr)
    return exits.PASSED


def _token(entry: Entry, url: str) -> bytes:
    import os
    import secrets

    from sigcheck.archive.stamp import request_token
    from sigcheck.cli.network import fetcher
    from sigcheck.config.store import store_folder

    fetch = fetcher(store_folder(os.environ, None))
    return request_token(entry.stamped_text(), url, fetch, secrets.randbits(63))
