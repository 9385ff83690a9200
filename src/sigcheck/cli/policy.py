"""`sigcheck policy` shows what decides about a verdict; `sigcheck explain CODE` what it means."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sigcheck.checks import checks
from sigcheck.cli.parser import CommandLineError, Parser, flag, nearest, positional
from sigcheck.cli.streams import PASSED, USAGE
from sigcheck.cli.verify import policy_name
from sigcheck.config.data import Source, told
from sigcheck.config.policy import available_policies, load_policy
from sigcheck.errors import Mistake, PolicyError
from sigcheck.render.explain import explanation, known_codes, policy_heading, policy_text
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words

POLICY = (
    positional("verb", choices=("list", "show", "check")),
    positional("policy", verbs=("show", "check"), is_path=True),
)
EXPLAIN = (positional("codes", "*"), flag("--list"))
ARGUMENTS = {"policy": POLICY, "explain": EXPLAIN}


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and do it; a policy that doesn't hold is wrong usage, exit code 2."""
    found = Parser("policy", POLICY).read(arguments)
    if not found.verb:
        raise CommandLineError("USAGE-POLICY-VERB")
    if found.verb == "list":
        for name in available_policies():
            print(policy_heading(load_policy(name), words))
        return PASSED
    if not found.policy:
        raise CommandLineError("USAGE-POLICY-MISSING")
    if found.verb == "show":
        print(policy_text(load_policy(policy_name(found.policy)), words), end="")
        return PASSED
    return _check(policy_name(found.policy), words)


def _check(name: str, words: Words) -> int:
    """Load a policy as `verify` would, then ask what loading cannot know: are its codes ours?"""
    known = {check.code for check in checks()}
    mistakes, policy = list[Mistake](), None
    try:
        policy = load_policy(name)
    except PolicyError as problem:
        if not problem.mistakes:
            raise
        mistakes += problem.mistakes
    mistakes += _unknown_codes(Path(name), known)
    if policy is None or mistakes:
        for mistake in sorted(mistakes, key=lambda one: one.line):
            print(f"sigcheck: {plain(told(mistake, words.lang))}", file=sys.stderr)
        print(words.say("policy_page", "mistakes", count=len(mistakes)), file=sys.stderr)
        return USAGE
    unnamed = sorted(known - policy.levels.keys())
    print(words.say("policy_page", "sound", path=name, id=policy.id, count=len(policy.levels)))
    if unnamed:
        print(words.say("policy_page", "unnamed_codes", codes=tuple(unnamed), count=len(unnamed)))
    return PASSED


def _unknown_codes(path: Path, known: set[str]) -> list[Mistake]:
    """Complain of levels for codes no check has: a slip of the pen would silently do nothing."""
    try:
        source = Source(path)
    except PolicyError:  # one of ours by its name, or complained of already
        return []
    levels = source.table.get("levels")
    unknown = [c for c in levels if c not in known] if isinstance(levels, dict) else []
    mistakes = []
    for code in unknown:
        near = nearest(code, known)
        facts = {"value": code, "nearest": near}
        wrong = "no-check-near" if near else "no-check"
        mistakes.append(Mistake(str(path.resolve()), source.line("levels", code), wrong, facts))
    return mistakes


# --- explain --------------------------------------------------------------------------------------


def run_explain(arguments: Sequence[str], words: Words) -> int:
    """Print the words for each code, or every code there is with what it asks or means."""
    found = Parser("explain", EXPLAIN).read(arguments)
    if found.list:
        print("\n".join(f"{code:<26}  {meaning}" for code, meaning in known_codes(words)))
        return PASSED
    if not found.codes:
        raise CommandLineError("CODE-MISSING")
    print("\n\n".join(_explained(code, words) for code in found.codes))
    return PASSED


RUN = {"policy": run, "explain": run_explain}


def _explained(code: str, words: Words) -> str:
    # Nobody has to remember which codes are in capitals, and which have a hyphen.
    upper = code.upper()
    spellings = (upper, upper.replace("_", "-"), upper.replace("-", "_"), code.lower())
    text = next(filter(None, (explanation(spelt, words) for spelt in spellings)), "")
    if not text:
        near = nearest(code, [known for known, _ in known_codes(words)])
        raise CommandLineError("CODE-UNKNOWN", detail=code, nearest=near)
    return text
