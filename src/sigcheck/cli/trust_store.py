"""What the verbs of `sigcheck trust` share: the store, one line about a certificate, a question."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

from sigcheck.cli.parser import Parser
from sigcheck.config.store import UserStore, store_folder
from sigcheck.render.sanitize import plain
from sigcheck.render.values import common_name
from sigcheck.render.words import Words

_YES = frozenset({"y", "yes", "c", "co", "có", "đồng ý"})


def trust_parser(verb: str) -> Parser:
    """Return a parser with the options every verb has."""
    use = Parser(f"trust {verb}")
    use.add_argument("--store")
    use.add_argument("--lang")
    return use


def user_store(found: SimpleNamespace) -> UserStore:
    """Return the store: `--store`, `SIGCHECK_HOME`, or the platform's."""
    return UserStore(store_folder(os.environ, found.store))


def named(subject: str) -> str:
    """Return a certificate's common name, fit for a terminal."""
    return plain(common_name(subject))


def confirmed(question: str) -> bool:
    """Ask on the terminal; return whether the answer was yes."""
    print(question, end=" ", flush=True)
    return sys.stdin.readline().strip().lower() in _YES


def say(words: Words, key: str, /, **facts: object) -> None:
    """Print one sentence of the table `trust`."""
    print(words.say("trust", key, **facts))
