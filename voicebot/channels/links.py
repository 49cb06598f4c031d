"""Signed links in messages to people: take an urgent call, say that a message was read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from itsdangerous import BadSignature as BadSeal
from itsdangerous import Signer

from voicebot.errors import LinkRefused

VALID_DAYS = 7
_DAY_S = 86_400
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class OnCallLink:
    """Ids: who may take which ladder."""

    ladder: str
    contact: str


class LinkTokens:
    """Makes and reads links. They hold ids only, and are short: an SMS pays for every letter.

    A link is the same text whenever it is made on one day, or for one `since`: a message that is written again after a
    crash can be known again by its words.

    Args:
        secret: shared by all processes of the house.
        public_url: address of the house, "https://phone.example.org".
        clock: seconds since the epoch.
    """

    def __init__(self, secret: str, public_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._on_call = Signer(secret, salt="voicebot.on_call_link", sep=".")
        self._message = Signer(secret, salt="voicebot.message_link", sep=".")
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    def on_call_link(self, ladder: str, contact: str, *, since: datetime | None = None) -> str:
        """Where the contact can take the ladder, for VALID_DAYS after `since` (aware; None: today)."""
        written = f"{_in_path(ladder)}.{_in_path(contact)}.{self._last_day(since)}"
        return f"{self._public_url}/on-call/{_sealed(self._on_call, written)}"

    def message_link(self, dispatch: str, *, since: datetime | None = None) -> str:
        """Where the recipient can say that they read the message of this dispatch."""
        return f"{self._public_url}/m/{_sealed(self._message, f'{_in_path(dispatch)}.{self._last_day(since)}')}"

    def read_on_call(self, token: str) -> OnCallLink:
        """Raises: LinkRefused, expired or forged."""
        ladder, contact = self._read(self._on_call, token, parts=2)
        return OnCallLink(ladder, contact)

    def read_message(self, token: str) -> str:
        """The dispatch's id. Raises: LinkRefused, expired or forged."""
        return self._read(self._message, token, parts=1)[0]

    def _last_day(self, since: datetime | None) -> str:
        began_s = self._clock() if since is None else since.timestamp()
        return _base36(int(began_s // _DAY_S) + VALID_DAYS)

    def _read(self, signer: Signer, token: str, *, parts: int) -> list[str]:
        try:
            written = signer.unsign(token).decode("ascii").split(".")
            last_day = int(written.pop(), 36)
        except (BadSeal, ValueError) as wrong:
            raise LinkRefused("A link is forged or cut short.", expired=False) from wrong
        if len(written) != parts:
            raise LinkRefused("A link is forged or cut short.", expired=False)
        if self._clock() // _DAY_S > last_day:
            raise LinkRefused("A link is too old.", expired=True)
        return [unquote(part.replace("~", "%")) for part in written]


def _sealed(signer: Signer, written: str) -> str:
    return signer.sign(written).decode("ascii")


def _in_path(identifier: str) -> str:
    """Web servers decode "%" before anybody can check the seal: "~" stands for it."""
    return quote(identifier, safe="").replace("~", "%7E").replace(".", "%2E").replace("%", "~")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
