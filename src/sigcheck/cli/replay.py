"""`sigcheck replay`: the verdict from an evidence package alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

from sigcheck.archive.replay import Package, Replay, Said, read_package, replay
from sigcheck.cli import exits
from sigcheck.cli.arguments import moment_of
from sigcheck.cli.parser import Parser
from sigcheck.cli.usage import CommandLineError
from sigcheck.config import TrustStore, load_policy
from sigcheck.render import FORMATS, RenderOptions, renderer
from sigcheck.render.sanitize import plain
from sigcheck.render.words import Words


def run(arguments: Sequence[str], words: Words) -> int:
    """Judge the package's evidence again; what changed is said, an altered package refused."""
    use = _parser()
    found = use.parse(arguments)
    if len(found.packages) != 1:
        raise CommandLineError("REPLAY-ONE-PACKAGE")
    form = use.one_of(found.format, FORMATS, "--format")
    package = read_package(found.packages[0])
    policy = load_policy(found.policy) if found.policy else None
    again = replay(package, policy, moment_of(found.at))
    options = RenderOptions(verbose=found.verbose, full=not package.info.masked)
    sys.stdout.write(renderer(form)(again.report, words, options))
    # A reader of JSON or CSV gets nothing else on standard output.
    target = sys.stdout if form == "text" else sys.stderr
    print(file=target)
    for line in _lines(package, again, found, words):
        print(plain(line), file=target)
    return exits.exit_code([again.report.indication])


def _parser() -> Parser:
    found = Parser("replay")
    found.add_argument("packages", nargs="*")
    found.add_argument("--policy")
    found.add_argument("--at")
    found.add_argument("--trust", action="append", default=[])
    found.add_argument("--format", default="text")
    found.add_argument("--verbose", "-v", action="store_true")
    found.add_argument("--lang")
    return found


def _lines(package: Package, again: Replay, found: SimpleNamespace, words: Words) -> Iterator[str]:
    info = package.info
    yield words.say(
        "archive",
        "replayed",
        made=info.made_at,
        at=info.validation_time,
        policy=info.policy_id,
        version=info.tool_version,
    )
    yield from _shifts(again, words)
    if info.masked:
        yield words.say("archive", "masked")
    if package.repacked:
        yield words.say("archive", "repacked")
    yield _stamp(package, found, words)


def _shifts(again: Replay, words: Words) -> Iterator[str]:
    for shift in again.shifts:
        before, after = _said(shift.before, words), _said(shift.after, words)
        key = "shifted_signature" if shift.field else "shifted"
        yield words.say("archive", key, field=shift.field, before=before, after=after)
    if again.causes:
        causes = ", ".join(words.name("replay_cause", cause) for cause in again.causes)
        yield words.say("archive", "because" if again.shifts else "no_matter", causes=causes)
    else:
        yield words.say("archive", "same")


def _said(said: Said, words: Words) -> str:
    verdict = words.name("indication", said.indication)
    return f"{verdict} ({said.sub_indication})" if said.sub_indication else verdict


def _stamp(package: Package, found: SimpleNamespace, words: Words) -> str:
    """Say what a time-stamp of the manifest is worth under the trust given."""
    if package.stamp is None:
        return words.say("archive", "unstamped")
    from sigcheck.archive.stamp import judge_stamp

    trust = TrustStore.load(found.trust)
    stamp = judge_stamp(package.stamp, package.manifest, trust, package.policy)
    verdict = words.name("indication", stamp.indication.value)
    return words.say("archive", "stamped", time=stamp.time, tsa=stamp.tsa, verdict=verdict)
