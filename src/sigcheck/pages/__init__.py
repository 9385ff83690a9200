"""Pages drawn by PDFium in a process of its own: pictures for a report, and what differs.

A hostile file may crash or stall that process. This costs the pictures, never the report; of a
comparison it costs the pass, for what was not drawn was not found alike.
"""

from sigcheck.pages.process import (
    ComparisonLimits,
    PictureLimits,
    compare,
    draw,
    is_installed,
    states,
)

__all__ = ["ComparisonLimits", "PictureLimits", "compare", "draw", "is_installed", "states"]
