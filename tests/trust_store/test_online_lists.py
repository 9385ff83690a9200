"""CRLs from distribution points: what is fetched, believed, kept and asked for again."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sigcheck.evidence.trust.cache import StatusCache, cache_of
from sigcheck.evidence.trust.crl import Crl, parse_crl
from sigcheck.evidence.trust.ocsp import parse_ocsp
from tests.budget import BUDGET
from tests.fetch.server import Handler, Server, body, redirect
from tests.trust import pki
from tests.trust.pki import HELD, Listed, make, pem, store
from tests.trust_store.online import CA, NOW, ROOT, Learner, points, signer


def listed(server: Server, data: bytes) -> Learner:
    """Serve a list; return who asks for it."""
    server.answers["/ca.crl"] = body(data)
    return Learner(signer(points(f"{server.url}/ca.crl")))


@pytest.mark.parametrize("spell", [lambda data: data, pem], ids=["DER", "PEM"])
@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([], "good"),
        ([Listed(4711)], "revoked"),
        ([Listed(4711, extra=[HELD])], "on-hold"),
        ([Listed(9)], "good"),
    ],
)
def test_a_list_is_fetched_and_read(
    server: Server, spell: object, entries: list[Listed], status: str
) -> None:
    """DER and PEM say the same."""
    assert callable(spell)
    learner = listed(server, spell(pki.crl(CA, entries)))

    assert learner.asks()
    assert learner.told == [(status, "crl:online")]


WORTHLESS = {
    "signed by another key": pki.crl(CA, signer="kẻ lạ"),
    "of the root": pki.crl(ROOT),
    "from tomorrow": pki.crl(CA, at=NOW + timedelta(days=1)),
    "an error page": b"<html>404</html>",
    "cut off": pki.crl(CA)[:-10],
    "nothing": b"",
    "too large": b"\x30" * 100_001,
}


@pytest.mark.parametrize("name", WORTHLESS)
def test_a_worthless_list_is_not_kept(server: Server, name: str) -> None:
    """The status stays unknown."""
    learner = listed(server, WORTHLESS[name])

    assert not learner.asks()
    assert learner.answers == ()


def test_another_distribution_point_is_tried(server: Server) -> None:
    """One dead address doesn't hide the next."""
    urls = [f"{server.url}/{name}" for name in ("gone", "away", "ca.crl")]
    server.answers |= {"/ca.crl": body(pki.crl(CA)), "/away": redirect("file:///ca.crl")}
    learner = Learner(signer(points("ldap://ca.example/cn=x", *urls[1:])))

    assert learner.asks()
    assert learner.told == [("good", "crl:online")]


def test_a_list_behind_broken_https_is_fetched_plainly(server: Server) -> None:
    """NEAC's addresses are https with a broken chain: the list's own signature is what counts."""
    plain = server.url.removeprefix("http://")
    server.answers["/ca.crl"] = body(pki.crl(CA))
    learner = Learner(signer(points(f"https://{plain}/ca.crl")))

    assert learner.asks()
    assert learner.told == [("good", "crl:online")]


def test_an_address_is_asked_once_in_a_while(server: Server) -> None:
    """A batch of documents by one CA doesn't hammer its server, whatever it answers."""
    learner = listed(server, pki.crl(CA, at=NOW - timedelta(days=400)))
    for _ in range(5):
        learner.session = learner.network.session()
        learner.asks()

    assert server.asked == ["GET /ca.crl"]


def test_one_document_may_not_ask_for_ever(server: Server) -> None:
    """Forty addresses are enough for any honest document."""
    learner = listed(server, b"")
    for number in range(60):
        learner.end = signer(points(f"{server.url}/{number}"), serial=number + 1)
        learner.asks()

    assert len(server.asked) == 40


def _crl(age: int, *entries: Listed) -> Crl:
    parsed = parse_crl(pki.crl(CA, entries, at=NOW - timedelta(days=age)), "online")
    assert parsed is not None
    return parsed


def test_a_list_survives_in_the_folder(tmp_path: Path) -> None:
    """Another process finds it, and where it says it came from."""
    StatusCache(tmp_path).keep_crl(CA.ours, "http://ca.example/ca.crl", _crl(1))
    (found,) = StatusCache(tmp_path).sources([signer().ours, CA.ours]).crls

    assert found.origin == "cache"
    assert found.this_update == NOW - timedelta(days=1)


def test_an_older_list_never_replaces_a_newer_one(tmp_path: Path) -> None:
    """A server that plays back last year's list before the revocation changes nothing."""
    cache, url = StatusCache(tmp_path), "http://ca.example/ca.crl"
    new, old = _crl(1, Listed(4711)), _crl(300)

    assert cache.keep_crl(CA.ours, url, new)
    assert not cache.keep_crl(CA.ours, url, old)
    assert not StatusCache(tmp_path).keep_crl(CA.ours, url, old)
    assert [c.sha256 for c in cache.sources([signer().ours, CA.ours]).crls] == [new.sha256]


def test_what_was_said_before_an_expiry_is_kept(tmp_path: Path) -> None:
    """A list from after the expiry stands beside the last ones from before, of each month one."""
    cache, url = StatusCache(tmp_path), "http://ca.example/ca.crl"
    ages = [400, 300, 200, 100, 99, 1]
    for age in ages:
        cache.keep_crl(CA.ours, url, _crl(age))
    expired = replace(signer().ours, not_after=NOW - timedelta(days=150))
    found = StatusCache(tmp_path).sources([expired, CA.ours]).crls

    assert {(NOW - crl.this_update).days for crl in found} == {1, 200, 300}


def test_responses_from_before_and_after_an_expiry_are_both_kept(tmp_path: Path) -> None:
    """A late answer that may know nothing any more doesn't replace the one that knew."""
    end = signer()
    expired = replace(end.ours, not_after=NOW - timedelta(days=150))
    cache = StatusCache(tmp_path)
    for age in (1, 200, 300):
        made = pki.ocsp_response(end, CA, CA)
        parsed = parse_ocsp(made, "online")
        assert parsed is not None
        dated = replace(parsed, produced_at=NOW - timedelta(days=age), sha256=str(age))
        cache.keep_ocsp(expired, CA.ours, dated)

    assert {o.sha256 for o in cache.sources([expired, CA.ours]).ocsps} == {"1", "200"}


def test_a_list_is_found_for_its_own_ca_only(tmp_path: Path) -> None:
    """The cache is keyed by the CA's key, not by its name."""
    cache = StatusCache(tmp_path)
    cache.keep_crl(CA.ours, "http://ca.example/ca.crl", _crl(1))
    twin = make(pki.Spec("CA trực tuyến", key="khóa khác"), ROOT)

    assert cache.sources([signer().ours, twin.ours]).crls == ()
    assert cache.sources([CA.ours, ROOT.ours]).crls == ()


def test_a_cached_list_somebody_changed_says_nothing(tmp_path: Path) -> None:
    """The signature is verified each time: the cache is not trusted for being ours."""
    cache = StatusCache(tmp_path / "cache")
    revoked = pki.crl(CA, [Listed(4711)])
    parsed = parse_crl(revoked, "online")
    assert parsed is not None
    cache.keep_crl(CA.ours, "u", parsed)
    (file,) = tmp_path.rglob("*.crl")
    file.write_bytes(pki.crl(CA, signer="kẻ lạ"))
    learner = Learner(signer())
    learner.network.cache = StatusCache(tmp_path / "cache")

    assert [(a.status.value, a.problem) for a in learner.answers] == [("good", "signature")]


@pytest.mark.parametrize("noise", [b"", b"\x00" * 100, b"\x30\x80" * 500])
def test_a_broken_file_in_the_cache_is_as_if_it_were_not_there(
    tmp_path: Path, noise: bytes
) -> None:
    """It is replaced by the next list that comes."""
    cache = StatusCache(tmp_path)
    cache.keep_crl(CA.ours, "u", _crl(5))
    (file,) = tmp_path.rglob("*.crl")
    file.write_bytes(noise)

    assert StatusCache(tmp_path).sources([signer().ours, CA.ours]).crls == ()
    assert StatusCache(tmp_path).keep_crl(CA.ours, "u", _crl(5))


def test_a_cache_that_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    """A file where the folder should be costs the next process a download, and no more."""
    (tmp_path / "cache").write_text("in the way")
    cache = StatusCache(tmp_path / "cache")

    assert cache.keep_crl(CA.ours, "u", _crl(1))
    assert len(cache.sources([signer().ours, CA.ours]).crls) == 1


def test_many_writers_leave_one_whole_list(tmp_path: Path) -> None:
    """Whoever comes last, the newest list is there, and nothing half written."""
    ages = [*range(1, 9)] * 3

    def write(age: int) -> None:
        StatusCache(tmp_path).keep_crl(CA.ours, "u", _crl(age))

    threads = [threading.Thread(target=write, args=(age,)) for age in ages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (found,) = StatusCache(tmp_path).sources([signer().ours, CA.ours]).crls
    assert found.this_update == NOW - timedelta(days=1)
    assert [p.name for p in tmp_path.rglob("*.part")] == []


def test_the_store_of_a_verifier_brings_its_cache(server: Server, tmp_path: Path) -> None:
    """What one run fetched, the next one has, without asking."""
    server.answers["/ca.crl"] = body(pki.crl(CA, [Listed(4711)]))
    end = signer(points(f"{server.url}/ca.crl"))
    trust = dataclasses.replace(store(ROOT, at_hand=[CA]), cache=str(tmp_path))

    assert Learner(end, trust).asks()
    cache = cache_of(str(tmp_path))
    assert cache is not None
    assert len(cache.sources([end.ours, CA.ours]).crls) == 1
    assert len([*tmp_path.rglob("*.crl")]) == 1


def test_the_fetcher_stays_within_its_time_when_a_list_drips(server: Server) -> None:
    """A list that arrives a byte at a time is given up, and the next address is asked."""
    import time

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for byte in pki.crl(CA):
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)

    server.answers |= {"/slow": drip, "/ca.crl": body(pki.crl(CA))}
    learner = Learner(signer(points(f"{server.url}/slow", f"{server.url}/ca.crl")))
    begun = time.monotonic()

    assert learner.asks()
    assert time.monotonic() - begun < BUDGET
