"""What a caller gets wrong is said at once, by name; what is right shows in the signatures."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sigcheck

WRONG: list[tuple[str, Callable[[], Any]]] = [
    ("a document as text", lambda: sigcheck.verify(io.StringIO("%PDF-"))),  # type: ignore[arg-type]
    ("no document", lambda: sigcheck.verify(None)),  # type: ignore[arg-type]
    ("a number", lambda: sigcheck.verify(7)),  # type: ignore[arg-type]
    ("a time as text", lambda: sigcheck.verify(b"%PDF-", at="2026-11-23")),  # type: ignore[arg-type]
    ("trust as a path", lambda: sigcheck.Verifier(trust="certs")),  # type: ignore[arg-type]
    ("a policy as a name", lambda: sigcheck.Verifier(policy="archive")),  # type: ignore[arg-type]
    ("a fetcher that is none", lambda: sigcheck.Verifier(fetch=True)),  # type: ignore[arg-type]
    ("limits as a table", lambda: sigcheck.Verifier(limits={"max_seconds": 1})),  # type: ignore[arg-type]
    ("one path for many", lambda: sigcheck.Verifier().verify_many("a.pdf")),
    ("one document for many", lambda: sigcheck.Verifier().verify_many(b"%PDF-")),  # type: ignore[arg-type]
    ("one folder for a list", lambda: sigcheck.TrustStore.load("certs")),
    ("a folder for a store", lambda: sigcheck.TrustStore.load(store=Path("home"))),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("wrong", "call"), WRONG, ids=[name for name, _ in WRONG])
def test_wrong_types_raise_at_once(wrong: str, call: Callable[[], Any]) -> None:
    """A mistake of the program is no report on the document, and no empty result."""
    with pytest.raises(TypeError):
        call()

    assert wrong


def test_a_file_opened_as_text_is_refused(tmp_path: Path) -> None:
    """Its bytes would be decoded, and the digest be another's."""
    path = tmp_path / "a.pdf"
    path.write_text("%PDF-")
    with path.open() as file, pytest.raises(TypeError, match="opened for reading bytes"):
        sigcheck.verify(file)  # type: ignore[arg-type]


def test_signatures_show_real_parameters() -> None:
    """`help(sigcheck)` names what can be passed."""
    hidden = []
    for name in sigcheck.__all__:
        found = getattr(sigcheck, name)
        if not callable(found) or name in {"Source", "Fetcher"}:
            continue
        kinds = {p.kind for p in inspect.signature(found).parameters.values()}
        enum = inspect.isclass(found) and hasattr(found, "__members__")
        if not enum and kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            hidden.append(name)

    assert hidden == []
    assert [*inspect.signature(sigcheck.verify).parameters][:2] == ["source", "trust"]


def test_every_public_name_is_there() -> None:
    """What a program annotates with comes from one place, the network client included."""
    wanted = (
        "DocumentReport SignatureReport Indication SubIndication Fetcher Source Limits UserStore "
        "HttpFetch FetchSettings TrustStore Policy Report Verifier"
    )

    assert [name for name in wanted.split() if name not in sigcheck.__all__] == []
    assert all(getattr(sigcheck, name) is not None for name in sigcheck.__all__)


def test_the_default_store_is_that_of_the_command_line(
    fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `sigcheck trust import` put in is there, in the folder SIGCHECK_HOME names."""
    monkeypatch.setenv("SIGCHECK_HOME", str(tmp_path))
    store = sigcheck.UserStore(tmp_path)
    der = next(iter(sigcheck.TrustStore.load([fixtures / "pki"]).certificates.values()))
    store.add([der])

    found = sigcheck.TrustStore.default()

    assert [*found.certificates.values()] == [der]
    assert found.cache == str(tmp_path / "cache")
