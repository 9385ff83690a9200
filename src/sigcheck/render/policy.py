"""A policy in words: which answers decide, until when algorithms count, what profiles soften."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sigcheck.model.evidence import Permission
from sigcheck.model.finding import Block, Level
from sigcheck.model.policy import AlgorithmRule, Policy, ToolProfile
from sigcheck.render.words import Words

_ORDER = (Level.FAIL, Level.INDETERMINATE, Level.WARN, Level.NOTE, Level.SKIP)


def policy_heading(policy: Policy, words: Words) -> str:
    """Return one line: the policy's name, version and title."""
    title = policy.title.get(words.lang, "")
    return words.say("policy_page", "heading", id=policy.id, version=policy.version, title=title)


def policy_text(policy: Policy, words: Words) -> str:
    """Return the whole policy as it is after everything it extends."""
    return "\n".join(_lines(policy, words)) + "\n"


def _lines(policy: Policy, words: Words) -> Iterator[str]:
    yield policy_heading(policy, words)
    yield words.say("policy_page", "required", blocks=_blocks(policy.required, words))
    yield words.say(
        "policy_page", "stamp_required", blocks=_blocks(policy.timestamp_required, words)
    )
    for level in _ORDER:
        codes = [code for code, found in policy.levels.items() if found is level]
        yield from _section(words.name("level", level), (_check(c, words) for c in codes))
    by_permission = [c for c, found in policy.levels.items() if not isinstance(found, Level)]
    columns = (_columns(policy, code, words) for code in by_permission)
    yield from _section(words.name("policy_page", "columns"), columns)
    yield "" if policy.levels else words.name("policy_page", "nothing_named")
    yield words.name("policy_page", "unnamed")
    rules = (_rule(rule, words) for rule in policy.algorithms)
    yield from _section(words.name("policy_page", "algorithms"), rules)
    numbers = (f"{name} = {value:g}" for name, value in policy.numbers.items())
    yield from _section(words.name("policy_page", "numbers"), numbers)
    texts = (f"{name}: {words.show(value)}" for name, value in policy.texts.items())
    yield from _section(words.name("policy_page", "texts"), texts)
    profiles = (_profile(profile, words) for profile in policy.profiles)
    yield from _section(words.name("policy_page", "profiles"), profiles)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a section unless it is empty."""
    found = list(lines)
    if found:
        yield from ("", f"{title} ({len(found)})", *(f"  {line}" for line in found))


def _blocks(blocks: Iterable[Block], words: Words) -> str:
    return ", ".join(words.name("block", block.name.lower()) for block in sorted(blocks))


def _check(code: str, words: Words) -> str:
    return f"{code:<24} {words.question(code)}"


def _columns(policy: Policy, code: str, words: Words) -> str:
    levels = {p.value: words.name("level", policy.level(code, p)) for p in Permission}
    return f"{code:<24} {words.say('policy_page', 'by_permission', **levels)}"


def _rule(rule: AlgorithmRule, words: Words) -> str:
    return words.say(
        "policy_page",
        "advice" if rule.advice else "algorithm",
        name=rule.name or "–",
        bits=rule.min_bits or "",
        until=rule.until,
        article=rule.article,
        mark=rule.mark,
    )


def _profile(profile: ToolProfile, words: Words) -> str:
    softens = ", ".join(f"{c} → {words.name('level', v)}" for c, v in profile.softens.items())
    return words.say(
        "policy_page",
        "profile",
        id=profile.id,
        softens=softens,
        reason=profile.reason,
        until=profile.until,
    )
