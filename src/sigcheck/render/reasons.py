"""Why a document did not pass, causes before consequences, and what to do about it.

Every sentence is said once, for all the signatures it concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.model.evidence import Permission
from sigcheck.model.finding import Block, Finding, Level
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, SignatureReport, TrustSummary
from sigcheck.render.findings import (
    LEADING,
    deciding,
    document_finding,
    document_findings,
    unanswered_at,
)
from sigcheck.render.words import Words

_FOLLOWS: Mapping[str, frozenset[str]] = {
    "ID-CERTIFICATE-FOUND": frozenset({"PA-ANCHOR-FOUND", "RV-STATUS-KNOWN"}),
    "PA-ANCHOR-FOUND": frozenset({"RV-STATUS-KNOWN", "PA-CA-VALIDITY"}),
    "PA-CONSTRAINTS-HELD": frozenset({"RV-STATUS-KNOWN", "PA-CA-VALIDITY"}),
    "TS-TOKENS-HOLD": frozenset({"PA-VALIDITY-LASTS", "TM-PROVEN", "TM-PROVISIONAL"}),
    "TM-CHECK-AFTER-SIGNING": frozenset(
        {
            "PA-CA-VALIDITY",
            "PA-VALIDITY-BEGUN",
            "RV-STATUS-KNOWN",
            "TM-PROVEN",
            "TM-PROVISIONAL",
        }
    ),
}
"""What cannot hold while a cause is there; both are findings about the same signature."""
_EARLY = "TM-CHECK-AFTER-SIGNING"
"""The check is about a time before the signing: said on top, for it explains what else is open."""
_REWRITTEN = ("WF-REWRITTEN", "DC-REWRITTEN")
"""A file saved anew after signing: that explains every broken signature in it."""
_TRUST = frozenset(
    {
        "PA-ANCHOR-FOUND",
        "RV-STATUS-KNOWN",
        "TM-PROVISIONAL",
        "TS-PATH-ANCHORED",
        "TS-STATUS-KNOWN",
    }
)
"""What the same command mends as a missing root: it fetches the revocation lists as well."""
_BY_ANOTHER = "CH-SIGNATURE-UNCLEAR"
"""A signature is open because a later one is: said after what keeps the later one open."""
_ADMINISTRATOR = frozenset(
    {
        _BY_ANOTHER,
        "PA-ANCHOR-FOUND",
        "PA-ANCHOR-PURPOSE",
        "RV-LIST-IN-TIME",
        "RV-STATUS-KNOWN",
        "TM-PROVISIONAL",
        "TS-LIST-IN-TIME",
        "TS-PATH-ANCHORED",
        "TS-STATUS-KNOWN",
        "TS-STATUS-LASTS",
    }
)
"""Findings that call for roots or revocation lists; everything else is the clerk's to do."""
_FIRST = frozenset({"CH-FORM-FILLING", "RV-REVOKED-LATER"})
"""Notes that are shown at first sight; other notes stand on the cards."""
_ON_THE_LINE = frozenset({"TS-PRESENT"})
"""What the signature's own line says already, by naming the clock its time comes from."""


class Point(Struct, frozen=True):
    """One sentence and the signatures, from 1, that it concerns; none for the whole document."""

    text: str
    signatures: tuple[int, ...] = ()
    actor: str = ""
    """Who does it, for advice: a key of the table `actor`."""


_Concerned = tuple[int, Finding]
"""The number of a signature, from 1, and what it failed."""


def point_line(point: Point, words: Words) -> str:
    """Return the sentence with who does it and the signatures it concerns in front."""
    parts = [words.name("actor", point.actor)] if point.actor else []
    if point.signatures:
        parts.append(words.label("signature", number=ranges(point.signatures)))
    return f"{' – '.join(parts)}: {point.text}" if parts else point.text


def ranges(numbers: Iterable[int]) -> str:
    """Return numbers in ascending order, three or more in a row as a range: `1–3, 5`."""
    runs = groupby(enumerate(sorted(set(numbers))), lambda pair: pair[1] - pair[0])
    texts: list[str] = []
    for _, run in runs:
        found = [number for _, number in run]
        long = len(found) > 2  # noqa: PLR2004 - two numbers are no range
        texts += [f"{found[0]}–{found[-1]}"] if long else map(str, found)
    return ", ".join(texts)


# --- what explains everything -------------------------------------------------------------------


def lacks_roots(document: DocumentReport, trust: TrustSummary) -> bool:
    """Say whether a signature stays open because no root is at hand on this machine."""
    return trust.at_hand == 0 and any(map(_unanchored, document.signatures))


def explanations(document: DocumentReport, trust: TrustSummary, words: Words) -> tuple[str, ...]:
    """Return what is said before anything else: it explains the verdict on its own."""
    texts = []
    if early := next((f for s in document.signatures for f in s.findings if _is_early(f)), None):
        texts.append(words.message(early))
    if found := _rewritten(document):
        texts.append(words.message(found))
    if lacks_roots(document, trust):
        texts.append(words.label("no_roots", anchors=str(trust.anchors)))
    return tuple(texts)


def _is_early(finding: Finding) -> bool:
    return finding.code == _EARLY and finding.decides


def _rewritten(document: DocumentReport) -> Finding | None:
    """Return the finding that the file was saved anew, where every signature in it is broken."""
    findings = [*document.workflow.findings, *document.findings]
    broken = all(s.indication is Indication.TOTAL_FAILED for s in document.signatures)
    found = [f for code in _REWRITTEN for f in findings if f.code == code and f.unanswered]
    return found[0] if found and broken else None


def rewritten_where_received(document: DocumentReport) -> bool:
    """Say whether who received the file saved it anew, so that its sender is not at fault."""
    found = _rewritten(document)
    return found is not None and found.outcome.facts.get("cause") == "receiving-office"


# --- why ----------------------------------------------------------------------------------------


def causes(
    signature: SignatureReport, document: DocumentReport, trust: TrustSummary
) -> list[Finding]:
    """Return what keeps a signature from passing, without what only follows from it.

    For an open one everything that would have to be remedied; nothing remedies a forgery, so
    there the first reason is enough.
    """
    findings = _own(signature, document, trust)
    codes = {f.code for f in findings}
    implied = {code for cause in codes for code in _FOLLOWS.get(cause, ())}
    return [f for f in findings if f.code not in implied and f.code != _EARLY]


def _own(
    signature: SignatureReport, document: DocumentReport, trust: TrustSummary
) -> list[Finding]:
    """Return what keeps a signature from passing and is explained by nothing outside of it."""
    findings = deciding(signature)
    if signature.indication is Indication.TOTAL_FAILED:
        return [] if _rewritten(document) else findings[:1]
    if not lacks_roots(document, trust):
        return findings
    own = (f for f in findings if not _for_want_of_roots(f, findings))
    return [f for f in own if not _by_open_signature(f, document)]


def _for_want_of_roots(finding: Finding, others: Sequence[Finding]) -> bool:
    """Say whether a finding could only be answered by a root."""
    if finding.code in _TRUST:
        return True
    token = next((f for f in others if f.code == "TS-TOKENS-HOLD"), None)
    follows = finding is token or finding.code in _FOLLOWS["TS-TOKENS-HOLD"]
    return token is not None and follows and _listed(token, "findings") <= _TRUST


def _by_open_signature(finding: Finding, document: DocumentReport) -> bool:
    """Say whether a change was made by signatures that are themselves open for want of a root."""
    if finding.code != _BY_ANOTHER:
        return False
    named = _listed(finding, "fields")
    unanchored = {s.evidence.field for s in document.signatures if _unanchored(s)}
    return bool(named) and named <= unanchored


def _unanchored(signature: SignatureReport) -> bool:
    """Say whether a signature is open because its path reaches no root."""
    is_open = signature.indication is Indication.INDETERMINATE
    return is_open and any(f.code == "PA-ANCHOR-FOUND" for f in deciding(signature))


def _listed(finding: Finding, name: str) -> set[str]:
    """Return the members of a fact that is a list, none for any other."""
    found = finding.outcome.facts.get(name)
    return set(found) if isinstance(found, tuple | list) else set()


def why(document: DocumentReport, trust: TrustSummary, words: Words) -> tuple[Point, ...]:
    """Return what keeps signatures and document from passing, each sentence once."""
    groups = _groups(document, trust)
    points = [_why_point(concerned, document, words) for concerned in groups]
    silent = [
        number
        for number, signature in enumerate(document.signatures, 1)
        if signature.indication is not Indication.TOTAL_PASSED and not deciding(signature)
    ]
    if silent:
        points.append(Point(words.label("unanswered"), tuple(silent)))
    said = {finding.code for concerned in groups for _, finding in concerned}
    return (*points, *(Point(words.message(f)) for f in _own_reasons(document, said)))


def brief_why(document: DocumentReport, trust: TrustSummary, words: Words) -> Point | None:
    """Return the first cause in a few words, None where nothing was found to say it by."""
    if found := _rewritten(document):
        return Point(words.brief(found))
    if document.indication is DocumentIndication.INDETERMINATE and lacks_roots(document, trust):
        return Point(words.label("brief_no_roots"))
    if groups := _groups(document, trust):
        return Point(words.brief(groups[0][0][1]), tuple(number for number, _ in groups[0]))
    return next((Point(words.brief(f)) for f in _own_reasons(document, set())), None)


def _groups(document: DocumentReport, trust: TrustSummary) -> list[list[_Concerned]]:
    """Return the causes with the signatures they concern, what decides first."""
    found: dict[str, list[_Concerned]] = {}
    for number, signature in enumerate(document.signatures, 1):
        if signature.indication is not Indication.TOTAL_PASSED:
            for finding in causes(signature, document, trust):
                found.setdefault(finding.code, []).append((number, finding))
    return sorted(found.values(), key=lambda concerned: _order(concerned, document))


def _own_reasons(document: DocumentReport, said: set[str]) -> list[Finding]:
    """Return what the document failed by itself, its reason first where that is not said yet."""
    general = _general(document, Level.FAIL, Level.INDETERMINATE)
    reason = document_finding(document)
    if reason and reason.decides and reason.code not in said and not explained(document, reason):
        return [reason, *general]
    return general


def _order(concerned: Sequence[_Concerned], document: DocumentReport) -> tuple[bool, bool]:
    """Order what makes a signature fail before what leaves one open, causes before consequences."""
    broken = any(
        document.signatures[number - 1].indication is Indication.TOTAL_FAILED
        for number, _ in concerned
    )
    return not broken, concerned[0][1].code == _BY_ANOTHER


def explained(document: DocumentReport, finding: Finding) -> bool:
    """Say whether a document's reason is said of one of its signatures or before all of them."""
    rewritten = _rewritten(document) is not None
    return rewritten or any(finding in s.findings for s in document.signatures)


def _why_point(concerned: Sequence[_Concerned], document: DocumentReport, words: Words) -> Point:
    """Return the sentence, for a later change with what the signatures permit."""
    point = _point(concerned, words)
    permissions = {
        document.signatures[number - 1].evidence.dictionary.permission for number, _ in concerned
    }
    if concerned[0][1].block is not Block.CHANGES or permissions == {Permission.APPROVAL}:
        return point
    permitted = [
        words.label("not_permitted", permission=p.value)
        for p in Permission
        if p in permissions and p is not Permission.APPROVAL
    ]
    return replace(point, text=" ".join((point.text, *permitted)))


def _point(concerned: Sequence[_Concerned], words: Words) -> Point:
    """Return one sentence for a check that several signatures failed: with what they share."""
    return Point(words.message(_shared(concerned)), tuple(number for number, _ in concerned))


def _shared(concerned: Sequence[_Concerned]) -> Finding:
    """Return one finding for several of a check, with the facts that are the same in all."""
    findings = [finding for _, finding in concerned]
    first = findings[0]
    facts = {
        name: value
        for name, value in first.outcome.facts.items()
        if all(f.outcome.facts.get(name) == value for f in findings)
    }
    return replace(first, outcome=replace(first.outcome, facts=facts))


def _general(document: DocumentReport, *levels: Level) -> list[Finding]:
    """Return what the document failed by itself, and what nothing above says already."""
    said = set(_REWRITTEN) if _rewritten(document) else set()
    if any(f.block is Block.CHANGES for s in document.signatures for f in deciding(s)):
        said.add("DC-LAST-COVERS")
    return [f for f in document_findings(document, *levels) if f.code not in said]


def warnings(document: DocumentReport, words: Words) -> tuple[Point, ...]:
    """Return what the reader must know although it decides nothing, each sentence once."""
    found: dict[str, list[_Concerned]] = {}
    for number, signature in enumerate(document.signatures, 1):
        for finding in unanswered_at(signature.findings, Level.WARN, Level.NOTE):
            if finding.code in _ON_THE_LINE:
                continue
            if finding.level is Level.WARN or finding.code in _FIRST:
                found.setdefault(finding.code, []).append((number, finding))
    ranked: list[list[Point]] = [[], [], [], []]
    for concerned in found.values():
        ranked[_rank(concerned[0][1])].append(_point(concerned, words))
    leading, changes, noted, others = ranked
    general = [Point(words.message(f)) for f in _general(document, Level.WARN)]
    return (*leading, *changes, *noted, *general, *others)


def _rank(finding: Finding) -> int:
    """Return 0 for what is let through; then changes warned of, changes noted, and the rest."""
    if finding.code in LEADING:
        return 0
    if finding.block is not Block.CHANGES:
        return 3
    return 1 if finding.level is Level.WARN else 2


# --- what to do ---------------------------------------------------------------------------------


def todos(document: DocumentReport, trust: TrustSummary, words: Words) -> tuple[Point, ...]:
    """Return the advice for a document, the gravest first; for one that passed, that it did."""
    groups: dict[str, list[_Concerned]] = {}
    for finding, number in _calling(document, trust):
        groups.setdefault(finding.code, []).append((number, finding))
    wanted: dict[tuple[str, str], list[int]] = {}
    for concerned in groups.values():
        finding = _shared(concerned)
        if advice := words.advice(finding):
            # Without a command line the clerk is told to ask the administrator.
            by = actor(finding) if words.commands else "clerk"
            numbers = (number for number, _ in concerned if number)
            wanted.setdefault((by, advice), []).extend(numbers)
    if document.reason and document_finding(document) is None:
        wanted.setdefault(("clerk", words.remedy(document.reason.code)), [])
    points = [Point(t, tuple(dict.fromkeys(n)), by) for (by, t), n in wanted.items()]
    if lacks_roots(document, trust):
        points.insert(0, Point(words.label("fetch_roots"), (), "administrator"))
    still_open = any(s.indication is Indication.INDETERMINATE for s in document.signatures)
    failed = document.indication is DocumentIndication.TOTAL_FAILED
    if failed and not still_open and not rewritten_where_received(document):
        points.append(Point(words.label("return_it"), (), "clerk"))
    if document.indication is DocumentIndication.TOTAL_PASSED and not points:
        points.append(Point(words.label("nothing_to_do")))
    return tuple(points)


def actor(finding: Finding) -> str:
    """Return who acts on a finding, a key of the table `actor`."""
    if finding.code == "TS-TOKENS-HOLD":
        codes = _listed(finding, "findings")
        return "administrator" if codes and codes <= _ADMINISTRATOR else "clerk"
    return "administrator" if finding.code in _ADMINISTRATOR else "clerk"


def _calling(document: DocumentReport, trust: TrustSummary) -> Iterator[tuple[Finding, int]]:
    """Yield what calls for action: what explains all, then signature by signature, then the rest.

    What follows from a cause is among it: where the cause stays, its remedy may be the only one.
    """
    if rewritten := _rewritten(document):
        yield rewritten, 0
    if (reason := document_finding(document)) and not document.signatures:
        yield reason, 0
    own = [
        (number, finding)
        for number, signature in enumerate(document.signatures, 1)
        if signature.indication is not Indication.TOTAL_PASSED
        for finding in _own(signature, document, trust)
    ]
    own.sort(key=lambda concerned: _order([concerned], document))
    yield from ((finding, number) for number, finding in own)
    general = _general(document, Level.FAIL, Level.INDETERMINATE, Level.WARN)
    yield from ((f, 0) for f in general)
