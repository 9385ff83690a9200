"""Colours of a JPEG, where Pillow happens to be installed (extra `sigcheck[report]`).

Decoding DCT is not ours to write, and no verdict rests on it: without Pillow the image has no
known colour, and the story of the document says so by calling the act less sure.
"""

from __future__ import annotations

import io
from collections import Counter

from sigcheck.evidence.appearance.colours import colour_name
from sigcheck.evidence.pdf.objects import Stream

_GRID = 40
_MAX_BYTES = 2 * 1024 * 1024
_MAX_PIXELS = 4_000_000


def jpeg_colours(image: Stream) -> Counter[str]:
    """Return how many samples have which colour; empty when nobody can decode the image."""
    if image.length > _MAX_BYTES or image.decrypt is not None:
        return Counter()
    try:
        from PIL import Image
    except ImportError:
        return Counter()
    try:
        with Image.open(io.BytesIO(image.raw), formats=("JPEG",)) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                return Counter()
            picture.draft("RGB", (_GRID, _GRID))
            small = picture.convert("RGB").resize((_GRID, _GRID))
            data = small.tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Counter()
    return Counter(name for i in range(0, len(data), 3) if (name := colour_name(*data[i : i + 3])))
