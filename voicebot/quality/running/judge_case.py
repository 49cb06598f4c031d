"""Judges one case: a scenario call is held first, a recorded call is only read, an utterance is understood."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from voicebot.clients.client_file import ClientFile, client_of, digest_of
from voicebot.clients.directory import Clients
from voicebot.domain.call import EndReason
from voicebot.domain.decisions import Action
from voicebot.domain.events import EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Outcome
from voicebot.domain.work import WorkKind
from voicebot.errors import UnknownClient, VoicebotError
from voicebot.llm.language_model import LanguageModel
from voicebot.policy.figures import CallOutcome
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import Conversation, WrittenConversation
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.judging.verdict import JudgedCase, judged_json
from voicebot.quality.labelled_utterances import Label, LabelledUtterance
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import Speaker, Transcript, Turn, transcript_json
from voicebot.quality.running.cases import Case, CaseKind
from voicebot.quality.running.code_digest import prompts_digest
from voicebot.quality.running.labelled_case import judge_utterance
from voicebot.quality.simulated.caller import CallerPrompts
from voicebot.quality.simulated.hold import hold_simulated
from voicebot.settings import Settings
from voicebot.store.call_book import CallBook
from voicebot.understanding.model.with_fallback import UnderstandingWithFallback
from voicebot.understanding.ports import Understanding
from voicebot.understanding.rules import Rules

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Ground:
    """What cases are judged on, in a form that can travel to other processes and machines.

    clients: content of each client file, by client id. understanding: "rules", or the model and its prompts' digest.
    """

    clients: dict[str, str]
    understanding: str = RULES

    def digest_of(self, client: str) -> str:
        content = self.clients.get(client)
        return digest_of(content.encode()) if content is not None else ""

    @classmethod
    def of(cls, clients: Clients, understanding: str = RULES) -> Ground:
        files = {name: file.content.decode() for name, file in sorted(clients.files.items())}
        return cls(files, understanding)


def understanding_told(settings: Settings) -> str:
    """Name of the configured understanding: what results depend on."""
    if not settings.language_model_key:
        return RULES
    return f"{settings.llm_model} {prompts_digest(settings.prompts_dir)}"


@dataclass(slots=True)
class CaseJudge:
    """Judges cases of one ground in this process; client files are read when a case first needs them."""

    ground: Ground
    understanding: Understanding
    book: CallBook
    model: LanguageModel | None = None
    """Plays the personas; without one their calls cannot be held."""
    prompts_dir: Path = Path("prompts")
    _read: dict[str, ClientFile] = field(default_factory=dict)

    async def judge(self, case: Case) -> JudgedCase:
        """What is wrong with the case itself, or with what it needs, is its trouble, never an error."""
        try:
            match case.kind:
                case CaseKind.CONVERSATION:
                    return await self._conversation(case)
                case CaseKind.TRANSCRIPT:
                    return self._transcript(case, transcript_json.validate_json(case.text), keep=case.keep)
                case CaseKind.UTTERANCE:
                    return await self._utterance(case)
        except ValidationError as wrong:
            first = wrong.errors()[0]
            place = ".".join(map(str, first["loc"]))
            return in_trouble(case, f"{case.source}, {place}: {first['msg']}")
        except VoicebotError as error:
            return in_trouble(case, f"{case.source}, {error.code}: {error.what}")

    async def _conversation(self, case: Case) -> JudgedCase:
        conversation = Conversation.model_validate_json(case.text)
        file, _, line = case.source.rpartition(":")
        written = WrittenConversation(file, int(line), conversation)
        if conversation.persona is not None:
            return await self._simulated(case, written)
        held = await hold_call(written, self._instructions(case.client), self.understanding, self.book, number_of(case))
        tags = dict(case.tags)
        record = _without_own_clock(held.record) if self.ground.understanding == RULES else held.record
        told = {"name": case.name, "source": case.source}
        transcript = transcript_of(record, **told, expect=conversation.expect, tags=tags, unheard=held.unheard)
        return self._transcript(case, transcript, keep=True)

    async def _simulated(self, case: Case, written: WrittenConversation) -> JudgedCase:
        if self.model is None:
            return in_trouble(case, f"{case.source}, persona: needs a language model to play it (--model)")
        prompts, instructions = CallerPrompts.read(self.prompts_dir), self._instructions(case.client)
        number = number_of(case)
        call = await hold_simulated(written, instructions, self.understanding, self.book, self.model, prompts, number)
        expect, tags = written.conversation.expect, {**dict(case.tags), **call.tags}
        transcript = transcript_of(call.held.record, name=case.name, source=case.source, expect=expect, tags=tags)
        return self._transcript(case, transcript, keep=True)

    def _transcript(self, case: Case, transcript: Transcript, *, keep: bool) -> JudgedCase:
        instructions = self._known(case.client)
        judgement = judge_transcript(transcript, instructions)
        right = all(verdict.passed for verdict in judgement.verdicts)
        record = transcript.record
        scenario = (record.call.scenario or "") if record else ""
        return JudgedCase(
            case=case.id,
            name=case.name,
            client=case.client,
            scenario=scenario,
            language=transcript.language.value if transcript.language else "",
            digest=case.digest,
            outcome=outcome_of(transcript),
            attempt=case.attempt,
            verdicts=judgement.verdicts,
            quantities=judgement.quantities,
            tags={**dict(case.tags), **transcript.tags},
            transcript=transcript if keep or not right else None,
        )

    async def _utterance(self, case: Case) -> JudgedCase:
        label = Label.model_validate_json(case.text)
        file, _, line = case.source.rpartition(":")
        self._instructions(case.client)
        clients = Clients("", {name: read.instructions for name, read in self._read.items()})
        verdicts = await judge_utterance(LabelledUtterance(file, int(line), label), clients, self.understanding)
        heard = Transcript(case.id, case.client, (Turn(1, Speaker.CALLER, label.say),), case.name, case.source)
        right = all(verdict.passed for verdict in verdicts)
        return JudgedCase(
            case=case.id,
            name=case.name,
            client=case.client,
            scenario="",
            language=label.language.value,
            digest=case.digest,
            attempt=case.attempt,
            verdicts=verdicts,
            tags=dict(case.tags),
            transcript=None if right else heard,
        )

    def _known(self, client: str) -> Instructions | None:
        return self._instructions(client) if client in self.ground.clients else None

    def _instructions(self, client: str) -> Instructions:
        if client not in self._read:
            content = self.ground.clients.get(client)
            if content is None:
                raise UnknownClient("client files", [f'no client has the id "{client}"'])
            self._read[client] = client_of(Path(f"{client}.yaml"), content.encode(), client)
        return self._read[client].instructions


@asynccontextmanager
async def case_judge(
    ground: Ground, settings: Settings, understanding: Understanding | None = None
) -> AsyncIterator[CaseJudge]:
    """A judge with a call book of its own, which is gone with the block.

    Args:
        understanding: another one than the ground names, for faults put in on purpose.
    Raises: SettingsError, StoreError.
    """
    model: LanguageModel | None = None
    if understanding is None:
        understanding, model = _understanding(ground, settings)
    try:
        async with passing_book() as book:
            yield CaseJudge(ground, understanding, book, model, settings.prompts_dir)
    finally:
        if model is not None:
            await model.close()


def _understanding(ground: Ground, settings: Settings) -> tuple[Understanding, LanguageModel | None]:
    if ground.understanding == RULES:
        return Rules(), None
    model = LanguageModel(
        model=settings.llm_model, api_key=settings.language_model_key, base_url=settings.llm_base_url or None
    )
    return UnderstandingWithFallback(Rules(), model, settings.prompts_dir, settings.llm_budget_s), model


def in_trouble(case: Case, why: str) -> JudgedCase:
    """The case as one that could not be judged."""
    return JudgedCase(
        case=case.id,
        name=case.name,
        client=case.client,
        scenario="",
        language="",
        digest=case.digest,
        attempt=case.attempt,
        tags=dict(case.tags),
        trouble=why,
    )


def line_of(judged: JudgedCase) -> bytes:
    """The judged case as one line of JSON: the same bytes in every process."""
    line = judged_json.dump_json(judged)
    record = judged.transcript.record if judged.transcript else None
    if record is None or len(record.work) < 2:
        return line
    told = from_json(line)
    told["transcript"]["record"]["work"] = sorted(record.work)
    return to_json(told)


def _without_own_clock(record: CallRecord) -> CallRecord:
    """Rules are timed on this machine's clock; all else of a held call is on the call's own, and the same in every run."""
    events = tuple(replace(e, data={**e.data, "took_ms": 0.0}) if "took_ms" in e.data else e for e in record.events)
    return replace(record, events=events)


def number_of(case: Case) -> int:
    """What a held call's id is made of: the same in every run, whichever process holds it."""
    return int(sha256(f"{case.id}\n{case.attempt}".encode()).hexdigest()[:12], 16)


def outcome_of(transcript: Transcript) -> str:
    """What became of the call, as the console's figures count it; "" for calls of which only words are known."""
    record = transcript.record
    if record is None:
        return ""
    ended, led_to = record.call.ended, record.call.orientation.outcome if record.call.orientation else None
    decided = [d for e in record.events if e.kind is EventKind.DECIDED for d in e.data["decisions"]]
    told: Mapping[CallOutcome, bool] = {
        CallOutcome.HUMAN: ended in (EndReason.HANDLED, EndReason.CONNECTED),
        CallOutcome.ON_CALL: record.has_work(WorkKind.WAKE),
        CallOutcome.MESSAGE: record.message is not None,
        CallOutcome.REFUSED: ended is EndReason.REFUSED or led_to is Outcome.REFUSAL,
        CallOutcome.ANSWERED: led_to is Outcome.ANSWER or any(d["action"] == Action.ANSWER for d in decided),
    }
    return next((outcome.value for outcome, holds in told.items() if holds), CallOutcome.ABANDONED.value)
