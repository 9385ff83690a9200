"""Rules of clerical work as data: which act is which, what the decree asks, who became whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct, field

from sigcheck.model.finding import Level


class ActRule(Struct, frozen=True):
    """A row `[[act]]`: the first row whose every condition holds names a signature's act."""

    id: str
    act: str
    article: str
    mark: str
    """C, S, I or U of `vietnam.md`: how sure the article is."""
    text: str = ""
    """Regular expression the drawn text answers; empty for any text, or none."""
    reason: str = ""
    """Regular expression the dictionary's /Reason answers."""
    before: str = ""
    """Regular expression for what the page prints left of the drawn text."""
    after: str = ""
    image: bool | None = None
    """Whether the appearance draws an image; None where it does not matter."""
    colour: str = ""
    """A dominant colour of the appearance."""
    sides: tuple[float, ...] = ()
    """Least and most points of both sides of its rectangle; empty for any size."""
    signer: tuple[str, ...] = ()
    """Kinds of certificate; empty for any."""
    place: str = ""
    """Of a person's signature: `last`, `earlier` or `after-organization`; empty for any."""
    same_day: bool = False
    """The drawn text is the day of the claimed signing time, and a sibling drew a number."""


class PatternRule(Struct, frozen=True):
    """A row `[[pattern]]`: the first that fits names what the acts make together."""

    id: str
    needs: frozenset[str]
    allows: frozenset[str]
    """Acts that may stand beside those needed; `*` for any."""
    kinds: frozenset[str] = frozenset()
    """Kinds of certificate that may occur; empty for any."""
    holders: frozenset[str] = frozenset()
    """Kinds of certificate that must occur."""


class AppearanceRule(Struct, frozen=True):
    """A row `[[appearance]]`: what Annex I of decree 30/2020 asks of an act's appearance."""

    id: str
    act: str
    article: str
    mark: str
    wants: Mapping[str, str | float | bool] = field(default_factory=lambda: MappingProxyType({}))
    """`colour`, `image`, `page`, `corner`, `font`, `size_min`, `size_max`, `left_of`."""


class FindingRule(Struct, frozen=True):
    """A table `[finding.WF-…]`: how loudly advice is given, and by which article."""

    level: Level
    article: str
    mark: str


class Succession(Struct, frozen=True):
    """A row of `data/agencies`: agencies that another one took over on a day."""

    into: str
    names: tuple[str, ...]
    since: date
    level: str
    """`province`, `ministry` or `department`."""
    source: str
    mark: str


class LocalUnit(Struct, frozen=True):
    """A row `[[unit]]` of `data/agencies`: a level of government below the province."""

    level: str
    """`commune` or `district`."""
    words: tuple[str, ...]
    """What such a unit's name begins with."""
    source: str
    mark: str
    until: date | None = None
    """Last day of the level; None while there is one."""


class WorkflowRules(Struct, frozen=True):
    """The rules of `sigcheck.workflow`; made by `sigcheck.config.workflow`."""

    acts: tuple[ActRule, ...] = ()
    patterns: tuple[PatternRule, ...] = ()
    appearances: tuple[AppearanceRule, ...] = ()
    findings: Mapping[str, FindingRule] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Thresholds such as `clerk-span-seconds`."""
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Named regular expressions such as `number-before`."""
    spellings: tuple[tuple[str, str], ...] = ()
    """Ways to write a word in an agency's name, and the way they are compared in."""
    successions: tuple[Succession, ...] = ()
    """Agencies and their names over time, oldest first."""
    units: tuple[LocalUnit, ...] = ()
    provinces: frozenset[str] = frozenset()
    """Every name a province has had, as written in `data/agencies`."""
