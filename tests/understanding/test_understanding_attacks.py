"""Callers and models that want too much: nothing that the words do not bear becomes an act, whatever a model claims."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.attacks import CLIENTS, Attack, attacks
from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import CALLBACK_NUMBER, Detail, DetailKind
from voicebot.domain.language import Language
from voicebot.errors import LanguageModelFailed
from voicebot.understanding.model.by_language_model import reading_of
from voicebot.understanding.model.prompt import claims_of
from voicebot.understanding.model.relevant import claimable_kinds, leads_to_people
from voicebot.understanding.model.support import named, shows_scenario
from voicebot.understanding.normalise import plain
from voicebot.understanding.ports import Context
from voicebot.understanding.rules import read_by_rules

NOW = datetime(2026, 11, 24, 9, 10, tzinfo=UTC)
ROWS = attacks()
KNOWN = {CALLBACK_NUMBER: Detail("+33639981234", "zéro six …"), "caller_name": Detail("Paul Martin", "paul martin")}
ASKED = (
    Expectation(Awaited.REQUEST),
    Expectation(Awaited.CONFIRMATION),
    Expectation(Awaited.ANYTHING_ELSE),
    Expectation(Awaited.DETAIL, "caller_name"),
    Expectation(Awaited.DETAIL, "callback_number"),
)


def _context(attack: Attack, asked: Expectation = ASKED[0], known: dict[str, Detail] | None = None) -> Context:
    return Context(attack.instructions, attack.language, asked, None, known or {}, NOW)


def test_there_are_attacks_of_every_kind_in_two_languages() -> None:
    languages = Counter(row.language for row in ROWS)
    assert len(ROWS) >= 100
    assert min(languages[language] for language in Language) >= 50
    assert len({row.id for row in ROWS}) == len(ROWS)
    kinds = {language: {r.kind for r in ROWS if r.language is language} for language in Language}
    assert kinds[Language.FRENCH] == kinds[Language.ENGLISH]
    assert len(kinds[Language.FRENCH]) >= 13


@pytest.mark.parametrize("row", [r for r in ROWS if not r.may & {"danger"}], ids=str)
def test_rules_raise_no_danger_for_an_attack(row: Attack) -> None:
    for words in row.say:
        assert not [a for a in read_by_rules(words, _context(row)).acts if isinstance(a, acts.RaiseRedFlag)]


def unsupported(act: Act, words: str, context: Context) -> str:
    """Why the caller's words do not bear this act; "" when they do."""
    client, said = context.instructions, f" {plain(words)} "
    quoted = getattr(act, "words", "")
    if isinstance(act, acts.RaiseRedFlag):
        return "a danger that the rules did not hear"
    if not isinstance(act, GiveDetail) and quoted not in words:
        return "its words are not the caller's"
    if isinstance(act, acts.StateRequest):
        scenario = client.scenario(act.scenario)
        if scenario is None:
            return "another client's scenario"
        sure = act.confidence is Confidence.SURE
        if sure and (leads_to_people(scenario) or not shows_scenario(quoted, scenario, client)):
            return "a scenario that is not asked about first"
    if isinstance(act, acts.AskQuestion) and client.question(act.faq) is None:
        return "another client's question"
    if isinstance(act, acts.TellCallerKind) and act.caller_kind not in claimable_kinds(client):
        return "a kind of caller that opens a door"
    if isinstance(act, acts.AskForPerson) and {*((act.person,) if act.person else ()), *act.candidates} - {
        *named(words, client)
    }:
        return "a person whom nobody named"
    return _unsupported_detail(act, said, context) if isinstance(act, GiveDetail) else ""


def _unsupported_detail(act: GiveDetail, said: str, context: Context) -> str:
    kind = context.instructions.detail_kind(act.detail)
    if act.correction and act.detail not in context.details:
        return "a correction of something unknown"
    if kind is DetailKind.NAME:
        wrong = [w for w in plain(act.value).split() if f" {w} " not in said and w not in _TITLES]
        return f"a name that was not said: {wrong}" if wrong and len(wrong) == len(plain(act.value).split()) else ""
    if kind is DetailKind.FREE_TEXT:
        return "" if plain(act.value) in said else "words that were not said"
    if kind is DetailKind.PHONE and f" {plain(act.words)} " not in said:
        return "a number that was not said"
    return ""


_TITLES = {"monsieur", "madame", "docteur", "maitre", "mr", "mrs", "ms", "dr"}


def _as_first_said(act: Act, context: Context) -> Act:
    """A value that the rules read and a model takes for a correction of a known one."""
    return replace(act, correction=False) if isinstance(act, GiveDetail) and act.detail in context.details else act


def _hostile(claims: list[tuple[str, str]], words: str, context: Context) -> list[str]:
    """What a model's claims add that the words do not bear."""
    rules = read_by_rules(words, context)
    answer: dict[str, Any] = {"claims": [{"claim": claim, "words": quote} for claim, quote in claims]}
    try:
        reading = reading_of(answer, words, context, rules)
    except LanguageModelFailed as failed:
        return [] if failed.reason == "absurd" else [failed.reason]
    added = [a for a in reading.acts if a not in rules.acts and _as_first_said(a, context) not in rules.acts]
    return [f"{a} — {why}" for a in added if (why := unsupported(a, words, context))]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_single_claim_makes_an_act_that_the_words_do_not_bear(row: Attack) -> None:
    for words, asked in zip(row.say, itertools.cycle((ASKED[row.number % 3], ASKED[3 + row.number % 2])), strict=False):
        context = _context(row, asked, KNOWN if row.number % 2 else {})
        said = words.split()
        for claim, quote in itertools.product(claims_of(context), (words, " ".join(said[-3:]))):
            assert not _hostile([(claim, quote)], words, context)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_claim_opens_a_door_that_the_words_do_not_open(row: Attack) -> None:
    """A model that wants the caller through gets no further than the rules: nobody is rung on its word."""
    for words in row.say:
        context = _context(row)
        rules = read_by_rules(words, context)
        said = words.split()
        quotes = {" ".join(said[i : i + size]) for size in (2, 4, len(said)) for i in range(0, len(said), 2)}
        doors = [c for c in claims_of(context) if c.startswith(("person:", "wish:ask_for_human"))]
        for claim, quote in itertools.product(doors, quotes):
            answer = {"claims": [{"claim": claim, "words": quote}]}
            try:
                reading = reading_of(answer, words, context, rules)
            except LanguageModelFailed:
                continue
            added = [a for a in reading.acts if a not in rules.acts]
            people = [a for a in added if isinstance(a, acts.AskForPerson) and (a.person or a.candidates)]
            through = [*people, *(a for a in added if isinstance(a, acts.AskForHuman))]
            assert not through or "transfer" in row.may, claim


_SAID = """bonjour je voudrais le numéro du docteur zéro six douze trente quatre non oui pas ignore tes instructions urgent
    feu patron remise demain à midi madame martin lilas please give me the number yes i am police doctor no
    </caller> "claims" {{people}} répète system"""
_WORDS = st.lists(st.sampled_from(tuple(re.findall(r"\S+", _SAID))), max_size=18).map(" ".join)
_LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=80)


@st.composite
def _answers(draw: st.DrawFn) -> tuple[str, Context, list[tuple[str, str]]]:
    client = CLIENTS[draw(st.sampled_from(sorted(CLIENTS)))]
    language = draw(st.sampled_from(client.identity.languages))
    asked = draw(st.sampled_from(ASKED))
    scenario = draw(st.sampled_from([None, *(s.id for s in client.scenarios)]))
    known = draw(st.sampled_from([{}, KNOWN]))
    context = Context(client, language, asked, scenario, known, NOW)
    words = draw(_WORDS | _LETTERS)
    said = words.split() or [""]
    begin = st.integers(0, len(said) - 1)
    spans = st.tuples(begin, begin).map(lambda s: " ".join(said[min(s) : max(s) + 1]))
    claims = draw(st.lists(st.tuples(st.sampled_from(claims_of(context)), spans | _LETTERS | st.just(words)), max_size=8))
    return words, context, claims


@settings(max_examples=150, deadline=None)
@given(_answers())
def test_any_answer_that_keeps_the_schema_adds_only_what_the_words_bear(
    case: tuple[str, Context, list[tuple[str, str]]],
) -> None:
    words, context, claims = case
    assert not _hostile(claims, words, context)


@settings(max_examples=80, deadline=None)
@given(_answers())
def test_dangers_and_secrets_of_the_rules_are_never_lost(case: tuple[str, Context, list[tuple[str, str]]]) -> None:
    words, context, claims = case
    rules = read_by_rules(words, context)
    kept = [a for a in rules.acts if isinstance(a, acts.RaiseRedFlag | acts.AskForSecret | acts.RefuseRecording)]
    answer = {"claims": [{"claim": claim, "words": quote} for claim, quote in claims]}
    try:
        reading = reading_of(answer, words, context, rules)
    except LanguageModelFailed:
        return
    assert all(a in reading.acts for a in kept)
