"""The letter that returns a document to its sender, drafted from the report (decree 30, Đ21.2).

Only what the sender can mend is in it. Blanks are left for the office's own number and signer.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.config.data import load_data
from sigcheck.errors import MissingPartError, SigcheckError, UnreadableError
from sigcheck.model.finding import Finding, Status
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport
from sigcheck.render.cards import act_words, shown, signer_line, signing_time
from sigcheck.render.findings import document_reason
from sigcheck.render.layout import RenderOptions
from sigcheck.render.reasons import (
    actor,
    causes,
    explanations,
    lacks_roots,
    rewritten_where_received,
    why,
)
from sigcheck.render.words import Words

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SENDERS_FAULT = frozenset({"DOC-EMPTY", "DOC-DAMAGED"})
"""Why a file could not be read; any other code is a limit, a fault on our side, a password
not given here, or a file that is no PDF, which may be the wrong one picked here."""
_RULE = ("article", "mark")
_WIDTH = 78
_OPTIONS = RenderOptions()


class Letter(Struct, frozen=True):
    """The sentences of the letter in their order; the fixed words stand in `letter.vi.toml`."""

    subject: str
    addressee: str
    opening: tuple[str, ...]
    reasons: tuple[str, ...]
    """One for each signature that does not hold, then what concerns the whole file."""
    law: str
    requests: tuple[str, ...]


def letter(report: Report) -> Letter:
    """Draft the letter for the first document of a report.

    Raises:
        SigcheckError: LETTER-PASSED where there is nothing to return, LETTER-REWRITTEN
            where who received it saved it anew, LETTER-OURS where what is missing is missing
            here, and not in the file.
        UnreadableError: where the file could not be read for a reason on our side.
    """
    document, words = report.document, Words.load("vi", commands=False)
    if document.indication is DocumentIndication.TOTAL_PASSED:
        raise SigcheckError(code="LETTER-PASSED")
    if rewritten_where_received(document):
        raise SigcheckError(code="LETTER-REWRITTEN")
    if document.indication is DocumentIndication.UNREADABLE:
        _refuse_ours(document)
    failing = [*_failing(report)]
    general = _general(report, words)
    if not failing and not general:
        raise SigcheckError(code="LETTER-OURS")
    reasons = [_reason(signature, found, words) for signature, found in failing]
    blocks = {f.block.name.lower() for _, found in failing for f in found}
    blocks |= {"advisory"} if general else set()
    failed = document.indication is not DocumentIndication.INDETERMINATE
    return Letter(
        subject=_say(words, "subject", number=document.workflow.reference.number),
        addressee=_say(words, "addressee", agency=_reference(document, words)["agency"]),
        opening=_opening(report, words),
        reasons=(*reasons, *general),
        law=_say(words, "law_failed" if failed else "law_open", office=_fixed()["office"]),
        requests=tuple(_requests(document.indication, blocks)),
    )


def _fixed() -> Mapping[str, str]:
    table: Mapping[str, str] = load_data("words/letter.vi.toml")["letter"]
    return table


def _say(words: Words, key: str, **facts: object) -> str:
    return shown(words.fill(_fixed()[key], facts), _OPTIONS)


def _reference(document: DocumentReport, words: Words) -> dict[str, str]:
    """Return number, date and agency as they were read, blanks for what was not."""
    found, blank = document.workflow.reference, _fixed()["blank"]
    return {
        "number": found.number or blank,
        "date": words.time(found.date) if found.date else blank,
        "agency": found.agency or blank,
    }


def _opening(report: Report, words: Words) -> tuple[str, ...]:
    document = report.document
    opening = _say(
        words,
        "opening",
        office=_fixed()["office"],
        path=document.path.replace("\\", "/").rpartition("/")[2],
        sha256=document.sha256 or _fixed()["blank"],
        **_reference(document, words),
    )
    checked = _say(
        words,
        "checked",
        time=report.validation_time,
        version=report.tool_version,
        policy=report.policy_id,
        verdict=words.name("indication", document.indication),
    )
    return opening, checked


def _failing(report: Report) -> Iterator[tuple[SignatureReport, list[Finding]]]:
    """Yield the signatures that do not hold for something the sender can mend, with what it is."""
    document, trust = report.document, report.trust
    explained = any(_rewritten(report))
    for signature in document.signatures:
        if signature.indication is Indication.TOTAL_PASSED:
            continue
        broken = signature.indication is Indication.TOTAL_FAILED
        found = [f for f in causes(signature, document, trust) if broken or _senders(f)]
        if found or (broken and explained):
            yield signature, found


def _senders(finding: Finding) -> bool:
    crashed = finding.outcome.status is Status.CRASHED
    return actor(finding) == "clerk" and not crashed


def _rewritten(report: Report) -> tuple[str, ...]:
    """Return the sentence that explains every broken signature at once, if there is one."""
    words = Words.load("vi", commands=False)
    found = explanations(report.document, report.trust, words)
    return found[:-1] if lacks_roots(report.document, report.trust) else found


def _refuse_ours(document: DocumentReport) -> None:
    code = document.reason.code if document.reason else UnreadableError.code
    if code not in _SENDERS_FAULT:
        facts = dict(document.reason.facts) if document.reason else {}
        raise UnreadableError(facts.get("detail", ""), code=code)


def _general(report: Report, words: Words) -> tuple[str, ...]:
    """Return what concerns the whole file."""
    document = report.document
    if document.indication is DocumentIndication.UNREADABLE and document.reason:
        return (words.error(document.reason.code),)
    if document.indication is DocumentIndication.NO_SIGNATURE:
        return (document_reason(document, words),)
    texts = [p.text for p in why(document, report.trust, words) if not p.signatures]
    return tuple(shown(text, _OPTIONS) for text in (*_rewritten(report), *texts))


def _reason(signature: SignatureReport, found: list[Finding], words: Words) -> str:
    return _say(
        words,
        "signature",
        number=signature.evidence.index + 1,
        who=signer_line(signature, words),
        act=act_words(signature, words),
        time=signing_time(signature, words),
        verdict=words.name("verdict_short", signature.indication),
        reasons=" ".join(words.message(_without_article(finding)) for finding in found),
    )


def _without_article(finding: Finding) -> Finding:
    """Leave out the rule a policy names: a letter cites only what was read in the text itself."""
    facts = {name: v for name, v in finding.outcome.facts.items() if name not in _RULE}
    return replace(finding, outcome=replace(finding.outcome, facts=facts))


def _requests(indication: DocumentIndication, blocks: set[str]) -> Iterator[str]:
    rows: list[dict[str, Any]] = load_data("words/letter.vi.toml")["request"]
    by_indication = [row for row in rows if row.get("indication") == indication.value]
    for row in by_indication or [r for r in rows if blocks & {*r.get("blocks", ())}]:
        yield row["text"]


# --- as text --------------------------------------------------------------------------------------


def text(draft: Letter) -> str:
    """Return the letter as plain text."""
    fixed = _fixed()
    centred = [fixed["country"], fixed["motto"], "", fixed["place"]]
    lines = [line.center(_WIDTH).rstrip() for line in centred]
    lines += ["", fixed["above"], fixed["office"], fixed["number"], draft.subject]
    lines += ["", draft.addressee.center(_WIDTH).rstrip()]
    for paragraph in draft.opening:
        lines += ["", *textwrap.wrap(paragraph, _WIDTH)]
    lines += [*_numbered(draft.reasons), "", *textwrap.wrap(draft.law, _WIDTH)]
    lines += [*_numbered(draft.requests), "", fixed["closing"], ""]
    lines += [fixed["title"], fixed["sign_here"], fixed["name"]]
    lines += ["", fixed["recipients"], fixed["copy_to"], fixed["copy_kept"]]
    return "\n".join(lines) + "\n"


def _numbered(texts: tuple[str, ...]) -> Iterator[str]:
    for number, one in enumerate(texts, 1):
        yield from textwrap.wrap(f"{number}. {one}", _WIDTH, subsequent_indent="   ")


# --- as a Word document (extra `sigcheck[report]`) ------------------------------------------------


def docx(draft: Letter) -> bytes:
    """Return the letter as a Word document, laid out as decree 30/2020, Annex I, asks of letters.

    Raises:
        MissingPartError: where python-docx is not installed.
    """
    try:
        from docx import Document
        from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
        from docx.shared import Mm, Pt
    except ImportError as problem:
        raise MissingPartError("sigcheck[report]", code="EXTRA-MISSING") from problem
    page = Document()
    section = page.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(20)
    page.styles["Normal"].font.name, page.styles["Normal"].font.size = "Times New Roman", Pt(13)
    page.styles["Normal"].paragraph_format.space_after = Pt(6)
    page.core_properties.author = page.core_properties.comments = ""
    page.core_properties.title = draft.subject
    fixed = _fixed()
    left = [fixed["above"], fixed["office"], fixed["number"], draft.subject]
    right = [fixed["country"], fixed["motto"], fixed["place"]]
    _columns(page, left, right, ALIGN.CENTER)
    page.add_paragraph(draft.addressee).alignment = ALIGN.CENTER
    for line in (*draft.opening, *_listed(draft.reasons), draft.law, *_listed(draft.requests)):
        page.add_paragraph(line).alignment = ALIGN.JUSTIFY
    page.add_paragraph(fixed["closing"])
    left = [fixed["recipients"], fixed["copy_to"], fixed["copy_kept"]]
    _columns(page, left, [fixed["title"], fixed["sign_here"], fixed["name"]], ALIGN.LEFT)
    out = io.BytesIO()
    page.save(out)
    return out.getvalue()


def _columns(page: Any, left: list[str], right: list[str], align: Any) -> None:
    """Add two columns of lines without a frame, the right one centred."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    cells = page.add_table(rows=1, cols=2).rows[0].cells
    for cell, lines, alignment in ((cells[0], left, align), (cells[1], right, ALIGN.CENTER)):
        cell.text = lines[0]
        for line in lines[1:]:
            cell.add_paragraph(line)
        for paragraph in cell.paragraphs:
            paragraph.alignment = alignment


def _listed(texts: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{number}. {one}" for number, one in enumerate(texts, 1))
