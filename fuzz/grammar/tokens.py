"""Other spellings of one token, or one too many: what readers may read apart (7.2 and 7.3)."""

from __future__ import annotations

import re

from fuzz.grammar.choices import Choices

_TOKEN = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|<<|>>|<[0-9A-Fa-f\s]*>|/[^\s()<>\[\]{}/%]*|[\[\]]|[^\s()<>\[\]{}/%]+",
    re.DOTALL,
)
_INTEGER, _REAL = re.compile(rb"[+-]?\d+$"), re.compile(rb"[+-]?(\d+\.\d*|\.\d+)$")
_MOST = 400
"""Tokens of one object that may be changed; more would only crowd out others."""


def mutated(written: bytes, choices: Choices) -> bytes:
    """Return an object with one token spelt otherwise, where the plan says so."""
    found = list(_TOKEN.finditer(written))[:_MOST]
    if not found:
        return written
    at = found[choices.random.randrange(len(found))]
    number = next(
        (m for m in _shuffled(found, choices) if _INTEGER.match(m[0]) or _REAL.match(m[0])), None
    )
    name = next((m for m in _shuffled(found, choices) if m[0][:1] == b"/" and len(m[0]) > 1), None)
    string = next(
        (
            m
            for m in _shuffled(found, choices)
            if m[0][:1] == b"(" or (m[0][:1] == b"<" and m[0] != b"<<")
        ),
        None,
    )
    for match, kind, spellings in (
        (number, "number", _numbers), (name, "name", _names), (string, "string", _strings), (at,
            "token", _tokens),
    ):  # fmt: skip
        if match is None:
            continue
        new = choices.odd(kind, match[0], *spellings(match[0]))
        if new != match[0]:
            return written[: match.start()] + new + written[match.end() :]
    key = choices.odd("key", b"", *_KEYS)
    if key and written.startswith(b"<<") and written.endswith(b">>"):
        return b"<<" + key + written[2:] if choices.chance(0.5) else written[:-2] + key + b">>"
    return written


def respelt(written: bytes, choices: Choices) -> bytes:
    """Return an object with one token, number before all, spelt as one of the odd ways."""
    found = list(_TOKEN.finditer(written))[:_MOST]
    numbers = [m for m in found if _INTEGER.match(m[0]) or _REAL.match(m[0])]
    names = [m for m in found if m[0][:1] == b"/" and len(m[0]) > 1]
    kinds = [(numbers, _numbers)] * 5 + [(names, _names)] * 2 + [(found, _tokens)]
    if choices.chance(0.15) and written.endswith(b">>"):
        return written[:-2] + choices.one(_KEYS) + b">>"
    matches, spellings = choices.one([pair for pair in kinds if pair[0]] or [(found, _tokens)])
    match = choices.one(matches)
    new = choices.one(spellings(match[0]))
    choices.note(f"respelt:{match[0][:20]!r}={new[:30]!r}")
    return written[: match.start()] + new + written[match.end() :]


def _shuffled(found: list[re.Match[bytes]], choices: Choices) -> list[re.Match[bytes]]:
    return choices.random.sample(found, len(found))


def _numbers(token: bytes) -> tuple[bytes, ...]:
    whole = token.split(b".")[0] or b"0"
    digits = whole.lstrip(b"+-")
    return (
        b"+" + token, b"-" + token, b"--" + token, b"0" + token, token + b".0", token + b"e0",
        token + b"e4", token + b"e-9",
        digits + b".", token + b"-1", token + b"+5", token + b".5", token + b"x",
        b"%d" % (int(digits or b"0") + 2**32),
        b"4294967296", b"2147483648", b"99999999999999999999", b"." + digits, token + b".0.0",
        token + b"-", b"+-" + token, b"-+" + token,
        b"1" + token, b"0", token + b"\0", token + b"#", b"(" + token + b")", b"<" + digits + b">",
        b"16#" + digits, b"0x" + digits,
        token + b"." + b"0" * 60, b"%d" % (int(digits or b"0") + 1),
        b"%d" % (2**64 + int(digits or b"0")), b"[" + token + b"]", b"null",
        b"4." + b"9" * 30, b"- " + token, token + b"E1", b"INF", b"nan", token + b".-5", b"-.",
        b"true",
    )  # fmt: skip


def _names(token: bytes) -> tuple[bytes, ...]:
    first = b"/#%02x" % token[1] + token[2:]
    return (
        first, b"/#%02X" % token[1] + token[2:], token + b"#00", token + b"#20", token + b"#",
        token + b"#2", token + b"#GG", token.lower(),
        token.upper(), token + b"\0", b"/ " + token[1:], b"//" + token[1:], token + b"x",
        token[:-1], b"(" + token[1:] + b")",
        b"/#" + token[1:], token + b"#0", token.replace(b"e", b"#65"), token + b"\xc2\xa0",
        b"/#00" + token[1:], token + b"A" * 128,
        token + b"#0a", b"/\x00" + token[1:], token + b"{", token + b"\x80",
    )  # fmt: skip


def _strings(token: bytes) -> tuple[bytes, ...]:
    inner = token[1:-1]
    return (
        b"(" + inner, inner + b")", b"(" + inner + b"\\)", b"<" + inner + b">", b"(" + inner + b"(",
            b"<" + inner + b"0>", b"(\\" + inner + b")",
        b"(" + inner + b")(x)", b"(x)" + token, b"<zz>", b"()", b"<>", b"(" + inner + b"\n)",
        b"(7 0 obj\n)", token + b">", b"<" + inner, b"(\\777)",
        (b"(endobj\n7 0 obj\n<</Length 36>>stream\n20 w 0 0 m 500 800 l S            "
        b"\nendstream\nendobj\n)"),
    )  # fmt: skip


def _tokens(token: bytes) -> tuple[bytes, ...]:
    return (
        b"", token + b" " + token, b"%c\n" + token, b"\n" + token, b" \t" + token, token + b"\0",
        b" null " + token, token + b" null ",
        b" 0 " + token, token + b" 1 ", token + b"%c\n", b"<<" + token, token + b">>", b"[" + token,
            token + b"]", b" 7 0 R " + token,
        token + b" 0 R ", b"{" + token, token + b"}", b" /A " + token, token + b" /A ",
        b"\r" + token, b" true " + token, b" R " + token,
        b" endobj " + token, b" stream\n" + token, token + b" obj ", b"\x0c" + token,
        b"\x0b" + token, b"\xa0" + token, b"\x00" + token,
    )  # fmt: skip


_KEYS = (
    b"/Contents 28 0 R", b"/Contents[28 0 R]", b"/MediaBox[0 0 300 300]", b"/CropBox[0 0 300 300]",
    b"/Rotate 90", b"/UserUnit 2", b"/Rotate 360",
    b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>", b"/Annots[]",
    b"/Annots null", b"/Type/X", b"/Kids[29 0 R]", b"/Count 5",
    b"/Pages 29 0 R", b"/F 2", b"/F 0", b"/F 6", b"/AS/Off", b"/AP<<>>", b"/AP<</N 28 0 R>>",
    b"/Rect[0 0 600 800]", b"/OC 15 0 R", b"/MK<</BG[0]>>",
    b"/MK<</BC[0]>>/BS<</W 300>>", b"/Border[0 0 300]", b"/BS<</W 300>>", b"/C[0]", b"/V(x)",
    b"/V 28 0 R", b"/DV(x)", b"/DA(/F1 40 Tf 1 0 0 rg)", b"/Q 2",
    b"/Ff 8192", b"/Ff 4096", b"/MaxLen 2", b"/FT/Btn", b"/NeedAppearances true", b"/XFA 28 0 R",
    b"/SigFlags 0", b"/OCProperties<</OCGs[15 0 R]/D<</OFF[15 0 R]>>>>",
    b"/OCProperties<</OCGs[15 0 R]/D<</BaseState/OFF>>>>", b"/StructTreeRoot 28 0 R",
    b"/Version/1.0", b"/Version/9.9", b"/Group<</S/Transparency/I true/K true>>",
    b"/BaseFont/Courier", b"/Encoding<</Differences[48/nine/one 57/one]>>",
    b"/FirstChar 32/LastChar 33/Widths[0 0]", b"/Length 0", b"/Filter/ASCIIHexDecode",
    b"/Matrix[2 0 0 2 0 0]", b"/BBox[0 0 1 1]", b"/StmF/Identity", b"/EncryptMetadata false",
    b"/Popup 19 0 R", b"/Dur 1", b"/Tabs/S", b"/Lang(vi)", b"/PZ 2",
    b"/TU(x)", b"/M(D:2026)", b"/Title(x)", b"/A<</S/JavaScript/JS(x)>>",
    b"/OpenAction[6 0 R/XYZ 0 0 4]", b"/PageMode/UseOC", b"/Trans<</S/R>>", b"/CO[16 0 R]",
    b"/SMask/None", b"/BM/Multiply", b"/ca 0", b"/Collection<<>>", b"/Parent 2 0 R", b"/T(so_tien)",
    b"/CA(x)", b"/BleedBox[0 0 9 9]", b"/TrimBox[0 0 9 9]",
    b"/ArtBox[0 0 9 9]", b"/Opt[(a)]", b"/I[0]", b"/TI 1", b"/RV(<p>x</p>)", b"/DS(font:40pt)",
    b"/StructParent 0", b"/Metadata 4 0 R", b"/PieceInfo<<>>",
)  # fmt: skip
