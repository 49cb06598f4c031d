"""Scorecards: the shipped files, who gets which, what a wrong one is told, and what answers are worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.clients.scorecards import read_scorecard, scorecard_for
from voicebot.domain.language import Language
from voicebot.domain.scorecard import Item, ItemKind, Scorecard
from voicebot.errors import EvalFileError
from voicebot.quality.facts import Facts, MessageFacts
from voicebot.settings import shipped

FOLDER = shipped("evals") / "scorecards"
FILES = sorted(FOLDER.glob("*.yaml"))
OPINIONS = {"tone", "clarity"}
GOOD = """
title: {fr: Essai}
items:
  - {id: polite, kind: yes_no, weight: 3, question: {fr: "Poli ?"}}
  - {id: tone, kind: scale, weight: 1, question: {fr: "Le ton ?"}, anchors: {1: {fr: froid}, 5: {fr: chaud}}}
  - {id: advice, kind: yes_no, critical: true, good: "no", question: {fr: "Un conseil ?"}}
  - {id: name, kind: text, fact: message.details.caller_name, question: {fr: "Nom ?"}}
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_scorecards_speak_both_languages_and_name_facts_that_exist(path: Path):
    card = read_scorecard(path).scorecard
    for item in card.items:
        said = [item.question, *([item.help] if item.help else []), *item.anchors.values()]
        assert all(set(words) == set(Language) for words in [*said, *(option.label for option in item.options)]), item.id
        whole, _, detail = (item.fact or "").partition(".details.")
        field = whole.removeprefix("message.")
        assert not item.fact or whole in OPINIONS or field in Facts.model_fields or field in MessageFacts.model_fields
        assert not detail or whole == "message"
    assert any(item.critical for item in card.items)
    assert sum(item.weight for item in card.items) == 100


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "default"], ids=lambda path: path.stem)
def test_a_clients_scorecard_offers_exactly_its_scenarios(path: Path):
    instructions = read_client_file(shipped("client_configs") / path.name)
    scenario = read_scorecard(path).scorecard.item("scenario")
    assert scenario is not None
    assert {option.value for option in scenario.options} == {one.id for one in instructions.scenarios} | {"none"}


def test_a_client_has_its_own_scorecard_or_the_default_one():
    assert scorecard_for("cabinet-lilas", FOLDER).path.stem == "cabinet-lilas"
    assert scorecard_for("chauffage-morel", FOLDER).path.stem == "default"
    assert scorecard_for("../cabinet-lilas", FOLDER).path.stem == "default"


def test_another_byte_is_another_digest(tmp_path: Path):
    file = tmp_path / "default.yaml"
    file.write_text(GOOD, "utf-8")
    before = scorecard_for("anybody", tmp_path).digest
    file.write_text(GOOD.replace("Poli", "Aimable"), "utf-8")
    assert scorecard_for("anybody", tmp_path).digest != before


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("weight: 3", "weight: -3", "items[polite].weight"),
        (", anchors: {1: {fr: froid}, 5: {fr: chaud}}", "", "items[tone]"),
        ("5: {fr: chaud}", "4: {fr: chaud}", "1 and 5"),
        ("kind: text, fact", "kind: text, weight: 2, fact", "no weight"),
        ("id: tone, kind", "id: polite, kind", "same id"),
        ("critical: true", "criticism: true", "items[advice].criticism"),
        ("title:", "title: [", "while parsing"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, was: str, now: str, told: str):
    file = tmp_path / "default.yaml"
    assert was in GOOD
    file.write_text(GOOD.replace(was, now, 1), "utf-8")
    with pytest.raises(EvalFileError) as wrong:
        read_scorecard(file)
    assert told in str(wrong.value)
    assert "docs/review.md" in wrong.value.remedy


def test_no_file_at_all_is_told(tmp_path: Path):
    with pytest.raises(EvalFileError, match="cannot be read"):
        scorecard_for("anybody", tmp_path)


@pytest.fixture
def card(tmp_path: Path) -> Scorecard:
    (tmp_path / "default.yaml").write_text(GOOD, "utf-8")
    return scorecard_for("anybody", tmp_path).scorecard


def test_a_score_is_the_weighted_mean_of_what_applies(card: Scorecard):
    fine = {"polite": "yes", "tone": "5", "advice": "no", "name": "Zoé"}
    assert card.score(fine).points == 100
    assert card.score(fine | {"polite": "no"}).points == 25
    assert card.score(fine | {"tone": "3"}).points == pytest.approx(87.5)
    assert card.score(fine | {"polite": "na", "tone": "2"}).points == 25
    assert card.score({"polite": "na", "tone": "na"}).points is None


def test_a_critical_error_is_zero_whatever_else(card: Scorecard):
    failed = card.score({"polite": "yes", "tone": "5", "advice": "yes"})
    assert (failed.points, failed.critical) == (0, ("advice",))
    assert card.score({"polite": "yes", "tone": "5", "advice": "na"}).critical == ()


def test_answers_that_items_do_not_take_are_refused(card: Scorecard):
    assert card.refused({"polite": "maybe", "tone": "6", "nothing": "yes", "name": " ", "advice": "no"}) == (
        "polite", "tone", "nothing", "name",
    )  # fmt: skip
    assert card.open_items({"polite": "yes", "tone": "1"}) == ("advice", "name")


def test_texts_are_the_same_but_for_case_accents_and_blanks():
    item = Item.model_validate({"id": "name", "kind": ItemKind.TEXT, "question": {"fr": "Nom ?"}})
    assert item.same("Zoé Lefèvre", "  ZOE lefevre ")
    assert not item.same("Lefèvre", "Lefebvre")
