"""Holds a call between the real receptionist and a caller played by a language model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from voicebot.domain.call import Call, EndReason
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Then
from voicebot.errors import EvalFileError
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter
from voicebot.quality.call_records import record_of
from voicebot.quality.client_examples import say
from voicebot.quality.conversation_evals import HANG_UP, TURN, HeldCall
from voicebot.quality.conversation_file import WrittenConversation
from voicebot.quality.simulated.caller import LIMIT_S, CallerPrompts, Mistake, SimulatedCaller
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.understanding.ports import Understanding


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """held: as of scripted callers. mistakes: of the played caller. tags: the prompts' digest and the model, for reports."""

    held: HeldCall
    mistakes: tuple[Mistake, ...]
    tags: dict[str, str]


async def hold_simulated(
    written: WrittenConversation,
    instructions: Instructions,
    understanding: Understanding,
    book: CallBook,
    model: LanguageModel,
    prompts: CallerPrompts,
    number: int = 0,
    *,
    limit_s: float = LIMIT_S,
    meter: Meter | None = None,
) -> SimulatedCall:
    """Holds one call on a clock of its own. Takes as long as the model takes: at most limit_s for each caller turn.

    Raises: EvalFileError when the conversation has no persona.
    """
    persona = written.conversation.persona
    if persona is None:
        raise EvalFileError(written.file, [f"line {written.line}, persona: missing"], "Write persona: with a goal:.")
    caller = SimulatedCaller(persona, written.conversation.language, model, prompts, limit_s=limit_s, meter=meter)

    now = written.conversation.at.replace(tzinfo=instructions.identity.zone).astimezone(UTC)
    clock = _Clock(now)
    call_id = f"simulated-{number}"
    call = Call(
        call_id,
        instructions.id,
        instructions.version,
        written.conversation.caller,
        "",
        now,
        instructions.language,
        carrier_call_id=call_id,
    )
    able = Facilities(**dict.fromkeys(written.conversation.facilities, True))
    journal = Journal(book, clock, lambda _call, _event: None)
    receptionist = Receptionist(call, instructions, understanding, journal, clock, facilities=lambda: able)
    reply = await receptionist.pick_up()
    while reply and reply.then is Then.LISTEN and not receptionist.ended:
        line = await caller.next_line(" ".join(sentence.text for sentence in reply.sentences))
        clock.now += TURN
        if line == HANG_UP:
            reply = None
            break
        reply = await say(receptionist, line) or reply
    await receptionist.hang_up((reply.ending if reply else None) or EndReason.CALLER_HUNG_UP)
    record = await record_of(book, call_id)
    tags = {"caller": "simulated", "caller_prompt": prompts.digest, "caller_model": model.model}
    if caller.mistakes:
        tags["caller_trouble"] = ",".join(sorted({mistake.code for mistake in caller.mistakes}))
    return SimulatedCall(HeldCall(record, caller.turns), tuple(caller.mistakes), tags)


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
