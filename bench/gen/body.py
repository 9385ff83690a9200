"""The unsigned document: pages in an embedded Vietnamese font, pictures up to a given size."""

from __future__ import annotations

import io
import random
from functools import cache
from pathlib import Path

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

FONTS = Path("/usr/share/fonts/truetype/dejavu")
SENTENCE = (
    "căn cứ luật tổ chức chính quyền địa phương chủ tịch ủy ban nhân dân tỉnh chỉ thị các sở ban "
    "ngành ủy ban nhân dân cấp huyện tăng cường ký số gửi nhận văn bản điện tử kiểm tra chữ ký số "
    "trước khi tiếp nhận lưu trữ hồ sơ theo đúng quy định báo cáo kết quả định kỳ hằng quý"
)
WORDS = tuple(SENTENCE.split())
TEXT_BYTES = 130_000
"""What the pages, the font subsets and five appearances come to, found by making one."""


def make(*, size_mb: float, pages: int, seed: int) -> bytes:
    """Return a PDF of about the size asked for; the same bytes for the same arguments."""
    _register_fonts()
    chance, out = random.Random(seed), io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
    picture_bytes = max(0, int(size_mb * 1e6) - TEXT_BYTES) // pages
    for number in range(1, pages + 1):
        _page(sheet, chance, seed, number)
        if picture_bytes:
            sheet.drawImage(ImageReader(_noise(chance, picture_bytes)), 72, 120, 200, 180)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


@cache
def _register_fonts() -> None:
    for name, file in (("Body", "DejaVuSerif.ttf"), ("Head", "DejaVuSerif-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))


def _page(sheet: canvas.Canvas, chance: random.Random, seed: int, number: int) -> None:
    sheet.setFont("Head", 11)
    sheet.drawString(72, 800, "ỦY BAN NHÂN DÂN TỈNH MẪU")
    sheet.drawString(72, 784, f"Số: {seed}/CT-UBND, trang {number}")
    sheet.setFont("Body", 10)
    for line in range(33):
        words = " ".join(chance.choice(WORDS) for _ in range(14))
        sheet.drawString(72, 760 - 13 * line, words)


def _noise(chance: random.Random, size: int) -> io.BytesIO:
    """Return a JPEG of about `size` bytes: noise hardly compresses, so the size is predictable."""
    side = max(16, int((size / 1.15) ** 0.5))
    picture, out = Image.frombytes("L", (side, side), chance.randbytes(side * side)), io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    out.seek(0)
    return out
