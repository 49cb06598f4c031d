"""People of our floor: who may sign in, what each may do, and whether they take calls now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voicebot.domain.language import Language


class Role(StrEnum):
    """What somebody is here for; console.scope says what each may see and change."""

    AGENT = "agent"
    """Takes calls, reads and finishes messages."""
    SUPERVISOR = "supervisor"
    """An agent who also watches all live calls, publishes instructions and sees figures."""
    QA = "qa"
    """Listens to calls that are over, and judges them; takes none."""
    CLIENT_VIEWER = "client_viewer"
    """Somebody of a client: sees its messages, calls and figures, and nothing of anybody else."""
    ADMIN = "admin"
    """Everything, the users too."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in.

    id: short name that is typed to sign in, "claire.petit". name: as callers hear and readers see it, "Claire Petit".
    clients: ids of the clients that this user may see, () for all of them (never for a client's viewer).
    languages: that this user speaks with callers. phone: E.164 where calls may reach them, "" for none.
    language: of the pages. active: False for those who left: they cannot sign in.
    """

    id: str
    name: str
    role: Role
    email: str = ""
    clients: tuple[str, ...] = ()
    languages: tuple[Language, ...] = (Language.FRENCH,)
    phone: str = ""
    language: Language = Language.FRENCH
    active: bool = True

    def covers(self, client: str) -> bool:
        """May this user see anything of `client`? A client's viewer without a client sees nobody."""
        return client in self.clients or (not self.clients and self.role is not Role.CLIENT_VIEWER)


class AgentState(StrEnum):
    """Whether an agent takes calls now."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    PAUSED = "paused"
    RINGING = "ringing"
    """A call is being offered to them, and nobody else is offered it meanwhile."""
    IN_CALL = "in_call"
    WRAP_UP = "wrap_up"
    """The call is over; they finish writing. It ends by itself."""


class AgentWay(StrEnum):
    """How an agent talks with the caller."""

    BROWSER = "browser"
    """The headset at the console."""
    PHONE = "phone"
    """Their telephone, in a conference of the carrier."""


MISSED = "missed"
"""Reason of a pause that nobody asked for: too many calls rang there in vain."""
UNSEEN = "unseen"
"""Reason of being offline without having said so: the browser was not seen any more."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How one agent stands now. Times are aware UTC.

    since: of the state. idle_since: since when they have had no call; whoever has waited longest is asked first.
    clients, languages: what they chose to cover today, a part of what the user may; () means all that they may.
    seen_at: the last sign of their browser; a presence that is too old is offline (not by phone).
    handoff: id of the one that is offered to them or that they have, "" for none; in wrap-up, of the one they had.
    reason: of a pause, in their words, or MISSED or UNSEEN where the queue itself took them out.
    after: what they asked for while busy, theirs once they are free; None to be available again.
    missed: calls in a row that rang at them in vain.
    """

    agent: str
    state: AgentState
    since: datetime
    idle_since: datetime
    seen_at: datetime
    clients: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    way: AgentWay = AgentWay.BROWSER
    handoff: str = ""
    reason: str = ""
    after: AgentState | None = None
    missed: int = 0
