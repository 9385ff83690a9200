"""Citizen identity numbers: masked in what a package says, withheld where bytes can't be masked."""

from __future__ import annotations

import re

from sigcheck.archive.encode import Tree
from sigcheck.render.sanitize import mask

_NUMBER = rb"(?:CCCD|CMND|CMT)[ ]?[:=][ ]?[0-9A-Z]{5}"
_WIDE = rb"\x00" + rb"\x00".join(
    part for part in (rb"(?:C\x00C\x00C\x00D|C\x00M\x00N\x00D|C\x00M\x00T)", rb"[:=]", rb"[0-9A-Z]")
)
_IN_BYTES = re.compile(_NUMBER + rb"|" + _WIDE, re.IGNORECASE)
"""As in `render.sanitize`, in a UTF8String or a BMPString of a certificate."""


def masked(tree: Tree) -> Tree:
    """Return plain JSON values with every identity number as `CCCD:…1234`."""
    if isinstance(tree, str):
        return mask(tree)
    if isinstance(tree, list):
        return [masked(member) for member in tree]
    if isinstance(tree, dict):
        return {mask(key): masked(member) for key, member in tree.items()}
    return tree


def tells_identity(data: bytes) -> bool:
    """Say whether DER holds a citizen identity number: a signed object can't be masked."""
    return _IN_BYTES.search(data) is not None
