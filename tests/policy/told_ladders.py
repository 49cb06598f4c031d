"""Rows of ladders as the house sees them, for tests of what the caller hears."""

from __future__ import annotations

from typing import Any

from tests.policy.ladders import START, contact, plan
from voicebot.domain.ladder import Contact, Ladder, LadderStatus, Role, Way

AGENTS = Contact("agents", "l'accueil", Role.AGENTS, 4, "+33199009999")


def ladder(status: LadderStatus = LadderStatus.CLIMBING, **fields: Any) -> Ladder:
    whole = plan(contact(1, tries=2), contact(2), contact(3), AGENTS)
    return Ladder(whole.id, whole.call, whole.client, status, whole, START, START, **fields)


def acknowledged(way: Way = Way.KEYPAD, *, by: str = "n1", eta_min: int | None = None) -> Ladder:
    return ladder(
        LadderStatus.ACKNOWLEDGED,
        over=True,
        acknowledged_by=by,
        acknowledged_name="Personne 1",
        acknowledged_way=way,
        acknowledged_at=START,
        eta_min=eta_min,
    )


def alarm(*, over: bool = True, status: LadderStatus = LadderStatus.ALARM) -> Ladder:
    return ladder(status, over=over, alarmed_at=START)
