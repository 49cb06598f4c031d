"""What each role may see and change, and of which clients: the one table that every page asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.agent import Role, User
from voicebot.domain.language import Language
from voicebot.errors import NotAllowed


class Kind(StrEnum):
    """Kinds of data. Each has one function that opens it, in console/access; nothing else of the console reads it."""

    QUEUE = "queue"
    """Handoffs, cards, callbacks; taking calls."""
    LIVE = "live"
    """Calls on the line: watching, hinting, taking over."""
    MESSAGES = "messages"
    CALLS = "calls"
    """The archive: transcripts, decisions, timelines."""
    AUDIO = "audio"
    """Recordings, and listening to a live call."""
    CLIENTS = "clients"
    """Instructions."""
    FIGURES = "figures"
    REVIEWS = "reviews"
    """Scorecards that people fill in for calls: QA's labels."""
    USERS = "users"
    AUDIT = "audit"


class Deed(StrEnum):
    SEE = "see"
    CHANGE = "change"


_BOTH = frozenset(Deed)
_SEE = frozenset({Deed.SEE})
_AGENT = {Kind.QUEUE: _BOTH, Kind.MESSAGES: _BOTH, Kind.CALLS: _SEE, Kind.AUDIO: _SEE, Kind.CLIENTS: _SEE}
RIGHTS: dict[Role, dict[Kind, frozenset[Deed]]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _AGENT
    | {Kind.LIVE: _BOTH, Kind.CLIENTS: _BOTH, Kind.FIGURES: _SEE, Kind.REVIEWS: _BOTH, Kind.USERS: _SEE, Kind.AUDIT: _SEE},
    Role.QA: dict.fromkeys((Kind.MESSAGES, Kind.CALLS, Kind.AUDIO, Kind.CLIENTS, Kind.FIGURES), _SEE)
    | {Kind.REVIEWS: _BOTH},
    Role.CLIENT_VIEWER: {Kind.MESSAGES: _SEE, Kind.CALLS: _SEE, Kind.FIGURES: _SEE},
    Role.ADMIN: dict.fromkeys(Kind, _BOTH),
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. session: id of the session's row. csrf: what every changing request must show. address: of the browser."""

    user: User
    session: str
    csrf: str
    address: str = ""

    @property
    def language(self) -> Language:
        return self.user.language

    def may(self, kind: Kind, deed: Deed = Deed.SEE, client: str | None = None) -> bool:
        """client: None asks whether it is allowed for any client at all."""
        allowed = deed in RIGHTS[self.user.role].get(kind, ())
        return allowed and (client is None or self.user.covers(client))

    def works_with(self, user: User) -> bool:
        """May this visitor know of `user`? Whoever is given some clients only meets those who work for one of them."""
        mine = self.user.clients
        return not mine or user.id == self.user.id or any(user.covers(client) for client in mine)

    def clients(self, kind: Kind, known: tuple[str, ...]) -> tuple[str, ...]:
        """Of the `known` clients, those of whom this visitor may see `kind`: what lists and searches are limited to."""
        return tuple(client for client in known if self.may(kind, client=client))


def require(visitor: Visitor, kind: Kind, deed: Deed = Deed.SEE, client: str | None = None) -> None:
    """Raises: NotAllowed. What is another client's is answered as what does not exist (404) by the frame."""
    if not visitor.may(kind, deed, client):
        raise NotAllowed(f"{visitor.user.role.value} may not {deed.value} {kind.value}.")
