"""What the trust store holds, in words and as JSON: `sigcheck trust list`.

The schema of the JSON is `data/schema/sigcheck.trust-1.json`.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sigcheck.cli.streams import COULD_NOT, PASSED
from sigcheck.config.pins import Pin, Role
from sigcheck.config.store import UserStore
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.trust.cache import StatusCache
from sigcheck.evidence.trust.crl import Crl
from sigcheck.evidence.trust.downloads import lists_at_hand, publications
from sigcheck.model.evidence import Purpose, Tier
from sigcheck.render.sanitize import ascii_escapes, plain
from sigcheck.render.values import common_name, iso
from sigcheck.render.words import Words

SCHEMA = "sigcheck.trust/1"
FORMATS = ("text", "json")
_TIERS = (Tier.GOVERNMENT, Tier.PUBLIC, Tier.TEST, Tier.UNTRUSTED)
_NAME = 48
"""Characters of a name in a list for the screen."""


def say(words: Words, key: str, /, **facts: object) -> None:
    """Print one sentence of the table `trust`."""
    print(words.say("trust", key, **facts))


def named(subject: str) -> str:
    """Return a certificate's common name, fit for a terminal."""
    return plain(common_name(subject))


class TrustLine(NamedTuple):
    """One certificate of the list."""

    pin: Pin
    at_hand: bool

    def tree(self) -> dict[str, object]:
        """Return the line as plain values for JSON."""
        pin = self.pin
        return {
            "sha256": pin.sha256 or None,
            "subject": pin.subject,
            "issuer": pin.issuer,
            "role": pin.role.value,
            "tier": pin.tier.value,
            "purposes": [purpose.value for purpose in pin.purposes],
            "not_before": pin.not_before.isoformat() if pin.not_before else None,
            "not_after": pin.not_after.isoformat() if pin.not_after else None,
            "subject_key_id": pin.ski,
            "url": pin.url,
            "crl": pin.crl,
            "source": pin.source,
            "mark": pin.mark,
            "listed_in": pin.listed_in,
            "at_hand": self.at_hand,
        }


class Kept(NamedTuple):
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
            "next_update": iso(self.crl.next_update),
        }


def list_store(found: Namespace, store: UserStore, words: Words) -> int:
    """Print the anchors there are pins for and whether they are at hand; with `-v`, every pin."""
    trust = TrustStore.load(store=store)
    lines, kept = listed(trust), [Kept(*found) for found in lists_at_hand(trust)]
    if found.format == "json":
        tree: dict[str, object] = {"schema": SCHEMA, "store": str(store.folder)}
        tree["certificates"] = [line.tree() for line in lines]
        tree["lists"] = [one.tree() for one in kept]
        print(ascii_escapes(json.dumps(tree, ensure_ascii=False, indent=2)))
        return PASSED
    say(words, "store", folder=str(store.folder))
    for tier in _TIERS:
        if of_tier := [line for line in lines if line.pin.tier is tier]:
            unpinned = tier is Tier.UNTRUSTED
            title = words.say("trust", "unpinned") if unpinned else words.name("tier", tier.value)
            print(f"\n{title}")
            (_print_fully if found.verbose else _print_briefly)(of_tier, words)
    _print_lists(kept, datetime.now(UTC), words)
    _print_counts(lines, words)
    return PASSED


def listed(trust: TrustStore) -> list[TrustLine]:
    """Return every pin, then what is at hand without one, each with what its certificate says."""
    at_hand = {sha256: Certificate.parse(der) for sha256, der in trust.certificates.items()}
    pinned = {pin.sha256 for pin in trust.pins}
    keys = _keys(trust)
    lines = [
        TrustLine(_completed(pin, at_hand.get(pin.sha256)), _is_here(pin, keys, trust))
        for pin in trust.pins
    ]
    others = [c for sha256, c in at_hand.items() if c and sha256 not in pinned]
    return lines + [TrustLine(_unpinned(certificate), at_hand=True) for certificate in others]


def absent(pins: Iterable[Pin], trust: TrustStore) -> list[Pin]:
    """Return the pins whose certificates the store lacks."""
    keys = _keys(trust)
    return [pin for pin in pins if not _is_here(pin, keys, trust)]


def _is_here(pin: Pin, keys: set[str], trust: TrustStore) -> bool:
    return pin.ski in keys if pin.role is Role.MISSING else pin.sha256 in trust.certificates


def _keys(trust: TrustStore) -> set[str]:
    """Return the key identifiers of the certificates at hand."""
    return {c.ski.hex() for c in Certificate.readable(trust.certificates.values())}


def _completed(pin: Pin, certificate: Certificate | None) -> Pin:
    """Fill what a short list of the user's leaves out from the certificate itself."""
    if certificate is None or pin.not_after is not None:
        return pin
    return _pin_of(certificate, pin.role, pin.tier, pin.purposes, pin.listed_in, pin.source)


def _unpinned(certificate: Certificate) -> Pin:
    return _pin_of(certificate, Role.INTERMEDIATE, Tier.UNTRUSTED, (), "", "")


def _pin_of(
    certificate: Certificate,
    role: Role,
    tier: Tier,
    purposes: tuple[Purpose, ...],
    listed_in: str,
    source: str,
) -> Pin:
    return Pin(
        sha256=certificate.sha256,
        role=role,
        tier=tier,
        purposes=purposes,
        subject=certificate.subject,
        issuer=certificate.issuer,
        ski=certificate.ski.hex(),
        not_before=certificate.not_before.date(),
        not_after=certificate.not_after.date(),
        source=source,
        listed_in=listed_in,
    )


def _print_briefly(lines: list[TrustLine], words: Words) -> None:
    """Print a line for each anchor, and how many other certificates there are."""
    for line in lines:
        if line.pin.role is Role.ANCHOR:
            here = words.name("trust", "at_hand" if line.at_hand else "absent")
            name = shortened(named(line.pin.subject))
            say(words, "brief_line", here=here, name=name, end=line.pin.not_after)
    counts = _counts(lines)
    if counts["others"]:
        say(words, "brief_others", here=counts["others_here"], count=counts["others"])


def shortened(name: str) -> str:
    """Return a name that leaves a terminal of 80 columns room for a date."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _print_fully(lines: list[TrustLine], words: Words) -> None:
    for line in lines:
        pin = line.pin
        say(
            words,
            "line",
            here=words.name("trust", "at_hand" if line.at_hand else "absent"),
            role=words.name("trust", pin.role.value),
            name=named(pin.subject),
            purposes=tuple(words.name("trust", purpose.value) for purpose in pin.purposes),
            begin=pin.not_before,
            end=pin.not_after,
        )
        print(f"      {pin.sha256 or words.say('trust', 'by_key', key=pin.ski)}")
        if pin.source:
            print(f"      {words.say('trust', 'source', source=plain(pin.source), mark=pin.mark)}")


def _counts(lines: list[TrustLine]) -> dict[str, int]:
    """Count anchors and other certificates, and how many of each are at hand."""
    anchors = [line for line in lines if line.pin.role is Role.ANCHOR]
    others = [line for line in lines if line.pin.role is not Role.ANCHOR]
    return {
        "anchors": len(anchors),
        "anchors_here": sum(line.at_hand for line in anchors),
        "others": len(others),
        "others_here": sum(line.at_hand for line in others),
    }


def _print_counts(lines: list[TrustLine], words: Words) -> None:
    counts = _counts(lines)
    print()
    say(words, "counts", **counts)
    if counts["anchors_here"] < counts["anchors"]:
        say(words, "hint")


def _print_lists(kept: list[Kept], now: datetime, words: Words) -> None:
    """Print one line for each list; one that has ended says so."""
    if not kept:
        return
    print(f"\n{words.say('trust', 'lists')}")
    for one in kept:
        until = one.crl.next_update
        key = "list_ended" if until and until < now else "list_here"
        name = named(one.issuer.subject)
        say(words, key, name=name, moment=one.crl.this_update, until=until)


# --- the doctor -----------------------------------------------------------------------------------


def examine(store: UserStore, words: Words) -> int:
    """Print what is at hand, how old each list is and what fails, and the command that mends it.

    Returns 1 where something is missing, damaged or out of date.
    """
    say(words, "store", folder=str(store.folder))
    if damaged := store.damaged():
        for problem in damaged:
            say(words, "damaged", detail=words.error(problem.code, {"detail": problem.detail}))
        say(words, "mend_damaged")
        return COULD_NOT
    trust = TrustStore.load(store=store)
    lines = listed(trust)
    missing = [_examine_tier(tier, lines, words) for tier in _TIERS[:2]]
    sound = _examine_lists(trust, words)
    unreadable = StatusCache(store.cache).unreadable()
    for name in unreadable:
        say(words, "damaged", detail=name)
    if any(missing) or not sound or unreadable:
        print()
        say(words, "mend_fetch" if not unreadable else "mend_cache")
        return COULD_NOT
    say(words, "healthy")
    return PASSED


def _examine_tier(tier: Tier, lines: list[TrustLine], words: Words) -> bool:
    """Print how much of a tier is at hand; return whether an anchor that is published is not."""
    of_tier = [line for line in lines if line.pin.tier is tier]
    anchors = [line for line in of_tier if line.pin.role is Role.ANCHOR]
    if not anchors:
        return False
    missing = any(not line.at_hand and line.pin.url for line in anchors)
    say(
        words,
        "state_tier",
        state=words.name("trust", "state_missing" if missing else "state_good"),
        tier=words.name("tier", tier.value),
        **_counts(of_tier),
    )
    return missing


def _examine_lists(trust: TrustStore, words: Words) -> bool:
    """Print the age of each list, and the CAs without one; return whether all are in date."""
    kept, now = [Kept(*found) for found in lists_at_hand(trust)], datetime.now(UTC)
    sound = True
    for one in kept:
        ended = one.crl.next_update is not None and one.crl.next_update < now
        sound &= not ended
        say(
            words,
            "state_list_ended" if ended else "state_list",
            state=words.name("trust", "state_missing" if ended else "state_good"),
            name=shortened(named(one.issuer.subject)),
            age=f"{max((now - one.crl.this_update).total_seconds(), 0):.0f}",
            until=one.crl.next_update,
        )
    with_list = {one.issuer.sha256 for one in kept}
    without = {p.issuer.sha256: p.issuer for p in publications(trust)}
    names = [named(ca.subject) for sha256, ca in without.items() if sha256 not in with_list]
    if names:
        state = words.name("trust", "state_missing")
        say(words, "state_no_list", state=state, count=len(names), names=tuple(names))
    return sound and not names
