"""Reports that are looked at: HTML with pictures, the same as PDF, and a workbook."""

from __future__ import annotations

from sigcheck.cli.arguments import Request
from sigcheck.model.report import Report
from sigcheck.render import RenderOptions, renderer
from sigcheck.render.words import Words


def made(report: Report, asked: Request, words: Words) -> str | bytes:
    """Return the report in one of these formats.

    Raises:
        MissingPartError: where a library or program for the format is not installed.
    """
    if asked.format == "xlsx":
        from sigcheck.render.spreadsheet import workbook

        return workbook(report, words, asked.options)
    page = renderer("html")(report, words, _options(report, asked))
    if asked.format == "html":
        return page
    from sigcheck.pages.paper import printed

    return printed(page)


def _options(report: Report, asked: Request) -> RenderOptions:
    if not asked.pictures:
        return asked.options
    from sigcheck.cli.pictures import with_pictures

    return with_pictures(report, asked.options, password=asked.password)
