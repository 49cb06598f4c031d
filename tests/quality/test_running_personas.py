"""Personas in a suite: played where a language model is configured, told of where none is."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_simulated_callers import _knows

from tests.fakes.openai_server import KEY, MODEL, OpenAIServer
from voicebot.clients.directory import load_clients
from voicebot.errors import EvalFileError
from voicebot.llm.language_model import LanguageModel
from voicebot.quality.conversation_evals import passing_book, run
from voicebot.quality.running.cases import cases_of
from voicebot.quality.running.judge_case import CaseJudge, Ground
from voicebot.quality.running.suite import read_suite
from voicebot.settings import shipped
from voicebot.understanding.rules import Rules

PERSONA = Path("evals/examples/persona.yaml").resolve()


async def test_persona_is_played_and_its_call_judged(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(f"name: one\nabout: a persona\ncases:\n  conversations: {PERSONA}\n")
    (case,) = cases_of(read_suite(tmp_path / "one.yaml"))
    ground = Ground.of(load_clients(shipped("client_configs")))
    async with passing_book() as book:
        alone = await CaseJudge(ground, Rules(), book).judge(case)
        async with OpenAIServer(_knows) as server:
            model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url)
            try:
                played = await CaseJudge(ground, Rules(), book, model, shipped("prompts")).judge(case)
            finally:
                await model.close()
    assert "needs a language model" in alone.trouble
    assert not alone.passed
    assert (played.trouble, played.scenario, played.outcome) == ("", "leak", "message")
    assert played.tags["caller"] == "simulated"
    assert played.verdicts


async def test_whole_calls_without_a_model_refuse_a_persona() -> None:
    with pytest.raises(EvalFileError, match="a language model must play it"):
        await run([PERSONA], load_clients(shipped("client_configs")), Rules())
