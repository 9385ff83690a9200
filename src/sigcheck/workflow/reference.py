"""How a document is referred to: its number, its date and who issued it, as its signatures show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sigcheck.model.evidence import Act, Evidence, SignerIdentity
from sigcheck.model.report import Reference
from sigcheck.workflow.acts import (
    CLERK,
    WorkflowContext,
    is_organization,
    is_person,
    widget,
    words,
)
from sigcheck.workflow.agencies import canonical, within
from sigcheck.workflow.consistency import date_parts


def refer(context: WorkflowContext) -> Reference:
    """Return number, date and agency, from broken signatures as well: they only name the file."""
    dates = (_date(context, evidence) for evidence in context.all_of(Act.DATE))
    return Reference(
        number=next(filter(None, _numbers(context)), ""),
        date=next(filter(None, dates), None),
        agency=_agency(context),
    )


def _numbers(context: WorkflowContext) -> Iterator[str]:
    for evidence in context.all_of(Act.NUMBER):
        shown = widget(evidence)
        symbol = re.search(context.text("number-symbol"), words(shown.after))
        drawn = re.sub(context.text("number-lead"), "", words(shown.text)).strip()
        yield drawn + (f"/{symbol[1]}" if symbol else "")
    for evidence in context.all_of(Act.ATTACHMENT):
        found = re.search(context.text("document-number"), words(widget(evidence).text))
        yield found[1] if found else ""


def _date(context: WorkflowContext, evidence: Evidence) -> date | None:
    year, month, day = date_parts(context, evidence) or (None, None, None)
    try:
        return date(int(year), int(month), int(day)) if year and month and day else None
    except ValueError:
        return None


def _agency(context: WorkflowContext) -> str:
    """Return the organisation that did the clerk's acts, else any that signed, else a person's."""
    signed = [report.evidence for report in context.reports]
    clerk = [e.signer for e in context.all_of(*CLERK) if is_organization(e)]
    others = [e.signer for e in signed if is_organization(e)]
    persons = [e.signer for e in signed if is_person(e)]
    if found := [*others[-1:], *clerk[-1:]]:
        return _full_name(found[-1])
    return next((p.organization for p in reversed(persons) if p.organization), "")


def _full_name(signer: SignerIdentity) -> str:
    """Return the name with that of the body above, which may hold it: tỉnh, tỉnh Long An."""
    name, above = signer.common_name, signer.organization
    if within(canonical(name), canonical(above)):
        return above
    return ", ".join(filter(None, (name, above)))
