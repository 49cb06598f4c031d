"""Dates as acts: the one that was asked for, the one that corrects a read-back, the one that comes with a request."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.understanding.acts_in_words import in_words
from voicebot.clients.client_file import read_client_file
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import Detail
from voicebot.domain.language import Language
from voicebot.understanding.dates.capture import completeness_of
from voicebot.understanding.dates.volunteered import volunteered
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.ports import Completeness, Context
from voicebot.understanding.rules import read_by_rules

CLIENTS = Path(__file__).parents[2] / "client_configs"
NOW = datetime(2026, 11, 23, 10, 10, tzinfo=ZoneInfo("Europe/Paris"))


def context(client: str, asked: str, language: str = "fr", **known: str) -> Context:
    instructions = read_client_file(CLIENTS / f"{client}.yaml")
    awaited = Awaited(asked) if asked in set(Awaited) else Awaited.DETAIL
    expectation = Expectation(awaited, asked if awaited is Awaited.DETAIL else None)
    details = {name: Detail(value, value) for name, value in known.items()}
    return Context(instructions, Language(language), expectation, None, details, NOW)


def dates_in(words: str, context: Context) -> list[str]:
    said = [in_words(a) for a in read_by_rules(words, context).acts]
    return [s for s in said if s.startswith(("appointment_day=", "birth_date=", "callback_number=", "caller_name="))]


@pytest.mark.parametrize(
    ("asked", "words", "wanted"),
    [
        ("appointment_day", "mardi à neuf heures", ["appointment_day=2026-11-24T09:00"]),
        ("appointment_day", "je crois que c'était demain", ["appointment_day=2026-11-24?"]),
        ("appointment_day", "mardi ou mercredi", ["appointment_day=mardi ou mercredi?"]),
        ("appointment_day", "dès que possible", ["appointment_day=dès que possible?"]),
        ("birth_date", "le 05 12 1978", ["birth_date=1978-12-05"]),
        ("birth_date", "le douze mai", ["birth_date=le douze mai?"]),
        (
            "appointment_day",
            "jeudi et mon numéro c'est le 06 39 98 12 34",
            ["appointment_day=2026-11-26", "callback_number=+33639981234"],
        ),
    ],
)
def test_date_that_was_asked_for_is_taken(asked: str, words: str, wanted: list[str]) -> None:
    assert dates_in(words, context("cabinet-lilas", asked)) == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("non, à dix heures", ["appointment_day=2026-11-24T10:00!"]),
        ("non, mercredi", ["appointment_day=2026-11-25T09:00!?"]),
        ("oui c'est ça, mardi", []),
        ("non c'est Marc Martin", ["caller_name=Marc Martin!"]),
    ],
)
def test_date_read_back_is_corrected_by_words_of_time_alone(words: str, wanted: list[str]) -> None:
    known = context("cabinet-lilas", "confirmation", appointment_day="2026-11-24T09:00", caller_name="Jean Martin")
    assert dates_in(words, known) == wanted


@pytest.mark.parametrize(
    ("client", "scenario", "words", "wanted"),
    [
        ("cabinet-lilas", "change-appointment", "mon rendez-vous de jeudi je voudrais le décaler", "2026-11-26"),
        ("cabinet-lilas", "change-appointment", "je dois annuler demain quatorze heures", "2026-11-24T14:00"),
        ("cabinet-lilas", "change-appointment", "je ne pourrai pas venir vendredi à neuf heures", "2026-11-27T09:00"),
        ("cabinet-lilas", "change-appointment", "je voudrais décaler mon rendez-vous à jeudi", ""),
        ("cabinet-lilas", "change-appointment", "j'avais rendez-vous hier et je n'ai pas pu venir", ""),
        ("cabinet-lilas", "appointment", "je voudrais un rendez-vous jeudi à neuf heures", ""),
        ("chauffage-morel", "maintenance", "est-ce que vous pourriez passer jeudi en huit", "2026-12-03"),
        ("chauffage-morel", "maintenance", "c'est pour l'entretien, je pars en vacances vendredi", ""),
        ("avocat-delmas", "hearing", "j'ai une audience jeudi à quatorze heures", "2026-11-26T14:00"),
    ],
)
def test_date_that_comes_with_a_request_is_taken_only_when_it_is_plain(
    client: str, scenario: str, words: str, wanted: str
) -> None:
    found = volunteered(Utterance.of(words), context(client, "request"), Language.FRENCH, scenario)
    assert (found.act.value if found else "") == wanted


def test_completeness_regards_what_was_asked() -> None:
    assert completeness_of("le douze mai", context("cabinet-lilas", "birth_date")) is Completeness.INCOMPLETE
    assert completeness_of("mardi à neuf heures", context("cabinet-lilas", "appointment_day")) is Completeness.COMPLETE
    assert completeness_of("mardi à neuf heures", context("cabinet-lilas", "request")) is Completeness.UNKNOWN
