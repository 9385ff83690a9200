"""The dominant colours of an image, from a grid of its samples (ISO 32000-2, 8.9.5, 11.6.5.3)."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sigcheck.evidence.appearance.content import colour
from sigcheck.evidence.pdf import FilterError
from sigcheck.evidence.pdf.filters import PredictorError, undo_predictor
from sigcheck.evidence.pdf.objects import Obj, PdfString, Stream
from sigcheck.evidence.pdf.view import View

_PALE = 200
"""A gray this light, or lighter, is paper."""
_GRAY_SPREAD = 40
"""Between the strongest and the weakest component: less is no colour."""
_LEAD = 30
"""By how much red or blue must exceed the others."""
_SHARE = 0.2
"""Of what was counted: a colour with less does not dominate."""


def colour_name(red: int, green: int, blue: int) -> str:
    """Name a colour with components from 0 to 255; empty for that of paper."""
    strongest, weakest = max(red, green, blue), min(red, green, blue)
    if strongest - weakest < _GRAY_SPREAD:
        return "" if strongest > _PALE else "black"
    if red - green > _LEAD and red - blue > _LEAD:
        return "red"
    if blue - red > _LEAD and blue >= green:
        return "blue"
    return "other"


def dominant(counts: Counter[str]) -> tuple[str, ...]:
    """Return the names that make up at least a fifth, most frequent first."""
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, count in ranked if count >= _SHARE * total)


# --- The decoded samples of an image, read from the top only as far as they are wanted

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


# --- Colours of a JPEG, where Pillow happens to be installed

_JPEG_GRID = 40
_MAX_JPEG = 2 * 1024 * 1024
_MAX_PIXELS = 4_000_000


def jpeg_colours(image: Stream) -> Counter[str]:
    """Return how many samples have which colour; empty when nobody can decode the image."""
    if image.length > _MAX_JPEG or image.decrypt is not None:
        return Counter()
    try:
        from PIL import Image
    except ImportError:
        return Counter()
    try:
        with Image.open(io.BytesIO(image.raw), formats=("JPEG",)) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                return Counter()
            picture.draft("RGB", (_JPEG_GRID, _JPEG_GRID))
            small = picture.convert("RGB").resize((_JPEG_GRID, _JPEG_GRID))
            data = small.tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Counter()
    return Counter(name for i in range(0, len(data), 3) if (name := colour_name(*data[i : i + 3])))


# --- The dominant colours of an image, from a grid of its samples

_GRID = 28
"""Rows and columns looked at."""
_ENOUGH = 48
"""Inked samples after which nobody expects the rest to differ."""
_MAX_SIDE = 20_000
_OPAQUE = 128
_COMPONENTS = {
    "DeviceGray": 1, "CalGray": 1, "G": 1, "DeviceRGB": 3, "CalRGB": 3, "RGB": 3, "Lab": 0,
    "DeviceCMYK": 4, "CMYK": 4,
}  # fmt: skip


class _Raster(Struct, frozen=True):
    samples: Samples
    width: int
    height: int
    components: int
    palette: bytes = b""
    """RGB triplets of an indexed colour space."""


def image_colours(view: View, image: Stream) -> Counter[str]:
    """Return how many samples have which colour; empty when the image cannot be read."""
    raster = _raster(view, image)
    if raster is None:
        return Counter()
    mask = _mask(view, image)
    key = _key(raster, mask)
    if key is None:
        return _counted(raster, mask, image)
    if key not in _seen:
        if len(_seen) >= _MAX_SEEN:
            _seen.clear()
        _seen[key] = _counted(raster, mask, image)
    return _seen[key].copy()


_seen: dict[object, Counter[str]] = {}
"""By data and description: an office puts the same seal on every page of every document."""
_MAX_SEEN = 256


def _key(raster: _Raster, mask: _Raster | None) -> object:
    """Return all that decides about the colours; None where the data cannot be compared so."""
    parts: list[object] = []
    for one in (raster, mask):
        if one is None:
            continue
        stream = one.samples.stream
        try:
            steps = repr(stream.steps())
        except FilterError:
            return None
        if stream.decrypt is not None:
            return None
        digest = hashlib.sha256(stream.raw).hexdigest()
        parts.append((digest, steps, one.width, one.height, one.components, one.palette))
    return tuple(parts)


def _counted(raster: _Raster, mask: _Raster | None, image: Stream) -> Counter[str]:
    counts: Counter[str] = Counter()
    try:
        for row in _ink(raster, mask):
            counts.update(row)
            if counts.total() >= _ENOUGH:
                break
    except FilterError:
        return jpeg_colours(image) if _is_jpeg(image) else Counter()
    return counts


def _is_jpeg(image: Stream) -> bool:
    try:
        return [step.name for step in image.steps()] in (["DCTDecode"], ["DCT"])
    except FilterError:
        return False


def _raster(view: View, image: Stream) -> _Raster | None:
    entries = image.dict
    width, height = view.get(entries.get("Width")), view.get(entries.get("Height"))
    if view.get(entries.get("BitsPerComponent")) != 8:
        return None
    if not isinstance(width, int) or not isinstance(height, int):
        return None
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        return None
    count, palette = _colour_space(view, view.get(entries.get("ColorSpace")))
    return _Raster(Samples(image), width, height, count, palette) if count else None


def _colour_space(view: View, space: Obj) -> tuple[int, bytes]:
    """Return the samples per pixel of a colour space, and its palette as RGB (8.6)."""
    match space:
        case [family, base, _, table] if view.get(family) in ("Indexed", "I"):
            count = _components(view, view.get(base))
            return (1, _palette(view.get(table), count)) if count else (0, b"")
        case _:
            return _components(view, space), b""


def _components(view: View, space: Obj) -> int:
    match space:
        case [family, profile, *_] if view.get(family) == "ICCBased":
            stream = view.get(profile)
            count = view.get(stream.dict.get("N")) if isinstance(stream, Stream) else 0
            return count if isinstance(count, int) and count in (1, 3, 4) else 0
        case [family, *_]:
            return _COMPONENTS.get(str(view.get(family)), 0)
        case _:
            return _COMPONENTS.get(str(space), 0)


def _palette(table: Obj, base: int) -> bytes:
    if isinstance(table, Stream):
        try:
            table = PdfString(table.decode(1024))
        except FilterError:
            return b""
    data = bytes(table) if isinstance(table, PdfString) else b""
    triplets = bytearray()
    for at in range(0, len(data) - base + 1, base):
        triplets += bytes(_rgb(data[at : at + base]))
    return bytes(triplets)


def _rgb(sample: bytes) -> tuple[int, int, int]:
    if len(sample) == 3:
        return sample[0], sample[1], sample[2]
    red, green, blue = colour([s / 255 for s in sample]) or (1.0, 1.0, 1.0)
    return int(red * 255), int(green * 255), int(blue * 255)


def _mask(view: View, image: Stream) -> _Raster | None:
    mask = view.get(image.dict.get("SMask"))
    return _raster(view, mask) if isinstance(mask, Stream) else None


def _ink(raster: _Raster, mask: _Raster | None) -> Iterator[list[str]]:
    """Yield the colours of a grid's opaque samples, row by row, without those of paper."""
    step = max(1, raster.width // _GRID)
    columns = range(0, raster.width, step)
    for y in range(0, raster.height, max(1, raster.height // _GRID)):
        places: Iterable[int] = columns
        if mask is not None:
            opaque = _opacity(mask, y / raster.height, raster, step)
            places = [x for x, alpha in zip(columns, opaque, strict=False) if alpha >= _OPAQUE]
            if not places:
                continue
        row = _row(raster, y)
        if not row:
            return
        yield [name for x in places if (name := _sample(raster, row, x))]


def _row(raster: _Raster, y: int) -> bytes:
    length = raster.width * raster.components
    data = raster.samples.prefix((y + 1) * length)
    return data[y * length : (y + 1) * length]


def _opacity(mask: _Raster, share: float, raster: _Raster, step: int) -> bytes:
    row = _row(mask, min(int(share * mask.height), mask.height - 1))
    if mask.width == raster.width:
        return row[::step]
    columns = (x * mask.width // raster.width for x in range(0, raster.width, step))
    return bytes(row[c] if c < len(row) else 0 for c in columns)


def _sample(raster: _Raster, row: bytes, x: int) -> str:
    at = x * raster.components
    if raster.palette:
        at = row[at] * 3 if at < len(row) else len(raster.palette)
        sample = raster.palette[at : at + 3]
        return colour_name(*sample) if len(sample) == 3 else ""
    sample = row[at : at + raster.components]
    return colour_name(*_rgb(sample)) if len(sample) == raster.components else ""
