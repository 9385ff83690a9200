"""One recipe per measured document; each is made once and kept in bench/work/."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.gen import body, pki, shape, sign

WORK = Path(__file__).resolve().parent.parent / "work"
PKI = WORK / "pki"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is asked of a document; the name follows from it."""

    size_mb: float = 0.3
    sigs: int = 5
    pages: int = 8
    objects: int = 0
    object_streams: bool = False
    tagged: bool = False
    timestamps: bool = False
    dss: bool = False
    extra_revisions: int = 0
    seed: int = 1

    @property
    def name(self) -> str:
        marks = {
            f"o{self.objects}": self.objects,
            "objstm": self.object_streams,
            "tagged": self.tagged,
            "ts": self.timestamps,
            "dss": self.dss,
            f"r{self.extra_revisions}": self.extra_revisions,
            f"seed{self.seed}": self.seed != 1,
        }
        return "-".join(
            [f"{self.size_mb:g}mb", f"n{self.sigs}", *(m for m, on in marks.items() if on)]
        )

    @property
    def revisions(self) -> int:
        return 1 + self.sigs + self.extra_revisions + self.dss


def make(recipe: Recipe, folder: Path = WORK / "documents") -> Path:
    """Return the document's path, making it first where it is missing or its PKI was made anew."""
    pki.make(PKI)
    path = folder / f"{recipe.name}.pdf"
    if path.exists() and path.stat().st_mtime > (PKI / "root.pem").stat().st_mtime:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    data = body.make(size_mb=recipe.size_mb, pages=recipe.pages, seed=recipe.seed)
    if recipe.objects or recipe.object_streams or recipe.tagged:
        data = shape.reshape(
            data,
            objects=recipe.objects,
            tagged=recipe.tagged,
            object_streams=recipe.object_streams,
        )
    data = _office().sign(data, count=recipe.sigs, timestamps=recipe.timestamps)
    if recipe.dss:
        data = _office().add_dss(data)
    path.write_bytes(_office().add_revisions(data, recipe.extra_revisions))
    return path


def make_folder(count: int) -> Path:
    """Return a folder of `count` mixed documents: most small, some large, half with time-stamps."""
    folder = WORK / f"folder-{count}"
    for number in range(count):
        make(_mixed(number), folder)
    return folder


def _mixed(number: int) -> Recipe:
    size = 3.0 if number % 10 == 9 else 1.0 if number % 10 in {4, 7} else 0.3
    structured = number % 5 == 2
    return Recipe(
        size_mb=size,
        pages=5 + number % 6,
        objects=1000 if structured else 0,
        object_streams=structured,
        tagged=structured,
        timestamps=bool(number % 2),
        dss=bool(number % 2),
        seed=number + 2,
    )


@cache
def _office() -> sign.Office:
    return sign.Office(PKI)
