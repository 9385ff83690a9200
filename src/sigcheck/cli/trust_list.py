"""`sigcheck trust list`: every anchor and CA there is a pin for, and whether it is at hand.

The schema of its JSON is `data/schema/sigcheck.trust-1.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

from msgspec import Struct

from sigcheck.cli import exits
from sigcheck.cli.trust_kept import kept_lists, print_lists
from sigcheck.cli.trust_store import named, say, trust_parser, user_store
from sigcheck.config.pins import Pin, Role
from sigcheck.config.trust import TrustStore
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.model.evidence import Purpose, Tier
from sigcheck.render.sanitize import ascii_escapes, plain
from sigcheck.render.words import Words

SCHEMA = "sigcheck.trust/1"
FORMATS = ("text", "json")
_TIERS = (Tier.GOVERNMENT, Tier.PUBLIC, Tier.TEST, Tier.UNTRUSTED)


class Line(Struct, frozen=True):
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


def run(arguments: Sequence[str], words: Words) -> int:
    """Print the list."""
    use = trust_parser("list")
    use.add_argument("--format", default="text")
    found = use.parse(arguments)
    use.one_of(found.format, FORMATS, "--format")
    store = user_store(found)
    trust = TrustStore.load(store=store)
    lines, kept = listed(trust), kept_lists(trust, store)
    if found.format == "json":
        tree: dict[str, object] = {"schema": SCHEMA, "store": str(store.folder)}
        tree["certificates"] = [line.tree() for line in lines]
        tree["lists"] = [one.tree() for one in kept]
        print(ascii_escapes(json.dumps(tree, ensure_ascii=False, indent=2)))
        return exits.PASSED
    say(words, "store", folder=str(store.folder))
    for tier in _TIERS:
        _print_tier(tier, [line for line in lines if line.pin.tier is tier], words)
    print_lists(kept, datetime.now(UTC), words)
    _print_counts(lines, words)
    return exits.PASSED


def listed(trust: TrustStore) -> list[Line]:
    """Return every pin, then what is at hand without one, each with what its certificate says."""
    at_hand = {sha256: Certificate.parse(der) for sha256, der in trust.certificates.items()}
    pinned = {pin.sha256 for pin in trust.pins}
    keys = {c.ski.hex() for c in at_hand.values() if c}
    lines = [
        Line(_completed(pin, at_hand.get(pin.sha256)), _is_here(pin, keys, {*at_hand}))
        for pin in trust.pins
    ]
    others = [c for sha256, c in at_hand.items() if c and sha256 not in pinned]
    return lines + [Line(_unpinned(certificate), at_hand=True) for certificate in others]


def _is_here(pin: Pin, keys: set[str], at_hand: set[str]) -> bool:
    return pin.ski in keys if pin.role is Role.MISSING else pin.sha256 in at_hand


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


def _print_tier(tier: Tier, lines: list[Line], words: Words) -> None:
    if not lines:
        return
    unpinned = tier is Tier.UNTRUSTED
    print(f"\n{words.say('trust', 'unpinned') if unpinned else words.name('tier', tier.value)}")
    for line in lines:
        _print_line(line, words)


def _print_line(line: Line, words: Words) -> None:
    pin = line.pin
    purposes = tuple(words.name("trust", purpose.value) for purpose in pin.purposes)
    print(
        words.say(
            "trust",
            "line",
            here=words.name("trust", "at_hand" if line.at_hand else "absent"),
            role=words.name("trust", pin.role.value),
            name=named(pin.subject),
            purposes=purposes,
            begin=_day(pin.not_before, words),
            end=_day(pin.not_after, words),
        )
    )
    print(f"      {pin.sha256 or words.say('trust', 'by_key', key=pin.ski)}")
    if pin.source:
        print(f"      {words.say('trust', 'source', source=plain(pin.source), mark=pin.mark)}")


def _day(moment: date | None, words: Words) -> str:
    return words.time(moment) if moment else ""


def _print_counts(lines: list[Line], words: Words) -> None:
    anchors = [line for line in lines if line.pin.role is Role.ANCHOR]
    others = [line for line in lines if line.pin.role is not Role.ANCHOR]
    print()
    say(
        words,
        "counts",
        anchors=len(anchors),
        anchors_here=sum(line.at_hand for line in anchors),
        others=len(others),
        others_here=sum(line.at_hand for line in others),
    )
    if not all(line.at_hand for line in anchors):
        say(words, "hint")
