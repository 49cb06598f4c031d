"""The account of a turn in the call's journal: what was understood, decided, recorded and said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from voicebot.domain.acts import Act, acts_json
from voicebot.domain.call import Call
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.events import EventKind
from voicebot.domain.message import Message
from voicebot.domain.model_use import NO_MODEL_USE
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Sentence
from voicebot.reception.journal import Journal
from voicebot.replies.rephrasing import Rephrasing
from voicebot.understanding.ports import Reading


def note_acts(journal: Journal, turn: int, acts: tuple[Act, ...], reading: Reading, rephrasing: Rephrasing | None) -> None:
    """ACTS_UNDERSTOOD, and a TROUBLE for each thing that failed on the way. rephrasing: None where none is allowed."""
    journal.add(
        EventKind.ACTS_UNDERSTOOD,
        turn=turn,
        acts=acts_json.dump_python(acts, mode="json"),
        by=reading.by,
        fallback=reading.fallback,
        took_ms=round(reading.took_ms, 2),
        prompt_hash=reading.prompt_hash,
        **(asdict(reading.model_use) if reading.model_use != NO_MODEL_USE else {}),
        **({"rephrased": dict.fromkeys(reading.rephrased, rephrasing.hash)} if rephrasing else {}),
    )
    for code in reading.trouble:
        journal.add(EventKind.TROUBLE, code=code, what="understanding")


def note_decisions(
    journal: Journal, call: Call, decisions: tuple[Decision, ...], message: Message | None, can: Facilities
) -> None:
    """DECIDED, and what the decisions record or stop. can: what could be done then, for whoever checks promises."""
    unable = {} if can.delivery else {"unable": ["delivery"]}
    rows = [
        {"action": d.action, "rule": d.rule, "because": d.because, "subject": d.subject, "values": d.values}
        for d in decisions
    ]
    journal.add(EventKind.DECIDED, turn=call.turns, decisions=rows, **unable)
    taken = any(d.action in (Action.TAKE_MESSAGE, Action.KEEP_PARTIAL_MESSAGE) for d in decisions)
    if taken and message:
        journal.add(EventKind.MESSAGE_RECORDED, message=message.id, state=message.state, urgency=message.urgency.level)
    for decision in decisions:
        if decision.action is Action.STOP_RECORDING:
            journal.add(EventKind.RECORDING_STOPPED, reason=decision.rule)


def note_sentences(journal: Journal, sentences: Iterable[Sentence]) -> None:
    """Each sentence before it is spoken."""
    for s in sentences:
        journal.add(
            EventKind.RECEPTIONIST_SAYS,
            sentence=s.id,
            text=s.text,
            phrase=s.phrase,
            language=s.language,
            interruptible=s.interruptible,
        )


def note_unsaid(journal: Journal, sentences: Iterable[Sentence]) -> None:
    """Sentences that were saved to be spoken and then were not."""
    for s in sentences:
        journal.add(EventKind.SENTENCE_PLAYED, sentence=s.id, played="none", played_ms=0, started_ms=0)
