"""The audited safety scripts: the right numbers, no advice, no claim to have called; and no client file can touch them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.call import Call
from voicebot.domain.decisions import Action
from voicebot.domain.identity import Sector
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS, RedFlagRule, UrgencyLevel
from voicebot.policy.decide import decide, greet
from voicebot.replies.compose import compose
from voicebot.replies.phrasebook import phrasebook

CLIENT = read_client_file(Path(__file__).parents[1] / "fakes" / "fiches" / "chauffage-morel.yaml")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SCRIPTED = sorted(flag.id for flag in RED_FLAGS.values() if flag.has_script)
GENERAL = sorted(flag.id for flag in RED_FLAGS.values() if flag.has_script and not flag.sectors)
NUMBERS = {
    "gas_smell": ("18",), "carbon_monoxide": ("18", "112"), "fire": ("18", "112"), "electricity_in_water": ("18", "112"),
    "trapped_in_lift": ("18", "112"), "on_motorway": ("112",), "violence": ("17", "112", "114", "39 19"),
    "child_in_danger": ("17", "112", "119"), "suicidal_words": ("15", "112"),
}  # fmt: skip
OF_THE_BODY = ("15", "112")
GAS_LINE = {
    Language.FRENCH: "zéro huit cents, quarante-sept, trente-trois",
    Language.ENGLISH: "oh eight hundred, forty seven",
}
SUICIDE_LINE = {Language.FRENCH: "trente et un, quatorze", Language.ENGLISH: "thirty one, fourteen"}
TRIAGE = re.compile(
    r"(?i)respirez|massage|garrot|allongez|buvez|donnez|prenez|vomir|grave|sans doute|probablement"
    r"|c'est (sûrement|peut-être)|chest compressions|tourniquet|drink|give (him|her|them)|lie down"
    r"|probably|serious|it may be"
)
CLAIMS = re.compile(
    r"(?i)j'ai (appelé|prévenu|alerté)|secours (arrivent|sont en route)|I have (called|warned)|on (the|their) way"
)


def _client(**changes: Any) -> Instructions:
    return CLIENT.model_copy(update=changes)


def _said(client: Instructions, flag: str, language: Language = Language.FRENCH) -> list[str]:
    call = greet(Call("c1", client.id, 1, "", client.identity.dialled_numbers[0], NOW, language), client, NOW).call
    verdict = decide(call, [RaiseRedFlag(flag, "words")], client, NOW)
    return [s.text for s in compose(list(verdict.decisions), verdict.call, client, NOW, number=1)]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("flag", SCRIPTED)
def test_script_names_the_right_numbers_without_advice_or_claim(flag: str, language: Language) -> None:
    script = " ".join(phrasebook(language).safety[flag])
    for number in NUMBERS.get(flag, OF_THE_BODY):
        assert re.search(rf"\b{number}\b", script), number
    assert not TRIAGE.search(script)
    assert not CLAIMS.search(script)


@pytest.mark.parametrize("language", list(Language))
def test_lines_that_are_dictated_are_the_right_ones(language: Language) -> None:
    safety = phrasebook(language).safety
    assert GAS_LINE[language] in " ".join(safety["gas_smell"])
    assert SUICIDE_LINE[language] in " ".join(safety["suicidal_words"])


def test_both_languages_have_the_same_scripts() -> None:
    french, english = phrasebook(Language.FRENCH).safety, phrasebook(Language.ENGLISH).safety
    assert french.keys() == english.keys() == set(SCRIPTED)
    assert {flag: len(texts) for flag, texts in french.items()} == {flag: len(texts) for flag, texts in english.items()}


@pytest.mark.parametrize("flag", GENERAL)
def test_a_client_without_red_flags_says_the_script_all_the_same(flag: str) -> None:
    said = _said(_client(red_flags=()), flag)
    assert said[: len(phrasebook(Language.FRENCH).safety[flag])] == list(phrasebook(Language.FRENCH).safety[flag])


@pytest.mark.parametrize("flag", GENERAL)
def test_a_rule_that_excuses_or_adds_words_neither_silences_nor_changes_the_script(flag: str) -> None:
    rule = RedFlagRule.model_validate(
        {"red_flag": flag, "unless": {"fr": ["words"]}, "afterwards": {"fr": "Rappelez demain.", "en": "Call tomorrow."}}
    )
    said = _said(_client(red_flags=(rule,)), flag)
    assert said[: len(phrasebook(Language.FRENCH).safety[flag])] == list(phrasebook(Language.FRENCH).safety[flag])


@pytest.mark.parametrize("sector", list(Sector))
def test_the_clients_sector_changes_no_general_script(sector: Sector) -> None:
    client = _client(red_flags=(), identity=CLIENT.identity.model_copy(update={"sector": sector}))
    for flag in GENERAL:
        script = phrasebook(Language.FRENCH).safety[flag]
        assert _said(client, flag)[: len(script)] == list(script)


@pytest.mark.parametrize("flag", sorted(set(GENERAL) - {"trapped_in_lift"}))
def test_a_client_cannot_lower_a_danger_of_life(flag: str) -> None:
    with pytest.raises(ValidationError):
        RedFlagRule.model_validate({"red_flag": flag, "level": UrgencyLevel.P1})


def test_a_lift_company_that_wakes_its_own_people_still_says_the_script() -> None:
    rule = RedFlagRule.model_validate({"red_flag": "trapped_in_lift", "level": UrgencyLevel.P1})
    said = _said(_client(red_flags=(rule,)), "trapped_in_lift")
    assert said[0] == phrasebook(Language.FRENCH).safety["trapped_in_lift"][0]


def test_a_client_file_has_no_place_for_a_script() -> None:
    assert "safety" not in Instructions.model_fields
    assert "script" not in RedFlagRule.model_fields
    assert Action.SAFETY_SCRIPT.value not in Instructions.model_fields
