"""Where a webhook may go: https to a public address; never to the cloud's own metadata, to a private one only if allowed."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from voicebot.errors import ChannelError

_METADATA = frozenset(map(ip_address, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")))
"""Where clouds tell a machine its own secrets: AWS, Azure, Google; AWS by IPv6; Alibaba; Oracle."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A checked address. ip: what is really connected to, so that a second look-up cannot lead elsewhere."""

    host: str
    port: int
    ip: str
    secure: bool


async def reach(url: str, *, allow_private: bool) -> Reached:
    """Looks the address up and checks it. Raises: ChannelError bad_address, or connection while the host has no address."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as wrong:
        raise _refused("its port is not a number") from wrong
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or parts.username is not None:
        raise _refused("it is not https://host/path")
    secure = parts.scheme == "https"
    port = port or (443 if secure else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as unknown:
        what = "A webhook's host has no address."
        raise ChannelError("connection", what, "Check address: in the client's file, and DNS.", temporary=True) from unknown
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        _check(address, allow_private=allow_private)
    if not secure and not all(_plain(address).is_loopback for address in addresses):
        raise _refused("http is only for this machine: write https")
    return Reached(host, port, str(addresses[0]), secure)


def _check(address: IPv4Address | IPv6Address, *, allow_private: bool) -> None:
    """Raises: ChannelError."""
    real = _plain(address)
    if real in _METADATA or real.is_link_local or real.is_multicast or real.is_unspecified:
        raise _refused("it leads to a link-local or metadata address")
    if not real.is_global and not allow_private:
        raise _refused("it leads to a private address", "Set VOICEBOT_PRIVATE_WEBHOOKS=true when that is meant.")


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), else the address."""
    if isinstance(address, IPv4Address):
        return address
    nat64 = address.packed[:12] == bytes.fromhex("0064ff9b0000000000000000")
    return address.ipv4_mapped or address.sixtofour or (IPv4Address(address.packed[12:]) if nat64 else address)


def _refused(why: str, remedy: str = "Correct address: in the client's file.") -> ChannelError:
    return ChannelError("bad_address", f"A webhook's address is refused: {why}.", remedy, temporary=False)
