"""What an appearance stream paints: areas that hide, or marks that leave words readable."""

from __future__ import annotations

import re

from sigcheck.evidence.pdf import Dict, FilterError, Stream, View

_FILLS = re.compile(rb"(?<![^\s\]>)])(?:f\*?|F|B\*?|b\*?|sh|Do|BI)(?![^\s\[<(/])")
_SHOWS = re.compile(rb"(?<![^\s\]>)])(?:Tj|TJ|'|\")(?![^\s\[<(/])")
_MAX_APPEARANCE = 1024 * 1024
_MAX_STATES = 16
_DARKENING = ("Multiply", "Darken", "ColorBurn")


def fills_areas(view: View, appearance: Stream | Dict) -> bool:
    """Say whether an appearance fills paths, or paints images or forms (8.5.3, 8.9)."""
    found = [_decoded(stream) for stream in _streams(view, appearance)]
    return any(data is None or _FILLS.search(data) for data in found)


def paints_areas(view: View, appearance: Stream | Dict) -> bool:
    """Say whether an appearance fills areas or shows text; one without streams counts, too."""
    found = [_decoded(stream) for stream in _streams(view, appearance)]
    return not found or any(
        data is None or _FILLS.search(data) or _SHOWS.search(data) for data in found
    )


def multiplies(view: View, appearance: Stream | Dict) -> bool:
    """Say whether an appearance mixes with what lies below, which stays readable (11.3.5)."""
    for stream in _streams(view, appearance):
        resources = view.dict(stream.dict.get("Resources"))
        states = view.dict(resources.get("ExtGState"))
        modes = [view.dict(state).get("BM") for state in list(states.values())[:_MAX_STATES]]
        if not any(mode in _DARKENING for mode in modes):
            return False
    return True


def _streams(view: View, appearance: Stream | Dict) -> list[Stream]:
    if isinstance(appearance, Stream):
        return [appearance]
    found = [view.get(value) for value in list(appearance.values())[:_MAX_STATES]]
    return [value for value in found if isinstance(value, Stream)]


def _decoded(stream: Stream) -> bytes | None:
    try:
        return stream.decode(_MAX_APPEARANCE)
    except FilterError:
        return None
