"""The queue at one moment, as its rows tell it, and who could take which caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voicebot.domain.agent import AgentState, AgentWay, Presence, Role, User
from voicebot.domain.handoff import Handoff, HandoffRules
from voicebot.domain.language import Language
from voicebot.domain.telephone_numbers import may_be_rung

TAKES_CALLS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
HOUSE_RULES = HandoffRules()


@dataclass(frozen=True, slots=True)
class Callee:
    """A person of the client whose telephone may ring for a handoff. number: E.164."""

    id: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class QueueScene:
    """Everything that the rules look at.

    handoffs: by id; all that are open, those that presences still name, and those with a line to hang up.
    presences: by agent. users: by id. rules: by client; the house's own where one is missing.
    callees: by handoff id, in the order in which they are rung. by_phone: ids of handoffs for which telephones can ring.
    ended: ids of calls that are known to be over.
    """

    handoffs: Mapping[str, Handoff]
    presences: Mapping[str, Presence]
    users: Mapping[str, User]
    rules: Mapping[str, HandoffRules] = field(default_factory=dict)
    callees: Mapping[str, tuple[Callee, ...]] = field(default_factory=dict)
    by_phone: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()

    def rules_of(self, client: str) -> HandoffRules:
        return self.rules.get(client, HOUSE_RULES)

    def callees_left(self, handoff: Handoff) -> tuple[Callee, ...]:
        """People of the client who have not passed it over."""
        if handoff.id not in self.by_phone:
            return ()
        return tuple(callee for callee in self.callees.get(handoff.id, ()) if callee.id not in handoff.passed_over)

    def able(self, handoff: Handoff) -> list[Presence]:
        """Agents who are signed in, cover the call, and have not passed it over; busy and paused ones too."""
        by_phone = handoff.id in self.by_phone
        return [
            presence
            for presence in self.presences.values()
            if presence.agent not in handoff.passed_over
            and self.covers(presence, handoff.client, handoff.language, by_phone=by_phone)
        ]

    def covers(self, presence: Presence, client: str, language: Language, *, by_phone: bool) -> bool:
        """Could this agent take such a call in the way they chose? by_phone: telephones can ring for it."""
        user = self.users.get(presence.agent)
        if user is None or presence.state is AgentState.OFFLINE or not may_take_calls(user):
            return False
        chosen = presence.clients or (client,)
        spoken = presence.languages or (language,)
        skilled = user.covers(client) and client in chosen and language in user.languages and language in spoken
        return skilled and (presence.way is AgentWay.BROWSER or (by_phone and may_be_rung(user.phone)))

    def rings_agent(self, handoff: Handoff) -> bool:
        """Does it ring at one of our agents, and not at a person of the client?"""
        presence = self.presences.get(handoff.ringing)
        return presence is not None and presence.state is AgentState.RINGING and presence.handoff == handoff.id

    def taken_by_agent(self, handoff: Handoff) -> bool:
        """Has one of our agents the caller, and not a person of the client?"""
        presence = self.presences.get(handoff.taker.id) if handoff.taker else None
        return presence is not None and presence.state is AgentState.IN_CALL and presence.handoff == handoff.id

    def callee_is_busy(self, client: str, callee: str) -> bool:
        """A person is rung for one caller at a time, and for none while they talk with one."""
        for other in self.handoffs.values():
            if other.client != client or other.status.over:
                continue
            if other.ringing == callee and not self.rings_agent(other):
                return True
            if other.taker is not None and other.taker.id == callee and not self.taken_by_agent(other):
                return True
        return False


def may_take_calls(user: User) -> bool:
    return user.active and user.role in TAKES_CALLS
