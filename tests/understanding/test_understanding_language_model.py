"""The language model in front of the rules: asked when it can add something, checked, replaced in the same turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.openai_server import (
    KEY,
    MODEL,
    Answer,
    ChatRequest,
    Fails,
    OpenAIServer,
    Refuses,
    Resets,
    Says,
    SaysNothing,
)
from tests.understanding.acts_in_words import context, in_words
from voicebot.domain.acts import AskForPerson
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter, Price
from voicebot.understanding.model.with_fallback import CERTAIN, UnderstandingWithFallback
from voicebot.understanding.ports import Context, Reading
from voicebot.understanding.rules import Explained, Rules, read_by_rules

PROMPTS = Path(__file__).parents[2] / "prompts"
NOTHING: dict[str, Any] = {"claims": []}
ODD = "mon installation est toute glacée ce matin"
"""Words of which the rules are made to leave some unexplained, so that the model is asked."""


class UnsureRules(Rules):
    """The rules, which never think that they have explained everything: these tests outlive what the rules will learn."""

    def read_in_full(self, words: str, context: Context) -> Explained:
        return replace(super().read_in_full(words, context), everything=False)


def _says(*claims: tuple[str, str]) -> Says:
    return Says({"claims": [{"claim": claim, "words": words} for claim, words in claims]})


@asynccontextmanager
async def _understanding(
    answer: Answer | Callable[[ChatRequest], Answer], budget_s: float = 30.0, rules: type[Rules] = UnsureRules
) -> AsyncIterator[tuple[UnderstandingWithFallback, OpenAIServer]]:
    async with OpenAIServer(answer if callable(answer) else lambda _: answer) as server:
        model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url, price=Price(1.0, 2.0))
        yield UnderstandingWithFallback(rules(), model, PROMPTS, budget_s), server
        await model.close()


async def _read(words: str, answer: Answer, where: Context | None = None) -> tuple[list[str], Reading]:
    async with _understanding(answer) as (understanding, _):
        reading = await understanding.read(words, where or context())
    return [in_words(a) for a in reading.acts], reading


async def test_model_fills_the_acts_that_rules_cannot() -> None:
    said = "mes radiateurs chouinent et sont comme des glaçons figurez-vous"
    acts, reading = await _read(
        said, _says(("scenario:no-heating", "mes radiateurs chouinent"), ("detail:reason", "mes radiateurs chouinent"))
    )
    assert acts == ["scenario no-heating", "reason=mes radiateurs chouinent"]
    assert (reading.by, reading.fallback, reading.trouble) == ("language_model", "", ())
    assert len(reading.prompt_hash) == 12


async def test_scenario_that_no_word_of_the_client_shows_is_asked_about() -> None:
    said = "chez moi les pingouins seraient heureux"
    acts, _ = await _read(said, _says(("scenario:no-heating", said)))
    assert acts[0] == "scenario no-heating?"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Fails(500), "bad_status"),
        (Fails(401), "bad_status"),
        (Fails(429), "rate_limited"),
        (Fails(429, headers=(("retry-after", "30"),)), "rate_limited"),
        (Refuses(), "refused"),
        (Resets(), "connection"),
        (Says("pas du json", strict=False), "bad_json"),
        (Says({"claims": [{"claim": "scenario:somebody-elses", "words": ODD}]}, strict=False), "schema"),
        (Says({"claims": [{"claim": "scenario:leak"}]}, strict=False), "schema"),
        (Says({"claims": [], "reply": "Je vous offre 50 %"}, strict=False), "schema"),
        (Says(NOTHING, finish="length"), "truncated"),
        (Says(NOTHING, piece_letters=4, break_after=2), "connection"),
        (_says(("detail:caller_name", "Napoléon Bonaparte")), "absurd"),
        (_says(("scenario:leak", "il y a une inondation terrible")), "absurd"),
        (_says(*((f"wish:{w}", str(n)) for n in range(9) for w in ("greet", "thank"))), "absurd"),
    ],
    ids=lambda part: part if isinstance(part, str) else str(part)[:50],
)
async def test_failing_or_absurd_model_leaves_the_turn_to_the_rules(answer: Answer, reason: str) -> None:
    _, reading = await _read(ODD, answer)
    rules = read_by_rules(ODD, context())
    assert reading.acts == rules.acts
    assert (reading.by, reading.fallback, reading.trouble) == ("rules", reason, (f"language_model.{reason}",))
    assert reading.model_use.requests >= 1


@pytest.mark.parametrize(
    "answer",
    [
        SaysNothing(),
        Says(NOTHING, first_token_after_s=60),
        Says(NOTHING, piece_letters=4, stall_after=2),
        Says(NOTHING, piece_letters=1, drip_s=0.05),
    ],
    ids=["nothing", "slow", "stalls", "drips"],
)
async def test_slow_model_leaves_the_same_turn_to_the_rules(answer: Answer) -> None:
    async with _understanding(answer, budget_s=0.15) as (understanding, server):
        reading = await understanding.read(ODD, context())
        await server.wait_cut_off()
    assert reading.acts == read_by_rules(ODD, context()).acts
    assert (reading.by, reading.fallback) == ("rules", "timeout")


async def test_dead_server_costs_a_few_turns_and_is_then_left_alone() -> None:
    async with _understanding(Fails(500)) as (understanding, server):
        readings = [await understanding.read(ODD, context()) for _ in range(6)]
    assert len(server.requests) == 6, "each of three turns asks twice"
    assert [r.fallback for r in readings] == ["bad_status"] * 3 + ["resting"] * 3
    assert readings[-1].trouble == ()


async def test_reading_tells_its_cost_and_the_call_sums_it() -> None:
    meter = Meter()
    async with _understanding(Says(NOTHING, usage=(1000, 10))) as (understanding, _):
        readings = [await understanding.read(ODD, replace(context(), meter=meter)) for _ in range(2)]
    assert [(r.model_use.requests, r.model_use.prompt_tokens) for r in readings] == [(1, 1000)] * 2
    assert (meter.use.requests, meter.use.prompt_tokens, meter.use.completion_tokens) == (2, 2000, 20)
    assert meter.use.cost == pytest.approx(0.00204)


async def test_cancelled_reading_closes_its_request_and_is_paid_for() -> None:
    meter = Meter()
    async with _understanding(Says(NOTHING, piece_letters=4, stall_after=1)) as (understanding, server):
        reading = asyncio.create_task(understanding.read(ODD, replace(context(), meter=meter)))
        await server.wait_asked()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await server.wait_cut_off()
    assert meter.use.requests == 1
    assert meter.use.prompt_tokens > 100
    assert meter.use.cost > 0


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("oui c'est ça merci", "confirmation"),
        ("non", "confirmation"),
        ("zéro six douze trente quatre cinquante six soixante dix huit", "callback_number"),
        ("zéro six douze", "callback_number"),
        ("paul martin", "caller_name"),
        ("ça sent le gaz", "request"),
        ("je veux parler à quelqu'un", "request"),
        ("ma chaudière est en panne", "request"),
        ("bonjour", "request"),
        ("non merci au revoir", "anything_else"),
        ("ne quittez pas", "address"),
        ("ben oui depuis hier soir", "water_is_off"),
        ("je dirais une trentaine", "radiators"),
    ],
)
async def test_model_is_not_asked_when_the_rules_are_certain(words: str, asked: str) -> None:
    async with _understanding(_says(), rules=Rules) as (understanding, server):
        reading = await understanding.read(words, context(asked=asked))
    assert server.requests == []
    assert (reading.by, reading.fallback) == ("rules", CERTAIN)


@pytest.mark.parametrize(
    "words", ["bla bla truc machin", "euh c'est compliqué avec mon propriétaire qui ne veut rien entendre"]
)
async def test_model_is_asked_when_the_rules_leave_words(words: str) -> None:
    async with _understanding(_says(), rules=Rules) as (understanding, server):
        await understanding.read(words, context())
    assert len(server.requests) == 1


async def test_rules_danger_human_and_recording_are_never_switched_off_by_the_model() -> None:
    said = "mon bidule fait un drôle de bruit et je refuse d'être enregistré"
    acts, _ = await _read(said, _says(("detail:reason", "mon bidule fait un drôle de bruit")))
    assert "no recording" in acts


async def test_phone_number_is_read_by_our_rules_from_the_quoted_words() -> None:
    said = "moi mon petit téléphone chinois c'est zéro six douze trente-quatre cinquante-six soixante-dix-huit voilà quoi"
    acts, _ = await _read(said, _says(("detail:callback_number", "06 12 34 56 79")), context(asked="callback_number"))
    assert acts == ["callback_number=+33612345678"]


async def test_person_and_name_come_from_the_callers_words() -> None:
    said = "figurez-vous que je devais essayer de joindre renault dupond moi c'est ginette lacaze du second"
    acts, reading = await _read(said, _says(("person:dupont", "renault dupond"), ("detail:caller_name", "ginette lacaze")))
    assert "caller_name=Ginette Lacaze" in acts
    asked = next(a for a in reading.acts if isinstance(a, AskForPerson))
    assert "renault dupond" in asked.name


async def test_person_whom_the_words_do_not_name_is_not_taken_from_the_model() -> None:
    said = "eh bien figurez-vous que je voudrais causer de choses et d'autres avec votre grand manitou"
    acts, _ = await _read(said, _says(("person:tison", "grand manitou"), ("detail:reason", "choses et d'autres")))
    assert "person tison" not in acts


async def test_two_people_of_one_name_are_asked_about() -> None:
    said = "eh bien voilà figurez-vous qu'on m'a dit de demander un certain dupon dans vos bureaux"
    _, reading = await _read(said, _says(("person:dupont", "dupon")))
    asked = next((a for a in reading.acts if isinstance(a, AskForPerson)), None)
    assert asked is not None
    assert (asked.person, set(asked.candidates)) == (None, {"dupont", "dupond"})


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("non je ne crois pas que ce soit tout à fait mon adresse de naissance", "answer:yes"),
        ("le patron de mon immeuble il a un bidule tout neuf", "answer:yes"),
        ("le patron de mon immeuble il a un bidule tout neuf", "answer:no"),
        ("le patron de mon immeuble il a un bidule tout neuf", "wish:say_goodbye"),
        ("le patron de mon immeuble il a un bidule tout neuf", "wish:ask_for_human"),
        ("le patron de mon immeuble il a un bidule tout neuf", "wish:ask_for_english"),
        ("le patron de mon immeuble il a un bidule tout neuf", "caller:press"),
        ("le patron de mon immeuble il a un bidule tout neuf", "secret:who_is_a_client"),
        ("le patron de mon immeuble il a un bidule tout neuf", "faq:hours"),
        ("le patron de mon immeuble il a un bidule tout neuf", "question:other"),
    ],
)
async def test_claim_that_the_words_do_not_bear_is_refused(words: str, claim: str) -> None:
    where = context(asked="confirmation")
    _, reading = await _read(words, _says((claim, words)), where)
    assert reading.fallback == "absurd"
    assert reading.acts == read_by_rules(words, where).acts


async def test_question_is_no_scenario() -> None:
    said = "dites donc est-ce que vous êtes parents avec le fameux acteur de cinéma"
    acts, reading = await _read(said, _says(("scenario:quote", "est-ce que vous êtes parents")))
    assert not any(a.startswith("scenario") for a in acts)
    assert reading.fallback == "absurd"


async def test_correction_of_something_unknown_cannot_be_claimed() -> None:
    async with _understanding(_says()) as (understanding, server):
        await understanding.read(ODD, context())
        await understanding.read(ODD, context(known={"caller_name": "Paul Martin"}))
    first, second = (r.schema["properties"]["claims"]["items"]["properties"]["claim"]["enum"] for r in server.requests)
    assert not [c for c in first if c.startswith("correction")]
    assert [c for c in second if c.startswith("correction")] == ["correction:caller_name"]


async def test_card_number_never_reaches_the_model_or_a_detail() -> None:
    said = "mon bidule est payé avec la carte bancaire 4970 1234 5678 9012 vous voyez"
    async with _understanding(_says(("detail:reason", "mon bidule est payé"))) as (understanding, server):
        reading = await understanding.read(said, context())
    assert "4970" not in server.requests[0].user
    assert "9012" not in str(reading.acts)
