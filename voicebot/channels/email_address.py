"""E-mail addresses as the envelope and the headers need them: nothing but one address, its domain in ASCII."""

from __future__ import annotations

import re

from voicebot.errors import ChannelError

_LONGEST = 254
# Quoted local parts are legal and refused all the same: nobody writes one, and they hide injected commands.
_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+\.[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f.]+"
)


def checked_address(address: str) -> str:
    """The address with its domain in ASCII (IDNA); its local part may need SMTPUTF8. Raises: ChannelError bad_address."""
    if len(address) > _LONGEST or not _ADDRESS.fullmatch(address):
        raise _bad()
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as wrong:
        raise _bad() from wrong


def domain_of(address: str) -> str:
    return checked_address(address).rpartition("@")[2]


def _bad() -> ChannelError:
    what = "A recipient's e-mail address cannot be one."
    return ChannelError("bad_address", what, "Correct it in the client's file.", temporary=False)


def xtext(value: str) -> str:
    """ASCII text as a parameter of SMTP commands. Source: RFC 3461, section 4."""
    return "".join(c if 33 <= ord(c) <= 126 and c not in "+=" else f"+{ord(c) & 0xFF:02X}" for c in value)


def from_xtext(value: str) -> str:
    return re.sub(r"\+([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), value)
