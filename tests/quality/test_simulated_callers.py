"""Callers played by a language model: they tell their own facts only, and their mistakes are not the receptionist's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.openai_server import KEY, MODEL, Answer, ChatRequest, Fails, OpenAIServer, Says, SaysNothing
from voicebot.clients.client_file import read_client_file
from voicebot.domain.call import EndReason
from voicebot.errors import EvalFileError
from voicebot.llm.breaker import Breaker
from voicebot.llm.language_model import LanguageModel
from voicebot.quality.conversation_evals import passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.simulated.caller import CallerPrompts
from voicebot.quality.simulated.hold import SimulatedCall, hold_simulated
from voicebot.settings import shipped
from voicebot.understanding.rules import Rules

PERSONA = Path("evals/examples/persona.yaml")
NUMBER = "zéro six trente-neuf quatre-vingt-dix-huit douze trente-quatre"


def _does(does: str, words: str = "") -> Says:
    return Says({"does": does, "words": words})


def _knows(request: ChatRequest) -> Answer:
    heard = request.user.split("<receptionist>")[1].lower()
    if "c'est bien ça" in heard or "robinet" in heard or "eau" in heard:
        return _does("say", "oui c'est ça")
    for asked, words in (("numéro", NUMBER), ("nom", "Paul Martin"), ("adresse", "douze rue des Lilas à Dijon")):
        if asked in heard:
            return _does("say", words)
    if "autre chose" in heard or "au revoir" in heard:
        return _does("hang_up")
    return _does("say", "bonjour j'ai une fuite sous le radiateur")


async def _hold(answer: Answer | None = None, limit_s: float = 5.0) -> tuple[SimulatedCall, OpenAIServer]:
    (written,) = read_conversations([PERSONA])
    instructions = read_client_file(shipped("client_configs") / f"{written.client}.yaml")
    prompts = CallerPrompts.read(shipped("prompts"))
    async with OpenAIServer(_knows if answer is None else lambda _: answer) as server, passing_book() as book:
        model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url, breaker=Breaker())
        try:
            call = await hold_simulated(written, instructions, Rules(), book, model, prompts, limit_s=limit_s)
        finally:
            await model.close()
        return call, server


async def test_caller_with_a_goal_leaves_its_message() -> None:
    call, server = await _hold()
    message = call.held.record.message
    assert message is not None
    assert message.scenario == "leak"
    assert message.details["callback_number"].value == "+33639981234"
    assert call.mistakes == ()
    assert call.tags["caller_prompt"] == CallerPrompts.read(shipped("prompts")).digest
    assert "12 rue des Lilas à Dijon" in server.requests[0].system
    assert call.held.caller_turns == len(server.requests)


async def test_invented_number_is_the_callers_mistake() -> None:
    call, _ = await _hold(_does("say", "c'est le zéro un quatre-vingt-dix-neuf zéro zéro douze treize"))
    assert {mistake.code for mistake in call.mistakes} == {"invented_number"}
    assert call.tags["caller_trouble"] == "invented_number"


async def test_caller_that_goes_on_for_ever_hangs_up() -> None:
    call, server = await _hold(_does("say", "je ne sais pas"))
    assert len(server.requests) <= 16
    assert call.held.record.call.ended is not None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Fails(400), "bad_status"),
        (SaysNothing(), "timeout"),
        (Says("not json"), "bad_json"),
        (Says({"does": "dance", "words": ""}, strict=False), "schema"),
        (_does("say", "  "), "no_words"),
        (_does("say", "bonjour " * 100), "too_long"),
        (_does("keys", "none"), "bad_keys"),
    ],
)
async def test_absurd_answers_are_trouble_of_the_caller_and_the_call_ends(answer: Answer, code: str) -> None:
    call, _ = await _hold(answer, limit_s=0.05 if code == "timeout" else 5.0)
    assert code in {mistake.code for mistake in call.mistakes}
    assert call.held.record.call.ended in (EndReason.SILENCE, EndReason.CALLER_HUNG_UP, EndReason.GOODBYE)


@pytest.mark.parametrize("wrong", ["", "turns: allô\n    persona: {goal: rien}"])
def test_call_needs_turns_or_a_persona(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "calls.yaml"
    file.write_text(f"client: x\ncalls:\n  - name: a\n    {wrong}\n    expect: {{}}\n")
    with pytest.raises(EvalFileError, match="persona"):
        read_conversations([file])
