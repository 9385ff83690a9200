"""The folder of the user's store: whole or reported, one writer at a time, and where it is."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from pathlib import Path

import pytest

from sigcheck.config.store import Stated, UserStore, locked, store_folder, write_whole
from sigcheck.config.trust import TrustStore
from sigcheck.errors import TrustError
from sigcheck.model.evidence import Tier
from tests.trust.pki import Made, Spec, make

ROOT = make(Spec("Gốc của kho"))
CA = make(Spec("CA của kho"), ROOT)


def stated(made: Made, tier: Tier = Tier.PUBLIC, subject: str = "CN=Gốc") -> Stated:
    """Return what a user says of a root."""
    return Stated(made.ours.sha256, subject, tier, "by hand")


@pytest.fixture
def store(tmp_path: Path) -> UserStore:
    """Return a store with a root the user stated and a CA."""
    made = UserStore(tmp_path / "home")
    made.add([ROOT.der, CA.der], [stated(ROOT)])
    return made


def broken(store: UserStore) -> str:
    """Return the code of the complaint when the store is read."""
    with pytest.raises(TrustError) as caught:
        TrustStore.load(store=store)
    return caught.value.code


def test_what_is_put_in_is_there(store: UserStore) -> None:
    """The stated root is an anchor of its tier, the CA a certificate at hand and no more."""
    trust = TrustStore.load(store=store)

    assert {*trust.certificates} == {ROOT.ours.sha256, CA.ours.sha256}
    assert trust.anchors[ROOT.ours.sha256].tier is Tier.PUBLIC
    assert CA.ours.sha256 not in trust.anchors


def test_files_have_the_names_of_their_bytes(store: UserStore) -> None:
    """Anybody can check the store with sha256sum."""
    files = [*(store.folder / "certificates").iterdir()]

    assert {hashlib.sha256(f.read_bytes()).hexdigest() for f in files} == {f.stem for f in files}


def test_an_empty_or_absent_store_is_no_error(tmp_path: Path) -> None:
    """A user who never made one has our pins and nothing at hand."""
    trust = TrustStore.load(store=UserStore(tmp_path / "never"))

    assert trust.certificates == {}
    assert not (tmp_path / "never").exists()


def test_self_signed_files_are_no_anchors_for_lying_here(tmp_path: Path) -> None:
    """Unlike a folder of `--trust`, the store needs a statement, even when its list is lost."""
    made = UserStore(tmp_path)
    made.add([ROOT.der])
    assert ROOT.ours.sha256 not in TrustStore.load(store=made).anchors

    made.add([], [stated(ROOT)])
    made.anchors_file.unlink()
    assert ROOT.ours.sha256 not in TrustStore.load(store=made).anchors


def test_a_changed_certificate_is_reported(store: UserStore) -> None:
    """A file whose bytes are not those of its name is never used and never passed over."""
    store.path_of(ROOT.ours.sha256).write_bytes(make(Spec("Gốc của kho", key="khác")).der)

    assert broken(store) == "STORE-BROKEN"
    assert [problem.code for problem in store.damaged()] == ["STORE-BROKEN"]


def test_an_empty_certificate_is_reported(store: UserStore) -> None:
    """What a full disk leaves behind is not taken for an empty store."""
    store.path_of(CA.ours.sha256).write_bytes(b"")

    assert broken(store) == "STORE-BROKEN"


@pytest.mark.parametrize(
    "text", ["[[anchor]", "[[anchor]]\nsha256 = 'x'\n", "anchor = 3\n", "\x00", "\xff"]
)
def test_a_broken_list_is_reported_and_never_written_over(store: UserStore, text: str) -> None:
    """The user's statements are kept for repair, not replaced by an empty list."""
    store.anchors_file.write_bytes(text.encode("latin-1"))

    assert broken(store) == "TRUST-INVALID"
    with pytest.raises(TrustError):
        store.add([CA.der], [stated(CA)])
    with pytest.raises(TrustError):
        store.remove(CA.ours.sha256)
    assert store.anchors_file.read_bytes() == text.encode("latin-1")


def test_unfinished_writes_are_passed_over(store: UserStore) -> None:
    """What a killed process left beside the files is no certificate."""
    folder = store.folder / "certificates"
    (folder / f".{ROOT.ours.sha256}.der.77.1.part").write_bytes(b"half")
    (folder / "notes.txt").write_text("mine")

    assert len(TrustStore.load(store=store).certificates) == 2


def test_names_that_would_break_the_list_are_kept_as_text(store: UserStore) -> None:
    """A subject with quotes, line ends and control characters adds no entry of its own."""
    nasty = 'CN="\n[[anchor]]\nsha256 = "\\u0041\x00\x7f\ud800'
    store.add([], [stated(CA, Tier.TEST, nasty)])
    pins = {pin.sha256: pin for pin in store.pins()}

    assert {*pins} == {ROOT.ours.sha256, CA.ours.sha256}
    assert pins[CA.ours.sha256].subject == nasty.replace("\ud800", "?")


def test_removing_takes_the_statement_too(store: UserStore) -> None:
    """A root that was taken out is no anchor any longer, wherever a document brings it from."""
    assert store.remove(ROOT.ours.sha256)
    assert not store.remove(ROOT.ours.sha256)

    trust = TrustStore.load(store=store)
    assert ROOT.ours.sha256 not in trust.anchors
    assert {*trust.certificates} == {CA.ours.sha256}


def test_our_pins_hold_against_the_users_list(tmp_path: Path) -> None:
    """A pinned test root can't be promoted, a government root can't be demoted."""
    pinned = next(a for a in TrustStore.load().anchors.values() if a.tier is Tier.GOVERNMENT)
    made = UserStore(tmp_path)
    made.add([], [Stated(pinned.sha256, "", Tier.TEST, "by hand")])

    assert TrustStore.load(store=made).anchors[pinned.sha256].tier is Tier.GOVERNMENT


def _add(folder: Path, number: int) -> None:
    made = make(Spec(f"Gốc {number}"))
    UserStore(folder).add([made.der], [Stated(made.ours.sha256, f"CN={number}", Tier.TEST, "")])


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    """Six processes that add at once leave six certificates and six statements."""
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add, args=(tmp_path, number)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0] * 6
    assert len(UserStore(tmp_path).pins()) == 6
    assert len(TrustStore.load(store=UserStore(tmp_path)).certificates) == 6


def test_a_writer_that_died_leaves_no_lock(tmp_path: Path) -> None:
    """The system lets go of a dead process's lock."""

    def die() -> None:
        with locked(tmp_path):
            os._exit(9)

    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join()

    with locked(tmp_path):
        pass


def test_a_lock_that_is_held_too_long_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hanging neighbour costs a sentence, not a hang of ours."""
    monkeypatch.setattr("sigcheck.config.store.LOCK_SECONDS", 0.1)

    with locked(tmp_path), pytest.raises(TrustError) as caught, locked(tmp_path):
        pass

    assert caught.value.code == "STORE-LOCKED"


def test_a_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where writing breaks off, the old bytes stand and nothing is left beside them."""
    path = tmp_path / "x"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "fsync", _no_space)

    with pytest.raises(TrustError) as caught:
        write_whole(path, b"new")

    assert caught.value.code == "STORE-NOT-WRITABLE"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file where the folder should be is a sentence with the path."""
    (tmp_path / "home").write_text("in the way")

    with pytest.raises(TrustError) as caught:
        UserStore(tmp_path / "home").add([CA.der])

    assert caught.value.code == "STORE-NOT-WRITABLE"


PLACES = {
    "asked": ("linux", {"SIGCHECK_HOME": "/env"}, "/asked", "/asked"),
    "set": ("linux", {"SIGCHECK_HOME": "/env", "XDG_DATA_HOME": "/xdg"}, None, "/env"),
    "xdg": ("linux", {"XDG_DATA_HOME": "/xdg"}, None, "/xdg/sigcheck"),
    "xdg relative": ("linux", {"XDG_DATA_HOME": "xdg"}, None, "~/.local/share/sigcheck"),
    "linux": ("linux", {}, None, "~/.local/share/sigcheck"),
    "mac": ("darwin", {}, None, "~/Library/Application Support/sigcheck"),
    "windows": ("win32", {"LOCALAPPDATA": "/local"}, None, "/local/sigcheck"),
    "windows bare": ("win32", {}, None, "~/AppData/Local/sigcheck"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_place_is_the_platforms(name: str) -> None:
    """Asked for, set, or where this platform keeps a user's data."""
    platform, environment, asked, expected = PLACES[name]

    assert store_folder(environment, asked, platform) == Path(expected).expanduser()


def test_a_broken_entry_of_the_cache_costs_itself(store: UserStore) -> None:
    """It can be fetched again; what the user put in counts, and the entry is told."""
    issuers = store.cache / "issuers"
    issuers.mkdir(parents=True)
    (issuers / f"{'0' * 64}.der").write_bytes(b"half a certi")

    trust = TrustStore.load(store=store)

    assert {*trust.certificates} == {ROOT.ours.sha256, CA.ours.sha256}
    assert len(trust.damaged) == 1
    assert [problem.code for problem in store.damaged()] == ["STORE-BROKEN"]
