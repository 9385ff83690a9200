"""Missing material accuses nobody (design, rule 9), tried with what each vector comes with."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sigcheck
from fixtures.make.vector import trust_folders
from sigcheck.model.indication import Indication
from tests.fixtures import vectors

_PINS = "anchors.toml"


@vectors.SOME
def test_more_material_never_clears_what_less_condemned(case: Path, tmp_path: Path) -> None:
    """A signature that is TOTAL-FAILED without a part of the material is TOTAL-FAILED with all.

    Certificates, lists and responses are left out, all or a half drawn by the vector's name; the
    lists of pinned anchors stay.
    """
    folders = trust_folders(case, vectors.expected(case)["options"])
    known = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    material = [path for path in known if path.name != _PINS]
    part = random.Random(case.name).sample(material, len(material) // 2)

    none = _indications(case, _without(folders, tmp_path / "none", material))
    some = _indications(case, _without(folders, tmp_path / "some", part))
    every = _indications(case, folders)

    condemned = {field for field, found in none.items() if found is Indication.TOTAL_FAILED}
    assert condemned <= {f for f, found in some.items() if found is Indication.TOTAL_FAILED}
    condemned |= {field for field, found in some.items() if found is Indication.TOTAL_FAILED}
    assert condemned <= {f for f, found in every.items() if found is Indication.TOTAL_FAILED}


def _without(folders: Sequence[Path], target: Path, missing: Sequence[Path]) -> list[Path]:
    """Return copies of the folders without some of their files; an anchors.toml keeps its place."""
    copies = [target / str(number) for number, _ in enumerate(folders)]
    for folder, copy in zip(folders, copies, strict=True):
        shutil.copytree(folder, copy)
        for path in missing:
            if path.is_relative_to(folder):
                (copy / path.relative_to(folder)).unlink()
    return copies


def _indications(case: Path, folders: Sequence[Path]) -> dict[tuple[str, int], Indication]:
    options = vectors.expected(case)["options"]
    judge = sigcheck.Verifier(sigcheck.TrustStore.load(folders))
    report = judge.verify(
        next(case.glob("document.*")),
        at=datetime.fromisoformat(options["at"]),
        password=options.get("password"),
    )
    return {
        (s.evidence.field, number): s.indication
        for number, s in enumerate(report.document.signatures)
    }
