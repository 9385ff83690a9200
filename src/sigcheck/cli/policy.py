"""`sigcheck policy list|show|check`: the shipped policies, and whether one's own holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sigcheck.checks import checks
from sigcheck.cli import exits
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.config.data import Source
from sigcheck.config.policy import available_policies, load_policy
from sigcheck.errors import PolicyError
from sigcheck.render.explain import policy_heading, policy_text
from sigcheck.render.words import Words

VERBS = ("list", "show", "check")


def run(arguments: Sequence[str], words: Words) -> int:
    """Find the verb and do it; a policy that doesn't hold is wrong usage, exit code 2."""
    use = Parser("policy")
    use.add_argument("verb", nargs="?", default="")
    use.add_argument("policy", nargs="?", default="")
    use.add_argument("--lang")
    found = use.parse(arguments)
    if found.verb not in VERBS:
        raise CommandLineError("USAGE-POLICY-VERB", detail=found.verb)
    if found.verb == "list":
        for name in available_policies():
            print(policy_heading(load_policy(name), words))
        return exits.PASSED
    if not found.policy:
        raise CommandLineError("USAGE-POLICY-MISSING")
    if found.verb == "show":
        print(policy_text(load_policy(found.policy), words), end="")
    else:
        _check(found.policy, words)
    return exits.PASSED


def _check(name: str, words: Words) -> None:
    """Load a policy as `verify` would, then ask what loading cannot know: are its codes ours?"""
    policy = load_policy(name)
    known = {check.code for check in checks()}
    path = Path(name)
    if path.is_file():
        _refuse_unknown(path, known)
    unnamed = sorted(known - policy.levels.keys())
    print(words.say("policy_page", "sound", path=name, id=policy.id, count=len(policy.levels)))
    if unnamed:
        print(words.say("policy_page", "unnamed_codes", codes=tuple(unnamed), count=len(unnamed)))


def _refuse_unknown(path: Path, known: set[str]) -> None:
    """Refuse levels for codes no check has: a slip of the pen would silently change nothing."""
    source = Source(path)
    unknown = [code for code in source.table.get("levels", {}) if code not in known]
    told = [f"{path}, line {source.line('levels', c)}: no check is called {c}" for c in unknown]
    if told:
        raise PolicyError("; ".join(told))
