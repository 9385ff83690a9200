"""`sigcheck audit-log verify|list|head`: the record of checks."""

from __future__ import annotations

import secrets
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sigcheck.archive.audit_log import POSTGRES, AuditLog, LogEntry, audit
from sigcheck.archive.stamp import judge_stamp, request_token
from sigcheck.cli.parser import CommandLineError, Parser, option, positional
from sigcheck.cli.streams import COULD_NOT, PASSED, destination
from sigcheck.cli.verify import FORCE, OUTPUT, TRUST, fetcher
from sigcheck.config import TrustStore, load_policy
from sigcheck.model.indication import Indication
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

_SHOWN = 16
"""Digits of a document's SHA-256 in the list."""
_HASH = 64

AUDIT_LOG = (
    positional("verb", choices=("verify", "list", "head")),
    positional("file", is_path=True),
    option("--head", many=True, verbs=("verify",)),
    option("--document", verbs=("list",)),
    option("--tsa", verbs=("head",)),
    OUTPUT._replace(heading="options", verbs=("list", "head")),
    FORCE._replace(heading="options", verbs=("list", "head")),
    TRUST._replace(heading="options", verbs=("verify",)),
)


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and do it; a log that doesn't hold ends with 1."""
    found = Parser("audit-log", AUDIT_LOG).read(arguments)
    if not found.verb or not found.file:
        raise CommandLineError("USAGE-AUDIT-LOG")
    if not found.file.startswith(POSTGRES) and not Path(found.file).is_file():
        raise CommandLineError("AUDIT-LOG-FILE", detail=found.file)
    doing: dict[str, Callable[[AuditLog, Namespace, Words], int]]
    doing = {"verify": _verify, "list": _list, "head": _head}
    with AuditLog.open(found.file, create=False) as log:
        return doing[found.verb](log, found, words)


RUN = {"audit-log": run}
ARGUMENTS = {"audit-log": AUDIT_LOG}


def _verify(log: AuditLog, found: Namespace, words: Words) -> int:
    heads = [head.lower() for head in found.head]
    if any(len(head) != _HASH for head in heads):
        raise CommandLineError("USAGE-AUDIT-LOG-HEAD")
    result = audit(log, heads)
    if result.fault is not None:
        said = words.say("audit_log", result.fault, seq=str(result.seq or ""))
        print(words.say("audit_log", "broken", fault=said, count=result.count))
        return COULD_NOT
    print(words.say("audit_log", "sound", count=result.count, head=result.head))
    bad = False
    for line, holds in _anchors(log, found, words):
        print(plain(line))
        bad |= not holds
    if not heads:
        print(words.say("audit_log", "no_head"))
    return COULD_NOT if bad else PASSED


def _anchors(log: AuditLog, found: Namespace, words: Words) -> Iterator[tuple[str, bool]]:
    """Yield what each time-stamped head is worth, and whether the token is over that head."""
    anchored = [*log.anchors()]
    if not anchored:
        return
    trust, policy = TrustStore.load(found.trust), load_policy("archive")
    by_number = {entry.seq: entry for entry in log.entries()}
    for one in anchored:
        entry = by_number[one.seq]
        stamp = judge_stamp(one.token, entry.stamped_text(), trust, policy)
        verdict = words.name("indication", stamp.indication.value)
        facts = {"seq": str(one.seq), "time": stamp.time, "tsa": stamp.tsa, "verdict": verdict}
        line = words.say("audit_log", "anchored", **facts)
        yield line, entry.hash == one.hash and stamp.indication is not Indication.TOTAL_FAILED


def _list(log: AuditLog, found: Namespace, _: Words) -> int:
    wanted = (found.document or "").lower()
    with destination(found.output, force=found.force) as write:
        for entry in log.entries(wanted):
            write(plain("  ".join(_columns(entry))) + "\n")
    return PASSED


def _columns(entry: LogEntry) -> tuple[str, ...]:
    check = entry.check
    verdict = "/".join(part for part in (check.indication, check.sub_indication) if part)
    document = check.document[:_SHOWN] or "-"
    return (str(entry.seq), check.checked_at, document, check.policy, verdict)


def _head(log: AuditLog, found: Namespace, words: Words) -> int:
    """Print the head; with `--tsa`, have it time-stamped, kept, and written where asked."""
    result = audit(log)
    entry = log.head()
    if result.fault is not None or entry is None:
        key = result.fault or "empty"
        print(words.say("audit_log", key, seq=str(result.seq or "")), file=sys.stderr)
        return COULD_NOT
    print(entry.hash)
    if found.tsa:
        token = _token(entry, found.tsa)
        log.anchor(entry, token)
        if found.output:
            with destination(found.output, force=found.force) as write:
                write(token)
        print(words.say("audit_log", "stamped", seq=str(entry.seq)), file=sys.stderr)
    return PASSED


def _token(entry: LogEntry, url: str) -> bytes:
    return request_token(entry.stamped_text(), url, fetcher(None), secrets.randbits(63))
