"""The decoded samples of an image, read from the top only as far as they are wanted (8.9.5)."""

from __future__ import annotations

import zlib

from msgspec import Struct

from sigcheck.evidence.pdf import FilterError
from sigcheck.evidence.pdf.objects import Stream
from sigcheck.evidence.pdf.predictors import PredictorError, undo_predictor

_STEP = 32 * 1024
"""Bytes inflated at a time."""
_MAX_BYTES = 3 * 1024 * 1024
"""Decoded bytes of one image that are looked at; a seal at 300 dpi has 1.5 MB."""
_MAX_PREDICTED = 96 * 1024
"""As `_MAX_BYTES`, where each sample has to be computed from its neighbours."""
_MAX_OTHER = 256 * 1024
"""Encoded bytes under filters that cannot stop early."""


class Samples(Struct):
    """Grows a prefix of the image's data on demand; only Flate can stop early."""

    stream: Stream
    _data: bytes = b""
    _engine: zlib._Decompress | None = None
    _rest: bytes = b""
    _whole: bool = False

    def prefix(self, size: int) -> bytes:
        """Return at least `size` bytes of the data, or all there are.

        Raises FilterError for a filter that is unknown (DCT, JPX, CCITT) or broken.
        """
        if not self._data and not self._whole:
            self._start()
        while len(self._data) < size and not self._whole:
            self._grow(size)
        return self._data

    def _start(self) -> None:
        steps = self.stream.steps()
        plain = [s.name for s in steps] == ["FlateDecode"] and self.stream.decrypt is None
        if plain and steps[0].parms.get("Predictor", 1) in (1, None):
            self._engine = zlib.decompressobj()
            self._rest = self.stream.raw
        elif plain:
            self._predicted()
        elif self.stream.length > _MAX_OTHER:
            raise FilterError(f"{self.stream.length} bytes")
        else:
            self._data, self._whole = self.stream.decode(_MAX_BYTES), True

    def _predicted(self) -> None:
        """Undo a predictor over the part that is looked at, never over more."""
        steps = self.stream.steps()
        try:
            data = zlib.decompressobj().decompress(self.stream.raw, _MAX_PREDICTED)
            self._data = undo_predictor(data, steps[0].parms)
        except (zlib.error, PredictorError) as error:
            raise FilterError(str(error)) from error
        self.stream.budget.expanded(len(data))
        self._whole = True

    def _grow(self, size: int) -> None:
        engine = self._engine
        room = min(max(size - len(self._data), _STEP), _MAX_BYTES - len(self._data))
        if engine is None or room <= 0:
            self._whole = True
            return
        try:
            part = engine.decompress(self._rest, room)
        except zlib.error:
            self._whole = True
            return
        self._rest = engine.unconsumed_tail
        self.stream.budget.expanded(len(part))
        self._data += part
        self._whole = not part
