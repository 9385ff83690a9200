"""Object streams and other streams that hold structure, by the letter (ISO 32000-2, 7.4, 7.5.7)."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode
from binascii import unhexlify
from collections.abc import Callable
from itertools import pairwise

from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.filters import PredictorError, undo_predictor
from sigcheck.evidence.pdf.lexer import is_white_space
from sigcheck.evidence.pdf.objects import Dict, Name, Obj, Ref, Stream
from sigcheck.evidence.pdf.strict.tokens import Note, StrictLexer, StrictSyntaxError
from sigcheck.model.policy import Limits

FILTERS = frozenset(
    {
        "ASCII85Decode", "ASCIIHexDecode", "CCITTFaxDecode", "DCTDecode", "FlateDecode",
        "JBIG2Decode", "JPXDecode", "LZWDecode", "RunLengthDecode",
    }
)  # fmt: skip
"""ISO 32000-2, table 6, without Crypt: programs differ in which of them decrypt such a stream.

The abbreviations of inline images (table 92) are for those alone."""
_ABBREVIATIONS = ("DP", "FDecodeParms", "FFilter", "F")
"""Keys of a stream that some programs take for its filter, or that lead outside the file."""
_PNG = range(10, 16)
_LAST_PNG_ROW = 4
_PARMS = {"Predictor", "Columns", "Colors", "BitsPerComponent"}
_CHUNK = 1 << 16
_MAX_COLUMNS = 64
"""Bytes of a row of a cross-reference stream with a predictor: three fields of eight at most."""
_HEADER = re.compile(rb"[\x00\t\n\f\r ]*+(?:\d{1,10}+(?:[\x00\t\n\f\r ]++|\Z))*+\Z")


def check_filters(dictionary: Dict, note: Note, at: int) -> None:
    """Note a /Filter or /DecodeParms that is not spelled as 7.3.8.2 and 7.4.1 have it."""
    for key in _ABBREVIATIONS:
        if key in dictionary:
            note("stream-key-foreign", at, key)
    only = dictionary.get("Filter")
    names = only if isinstance(only, list) else [] if only is None else [only]
    for filter_name in names:
        if not isinstance(filter_name, Name) or filter_name not in FILTERS:
            note("filter-unknown", at, str(filter_name)[:32])
    parms = dictionary.get("DecodeParms")
    given = parms if isinstance(parms, list) else [] if parms is None else [parms]
    if len(given) > len(names) or not all(
        isinstance(item, (Dict, Ref)) or item is None for item in given
    ):
        note("filter-parameters", at, "")


def decode(dictionary: Dict, raw: bytes, budget: Budget) -> bytes:
    """Decode a stream of structure: no filter, or Flate with no predictor or a PNG one.

    Raises StrictSyntaxError (offset 0) for anything else and for whatever a lenient decoder would
    forgive; LimitExceededError for a bomb.
    """
    only = dictionary.get("Filter")
    parms = dictionary.get("DecodeParms")
    if isinstance(only, list) and len(only) <= 1:
        only = only[0] if only else None
        if isinstance(parms, list) and len(parms) == 1:
            parms = parms[0]
    if only is None:
        return raw
    if only != "FlateDecode":
        raise StrictSyntaxError("container-filter", 0, str(only)[:32])
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(raw, budget.expansion_left + 1)
    except zlib.error as error:
        raise StrictSyntaxError("container-data", 0, str(error)) from error
    budget.expanded(len(data))
    if not engine.eof:
        raise StrictSyntaxError("container-data", 0, "ends too early")
    if engine.unused_data:
        raise StrictSyntaxError("container-data", 0, f"{len(engine.unused_data)} bytes too many")
    return _unpredicted(data, parms)


def decode_content(dictionary: Dict, raw: bytes, budget: Budget) -> bytes:
    """Decode a content stream: as `decode`, in ASCII85 or hexadecimal or not (7.4.2, 7.4.3).

    Raises as `decode`.
    """
    only, parms = dictionary.get("Filter"), dictionary.get("DecodeParms")
    names = only if isinstance(only, list) else [only]
    given = parms if isinstance(parms, list) else [parms]
    first = names[0] if names else None
    if not isinstance(first, Name) or first not in _IN_LETTERS:
        return decode(dictionary, raw, budget)
    if len(names) > _MOST_FILTERS or given[:1] not in ([], [None]):
        raise StrictSyntaxError("container-filter", 0, f"{len(names)} filters")
    data = _IN_LETTERS[first](raw)
    budget.expanded(len(data))
    rest = {"Filter": names[1:], "DecodeParms": given[1:] or None}
    return decode_content(Dict({**dictionary, **rest}), data, budget)


_MOST_FILTERS = 3


def _ascii85(raw: bytes) -> bytes:
    if not raw.rstrip(_BLANK).endswith(b"~>"):
        raise StrictSyntaxError("container-data", 0, "no end of ASCII85")
    text = raw.translate(None, _BLANK)
    if len(text[:-2].replace(b"z", b"")) % 5 == 1:
        raise StrictSyntaxError("container-data", 0, "a digit too few or too many")
    try:
        return a85decode(text[:-2], ignorechars=b"")
    except ValueError as error:
        raise StrictSyntaxError("container-data", 0, str(error)) from error


def _hexadecimal(raw: bytes) -> bytes:
    text = raw.translate(None, _BLANK)
    if not text.endswith(b">"):
        raise StrictSyntaxError("container-data", 0, "no end of hexadecimal")
    try:
        return unhexlify(text[:-1])
    except ValueError as error:
        raise StrictSyntaxError("container-data", 0, str(error)) from error


_BLANK = b"\x00\t\n\f\r "
_IN_LETTERS: dict[str, Callable[[bytes], bytes]] = {
    "ASCII85Decode": _ascii85,
    "ASCIIHexDecode": _hexadecimal,
}


def decode_exactly(stream: Stream, limit: int) -> bytes:
    """Decode a stream that must mean the same to everybody, to at most `limit` bytes.

    Raises as `decode`.
    """
    data = stream.raw if stream.decrypt is None else stream.decrypt(stream.raw)
    return decode(stream.dict, bytes(data), Budget(Limits(max_stream_expansion=limit)))


def _unpredicted(data: bytes, parms: Obj) -> bytes:
    if parms is None:
        return data
    if not isinstance(parms, Dict) or not parms.keys() <= _PARMS:
        raise StrictSyntaxError("container-parameters", 0)
    values = {"Predictor": 1, "Columns": 1, "Colors": 1, "BitsPerComponent": 8, **parms}
    if any(type(value) is not int for value in values.values()):
        raise StrictSyntaxError("container-parameters", 0)
    if values["Predictor"] == 1:
        return data
    columns = parms.get("Columns", 1)
    plain = values["Colors"] == 1 and values["BitsPerComponent"] == 8
    if values["Predictor"] not in _PNG or not plain or not isinstance(columns, int):
        raise StrictSyntaxError("container-parameters", 0)
    if not 1 <= columns <= _MAX_COLUMNS:
        raise StrictSyntaxError("container-parameters", 0, f"{columns} columns")
    stride = columns + 1
    if len(data) % stride or max(data[::stride], default=0) > _LAST_PNG_ROW:
        raise StrictSyntaxError("container-data", 0, "rows of the predictor")
    try:
        return undo_predictor(data, parms)
    except PredictorError as error:
        raise StrictSyntaxError("container-parameters", 0, str(error)) from error


def inflated_size(dictionary: Dict, data: bytes, most: int) -> int | None:
    """Return to how many bytes a stream that is deflated first of all expands.

    None where the data break off, break their rules, go on behind their end, or expand to more
    than `most` bytes; 0 for other streams. Images are not looked at: they are large, and a part of
    one shows as a part of one everywhere.
    """
    only = dictionary.get("Filter")
    first = only[0] if isinstance(only, list) and only else only
    if first != "FlateDecode" or dictionary.get("Subtype") == "Image":
        return 0
    engine = zlib.decompressobj()
    size, rest = 0, data
    try:
        while rest and not engine.eof and size <= most:
            size += len(engine.decompress(rest, _CHUNK))
            rest = engine.unconsumed_tail
    except zlib.error:
        return None
    ends = engine.eof and not engine.unused_data.strip(b"\r\n")
    return size if ends and size <= most else None


def packed_objects(dictionary: Dict, data: bytes, note: Note, at: int) -> dict[int, Obj]:
    """Return the objects of a decoded object stream by number, in the order of its header.

    Raises StrictSyntaxError, its offset one of the decoded data; notes carry `at`, the stream's.
    """
    count, first = dictionary.get("N"), dictionary.get("First")
    if type(count) is not int or type(first) is not int or not 0 <= first <= len(data):
        raise StrictSyntaxError("object-stream-header", 0, "/N or /First")
    if "Extends" in dictionary:
        note("object-stream-extends", at, "")
    header = data[:first]
    if not _HEADER.match(header):
        raise StrictSyntaxError("object-stream-header", 0, "not integers and white space")
    if header.translate(None, b"0123456789 \n\r\t"):
        note("object-stream-white-space", at, "")
    table = [int(digits) for digits in header.replace(b"\0", b" ").split()]
    if count < 0 or len(table) != 2 * count:
        raise StrictSyntaxError("object-stream-header", 0, f"{len(table)} integers for {count}")
    numbers, offsets = table[::2], table[1::2]
    if len(set(numbers)) != count:
        raise StrictSyntaxError("object-stream-number-twice", 0)
    if any(a >= b for a, b in pairwise(offsets)):
        raise StrictSyntaxError("object-stream-offsets", 0, "not ascending")
    return _between(data, first, numbers, offsets, note, at)


def _between(
    data: bytes, first: int, numbers: list[int], offsets: list[int], note: Note, at: int
) -> dict[int, Obj]:
    """Read each object from its offset exactly to the next one's."""
    found: dict[int, Obj] = {}
    if offsets and not is_white_space(data, first, first + offsets[0]):
        raise StrictSyntaxError("object-stream-gap", first)
    ends = [first + offset for offset in offsets[1:]] + [len(data)]
    for number, offset, end in zip(numbers, offsets, ends, strict=True):
        lexer = StrictLexer(data, lambda code, _, detail: note(code, at, detail), end)
        value, stop = lexer.value(first + offset)
        if lexer.skip(stop) != end:
            raise StrictSyntaxError("object-stream-gap", stop, str(number))
        if isinstance(value, Ref):
            note("object-stream-reference", at, str(number))
        found[number] = value
    return found
