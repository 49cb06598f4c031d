"""What came from outside in a past call, told to its receptionist again: agents, people on call, the line, hints, time."""

from __future__ import annotations

from datetime import timedelta

from voicebot.domain.agent import AgentWay
from voicebot.domain.call import EndReason
from voicebot.domain.decisions import Action
from voicebot.domain.handoff import HandoffStatus, Hint, QueueStanding, Returned, Taker, Task, TaskKind, Why
from voicebot.domain.ladder import Contact, Ladder, LadderPlan, LadderStatus, Role, Way
from voicebot.domain.speaking import Reply
from voicebot.policy.waiting import handoff_id
from voicebot.quality.replaying.past_call import PastCall, Row, Step, StepKind
from voicebot.reception.receptionist import Receptionist

_SETTLED = timedelta(milliseconds=500)
"""Between the moment to which a queue counts and the one at which the caller was told."""


async def come_from_outside(step: Step, receptionist: Receptionist, past: PastCall) -> Reply | None:
    """The same event once more. Returns: what the caller hears of it."""
    data = step.data
    match step.kind:
        case StepKind.RESUMED:
            back = data.get("returned")
            return await receptionist.resume(_returned(back, step) if back else None)
        case StepKind.TRANSFER_FAILED:
            return await receptionist.transfer_failed()
        case StepKind.NEWS:
            return await receptionist.hear_on_call(_ladder(step, past))
        case StepKind.NOT_CONNECTED:
            return await receptionist.connecting_failed()
        case StepKind.QUEUE:
            return await receptionist.hear_queue(_standing(step, receptionist))
        case StepKind.TAKEN:
            taker = Taker(data["taker"], data["name"], AgentWay(data["way"]))
            return await receptionist.announce(data["handoff"], taker)
        case StepKind.BACK:
            return await receptionist.take_back(data["handoff"], _returned(data, step))
        case StepKind.HINT:
            return await receptionist.hear_hint(Hint(data["text"], data["by"]))
        case StepKind.TIME_LIMIT:
            return await receptionist.reach_time_limit()
        case StepKind.LINE_LOST:
            await _lose_line(data["reason"], receptionist)
        case StepKind.BETWEEN:
            said = (data["speaker"], data["text"], data["confidence"], data["started_ms"], data["ended_ms"])
            await receptionist.note_said(*said, data["heard_by"])
        case _:
            pass
    return None


async def _lose_line(reason: str, receptionist: Receptionist) -> None:
    if reason == "with_taker":
        await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    else:
        await receptionist.lose_line(reason)


def _returned(data: Row, step: Step) -> Returned:
    given = data.get("task") or {}
    task = Task(TaskKind(given["kind"]), given.get("detail", ""), given.get("text", "")) if given else None
    name = next((d["values"].get("name", "") for d in step.decisions if d["action"] == Action.TAKE_BACK), "")
    return Returned(Why(data["why"]), Taker("", name) if name else None, task)


def _standing(step: Step, receptionist: Receptionist) -> QueueStanding:
    told = next((d for d in step.decisions if d["action"] == Action.SAY_QUEUE), None)
    ringing = told is not None and bool(told["values"].get("ringing"))
    handover = receptionist.call.handover
    waited = step.at + _SETTLED - handover.queued_at if handover.queued_at else _SETTLED
    return QueueStanding(
        handoff_id(receptionist.call),
        HandoffStatus.RINGING if ringing else HandoffStatus.WAITING,
        int(told["subject"]) if told else handover.position,
        waited.total_seconds(),
        1,
    )


def _ladder(step: Step, past: PastCall) -> Ladder:
    """The ladder as it must have stood for the caller to hear this."""
    told = next(d for d in step.decisions if d["action"] == Action.SAY_ON_CALL)
    values, acknowledged = told["values"], told["rule"] == "on_call.acknowledged"
    connected = any(d["action"] == Action.CONNECT for d in step.decisions)
    climbs = len(step.decisions) == 1
    contact = Contact("taker", "", Role.AGENTS if values.get("other") else Role.ON_CALL, 1, "")
    plan = LadderPlan(f"{past.call.id}-on-call", past.call.id, past.call.client, (contact,), step.at)
    trying = LadderStatus.CLIMBING if climbs else LadderStatus.ALARM
    return Ladder(
        plan.id,
        past.call.id,
        past.call.client,
        LadderStatus.ACKNOWLEDGED if acknowledged else trying,
        plan,
        step.at,
        step.at,
        over=bool(values.get("over")),
        acknowledged_by="taker" if acknowledged else "",
        acknowledged_way=(Way.KEYPAD if connected else Way.LINK) if acknowledged else None,
        eta_min=int(values["eta_min"]) if values.get("eta_min") else None,
        alarmed_at=None if acknowledged else step.at,
    )
