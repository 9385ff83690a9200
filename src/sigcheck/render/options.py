"""What a reader may ask of a renderer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from sigcheck.model.pictures import Pictures


class RenderOptions(Struct, frozen=True):
    """How to say it; never what to say."""

    color: bool = False
    """Colour the verdicts with ANSI sequences (text only)."""
    verbose: bool = False
    """Add the details of every signature and every check (text only)."""
    full: bool = False
    """Show citizen identity numbers and long lists as they are."""
    width: int = 100
    """Columns of a text line."""
    pictures: Mapping[str, Pictures] = MappingProxyType({})
    """Pictures by the SHA-256 of the document (HTML only); `sigcheck.pages` draws them."""
