"""Reading the same bytes with the native parts and without, and saying what came of it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sigcheck.evidence.pdf import Dict, Stream, indirect, lexer, predictors, xref

STREAMS = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def shape(value: object) -> object:
    """Spell a value with its types, and where its dictionaries and streams stand."""
    if isinstance(value, Dict):
        items = [(type(key), key, shape(inner)) for key, inner in value.items()]
        return Dict, items, value.start, value.end, value.duplicates
    if isinstance(value, Stream):
        return Stream, shape(value.dict), value.start, value.length, value.length_true
    if isinstance(value, tuple | list):
        return type(value), [shape(inner) for inner in value]
    if isinstance(value, dict):
        return dict, [(type(key), key, shape(inner)) for key, inner in value.items()]
    return type(value), repr(value)


@contextmanager
def python_alone() -> Iterator[None]:
    """Switch every native function off."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (indirect, lexer, predictors, xref):
            for name in vars(module):
                if name.startswith("_native_"):
                    patch.setattr(module, name, None)
        yield


def layers(data: bytes) -> Iterator[bytes]:
    """Yield a file and what its compressed streams hold."""
    yield data
    for found in STREAMS.finditer(data):
        try:
            yield zlib.decompressobj().decompress(found[1], 1 << 18)
        except zlib.error:
            continue
