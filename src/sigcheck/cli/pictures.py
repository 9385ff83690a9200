"""Pictures of the pages, for the formats that show them."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from sigcheck.model.pictures import Pictures
from sigcheck.model.report import DocumentReport, Report
from sigcheck.pages import draw
from sigcheck.render import RenderOptions

MOST = 10
"""Documents of one report that get pictures: a page of a hundred would open nowhere."""


def with_pictures(
    report: Report, options: RenderOptions, *, password: str | None = None
) -> RenderOptions:
    """Return the options with pictures of the first documents."""
    drawn = {d.sha256: _pictures(d, password) for d in report.documents[:MOST] if d.sha256}
    left = {d.sha256: Pictures(problem="many") for d in report.documents[MOST:]}
    return replace(options, pictures={**left, **drawn})


def _pictures(document: DocumentReport, password: str | None) -> Pictures:
    try:
        data = Path(document.path).read_bytes()
    except OSError:
        return Pictures(problem="other-file")
    return draw(data, document, password=password)
