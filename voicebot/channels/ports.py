"""What the house asks of a channel: take this letter, ring this telephone. Two or more implementations of each exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from voicebot.domain.delivery import Channel
from voicebot.domain.language import Language


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with an e-mail. media_type: "audio/wav", "text/plain"."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the words of one channel.

    id: of the dispatch; the same letter again has the same id, and receivers can know it by that.
    address: e-mail address, E.164 number or URL. subject, html: e-mail only, "" elsewhere. text: plain text.
    payload: JSON body of a webhook or chat room, {} elsewhere. key: signs the webhook, b"" elsewhere.
    thread: id shared by all letters about one call, so that mail programs show them together.
    from_name: shown beside our own address in e-mails. reply_to: e-mail address that answers go to, "" for ours.
    """

    id: str
    channel: Channel
    address: str
    text: str
    language: Language = Language.FRENCH
    subject: str = ""
    html: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    key: bytes = b""
    thread: str = ""
    attachments: tuple[Attached, ...] = ()
    from_name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel took the letter. provider_id: its own name for it. delivered: taking it is having it (webhooks)."""

    provider_id: str = ""
    delivered: bool = False


class Sender(Protocol):
    """One channel."""

    async def send(self, letter: Letter) -> Taken:
        """Gives the letter to the channel. Raises: ChannelError, temporary or not."""
        ...

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        """Did the channel already take this very letter after `since`? Asked before a letter is sent again.

        None when not, or when the channel cannot tell. Raises: ChannelError.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ring:
    """One call to a contact. attempt: its id, which comes back in callbacks. ring_s: see LadderPlan."""

    attempt: str
    number: str
    ring_s: int


class Telephone(Protocol):
    """A carrier that places calls for us."""

    async def ring(self, ring: Ring) -> str:
        """Places the call. Returns: the carrier's id of it. Raises: ChannelError."""
        ...

    async def rung_before(self, ring: Ring, since: datetime) -> str | None:
        """The carrier's id of this very call when it was placed after `since`; None when it was not."""
        ...

    async def hang_up(self, carrier_call_id: str) -> None:
        """Ends a call, ringing or answered; one that is over is left. Raises: ChannelError."""
        ...

    async def connect(self, carrier_call_id: str, room: str) -> None:
        """Takes the caller's call away from us into the carrier's conference `room`. Raises: ChannelError."""
        ...

    async def close(self) -> None: ...
