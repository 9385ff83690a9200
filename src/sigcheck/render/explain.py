"""What a code means and what a policy asks, in words, without a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sigcheck.model.evidence import Permission
from sigcheck.model.finding import Block, Level
from sigcheck.model.policy import AlgorithmRule, Policy, ToolProfile
from sigcheck.render.layout import RenderOptions, Row, table
from sigcheck.render.words import Words, fill


def explanation(code: str, words: Words) -> str:
    """Return what a finding, an error, a verdict or an exit code means; empty for no known code."""
    rows = _finding(code, words) or _error(code, words) or _named(code, words)
    return "\n".join([code, *table(rows, RenderOptions())]) if rows else ""


def sketched(template: str) -> str:
    """Return a sentence without its facts: optional pieces left out, … for the rest."""
    return fill(template, lambda _, __: "", "…")


def known_codes(words: Words) -> Iterator[tuple[str, str]]:
    """Yield every code that can be explained, with its question or meaning."""
    for code in sorted(words.codes("findings")):
        yield code, words.question(code)
    for code in sorted(words.codes("errors")):
        yield code, words.error(code)
    for table_name in ("indication", "sub_indication", "anomaly", "exit_code"):
        yield from words.table(table_name).items()


def _finding(code: str, words: Words) -> list[Row]:
    texts = words.table(f"findings.{code}")
    if not texts:
        return []
    background = texts.get("background")
    return [
        Row(words.label("question"), sketched(texts["question"])),
        Row(words.label("if_not"), sketched(texts["failed"])),
        Row(words.label("advice"), sketched(texts["advice"])),
        *([Row(words.label("background"), background)] if background else ()),
    ]


def _error(code: str, words: Words) -> list[Row]:
    if code not in words.codes("errors"):
        return []
    return [
        Row(words.label("meaning"), words.error(code)),
        Row(words.label("advice"), words.remedy(code)),
    ]


def _named(code: str, words: Words) -> list[Row]:
    """Return what a sub-indication, an indication, an anomaly or an exit code is called."""
    for table_name in ("sub_indication", "indication", "anomaly", "exit_code"):
        if code in words.table(table_name):
            steps = words.table("exit_step" if table_name == "exit_code" else "next_step")
            advice = [Row(words.label("advice"), steps[code])] if code in steps else []
            return [Row(words.label("meaning"), words.name(table_name, code)), *advice]
    return []


# --- a policy: which answers decide, until when algorithms count, what profiles soften ----------

_ORDER = (Level.FAIL, Level.INDETERMINATE, Level.WARN, Level.NOTE, Level.SKIP)


def policy_heading(policy: Policy, words: Words) -> str:
    """Return one line: the policy's name, version and title."""
    title = policy.title.get(words.lang, "")
    return words.say("policy_page", "heading", id=policy.id, version=policy.version, title=title)


def policy_text(policy: Policy, words: Words) -> str:
    """Return a policy with everything it extends: levels, algorithms, numbers, profiles."""
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
        tolerated=rule.tolerated,
    )


def _profile(profile: ToolProfile, words: Words) -> str:
    softens = ", ".join(f"{c} → {words.name('level', v)}" for c, v in profile.softens.items())
    return words.say(
        "policy_page",
        "profile",
        id=profile.id,
        tool=profile.id if profile.id in words.table("tool") else "",
        writes=profile.writes,
        seen=profile.seen,
        mark=profile.mark,
        softens=softens,
        reason=profile.reason,
        until=profile.until,
    )
