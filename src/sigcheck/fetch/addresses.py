"""Which addresses may be asked: public ones, judged after the name was resolved (RFC 6890)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from sigcheck.errors import FetchError

Ip = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_MORE_THAN_PUBLIC = (
    IPv6Network("64:ff9b:1::/48"),  # translation inside one network, RFC 8215
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
)
_V4_BITS = 0xFFFFFFFF


class Endpoint(NamedTuple):
    """Where to connect: an address that was judged, and its port."""

    address: str
    port: int


def endpoints(host: str, port: int, *, allow_loopback: bool) -> list[Endpoint]:
    """Resolve a host once and return where to connect; raises FetchError.

    One address that isn't public refuses them all: a name with both is somebody's trick. The
    caller connects to what is returned here and never asks for the name again (rebinding).
    """
    found = dict.fromkeys(_resolved(host, port))
    for text in found:
        if not is_allowed(ip_address(text), allow_loopback=allow_loopback):
            raise FetchError(f"{host} ({text})", code="FETCH-PRIVATE-ADDRESS")
    return [Endpoint(text, port) for text in found]


def _resolved(host: str, port: int) -> Iterator[str]:
    # NOTE: The system's resolver has a time limit of its own; ours begins at the connection.
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise FetchError(f"{host}: {problem}", code="FETCH-NO-HOST") from problem
    for family, *_, address in found:
        if family in {socket.AF_INET, socket.AF_INET6}:
            yield str(address[0]).partition("%")[0]


def is_allowed(address: Ip, *, allow_loopback: bool = False) -> bool:
    """Say whether an address is a public one, or loopback where a test allows that."""
    if address.is_loopback:
        return allow_loopback
    return all(map(_is_public, (address, *_embedded(address))))


def _is_public(address: Ip) -> bool:
    if isinstance(address, IPv6Address) and any(address in net for net in _MORE_THAN_PUBLIC):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not address.is_link_local


def _embedded(address: Ip) -> Iterator[Ip]:
    """Yield the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & _V4_BITS)
