"""The sizes that design.md promises: a module is as long as its concept, functions are small."""

from __future__ import annotations

from statistics import median

from tests.habits import sources

MODULE_MOST = 700
FUNCTION_MEDIAN, FUNCTION_MOST = 10, 50


def test_no_module_is_too_long() -> None:
    """No module has more than 700 lines."""
    too_long = {
        sources.dotted(p): n for p in sources.modules() if (n := sources.lines(p)) > MODULE_MOST
    }

    assert too_long == {}


def test_no_function_is_too_long() -> None:
    """No function has more than 50 lines."""
    too_long = {
        f"{sources.dotted(path)}.{function.name}": sources.length(function)
        for path in sources.modules()
        for function in sources.functions(path)
        if sources.length(function) > FUNCTION_MOST
    }

    assert too_long == {}


def test_functions_are_short_as_a_rule() -> None:
    """The median function has at most 10 lines."""
    lengths = [sources.length(f) for path in sources.modules() for f in sources.functions(path)]

    assert median(lengths) <= FUNCTION_MEDIAN
