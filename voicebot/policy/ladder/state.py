"""How far a ladder has been climbed: all that must be stored between two signals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from voicebot.domain.ladder import Contact, LadderPlan, LadderStatus, Way
from voicebot.policy.ladder.commands import AlarmWhy


class Phase(StrEnum):
    WAITING = "waiting"
    """starts_at is not reached yet."""
    RINGING = "ringing"
    """A call to a contact is under way: it rings, or somebody speaks."""
    PAUSING = "pausing"
    """Between two tries, or a contact without a telephone has time to read."""
    RESTING = "resting"
    """An exhausted round is over; the next one is awaited."""
    OVER = "over"


_STATUS = {
    Phase.WAITING: LadderStatus.WAITING,
    Phase.RINGING: LadderStatus.CLIMBING,
    Phase.PAUSING: LadderStatus.CLIMBING,
    Phase.RESTING: LadderStatus.WAITING,
    Phase.OVER: LadderStatus.ALARM,
}


@dataclass(frozen=True, slots=True)
class LadderState:
    """Times are aware UTC.

    round: from 1. place: index of the contact in plan.contacts who is tried. tries: calls placed to them in this round.
    calls: placed so far, all rounds together. attempt: id of the call under way, "" when none. heard: the message is
    being read in it. wait_until: when this phase is over by itself; None when over. alarm_at: when the early alarm
    is due, None when it was raised or is not wanted. alarms: raised so far. alarmed_at: the first of them.
    told: ids of contacts who were told or rung. told_now: those who were told in writing in this round.
    passed: those who passed on in this round. acknowledged_by: "" while nobody. late: those who came after.
    """

    phase: Phase
    round: int = 1
    place: int = 0
    tries: int = 0
    calls: int = 0
    attempt: str = ""
    heard: bool = False
    wait_until: datetime | None = None
    alarm_at: datetime | None = None
    alarms: tuple[AlarmWhy, ...] = ()
    alarmed_at: datetime | None = None
    told: tuple[str, ...] = ()
    told_now: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    acknowledged_by: str = ""
    acknowledged_name: str = ""
    acknowledged_way: Way | None = None
    acknowledged_at: datetime | None = None
    late: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """No rung will be climbed any more; an acknowledgement is still welcome when there was none."""
        return self.phase is Phase.OVER

    @property
    def wake_at(self) -> datetime | None:
        """When TimeUp must be sent even if nothing else happens; None when over."""
        return min((at for at in (self.wait_until, self.alarm_at) if at is not None), default=None)

    @property
    def status(self) -> LadderStatus:
        """As the ladder's row says it."""
        return LadderStatus.ACKNOWLEDGED if self.acknowledged_by else _STATUS[self.phase]

    def trying(self, plan: LadderPlan) -> Contact | None:
        """The contact who is tried now, None when nobody is."""
        climbing = self.phase in (Phase.RINGING, Phase.PAUSING)
        return plan.contacts[self.place] if climbing else None


state_json: TypeAdapter[LadderState] = TypeAdapter(LadderState)
