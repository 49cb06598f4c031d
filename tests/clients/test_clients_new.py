"""The first file of a new client: whatever the trade, it can be obeyed at once and says what to complete."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from voicebot.clients.check.finding import Severity
from voicebot.clients.check.instructions import findings_in
from voicebot.clients.client_file import ClientFile, client_of
from voicebot.clients.new.answers import Answers, e164, slug
from voicebot.clients.new.first_file import first_file
from voicebot.clients.new.week import week_of
from voicebot.domain.identity import Sector
from voicebot.domain.language import Language
from voicebot.quality.client_wordings import misheard_wordings

NOW = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
ANNE = {"name": "Anne Roy", "phone": "06 39 98 33 34", "email": "anne@erables.example", "takes_calls": True, "on_call": True}
LUC = {"name": "Luc Bon", "phone": "06 39 98 33 35", "on_call": True}


def answers(**changes: Any) -> Answers:
    return Answers.model_validate(
        {
            "id": "erables",
            "name": "Les Érables",
            "author": "Anne Roy",
            "dialled_numbers": ["01 99 00 33 33"],
            "fallback_number": "06 39 98 33 33",
            "hours": "mon-fri 09:00-12:00 14:00-18:00; sat 9h-12h",
            "people": [ANNE, LUC],
        }
        | changes
    )


def written(given: Answers) -> ClientFile:
    return client_of(Path("erables.yaml"), first_file(given, NOW).encode(), "erables")


@pytest.mark.parametrize("sector", Sector)
@pytest.mark.parametrize("languages", [["fr"], ["fr", "en"]], ids="-".join)
def test_first_file_of_each_trade_has_nothing_to_correct(sector: Sector, languages: list[str]) -> None:
    given = answers(sector=sector, languages=languages, address="4 rue du Four, Lyon")
    instructions = written(given).instructions
    assert [f for f in findings_in(instructions, NOW) if f.check != "confidentiality.reason"] == []
    assert list(misheard_wordings(instructions)) == []
    assert instructions.identity.languages == tuple(map(Language, languages))
    assert len(instructions.scenarios) >= 2


@pytest.mark.parametrize("sector", Sector)
def test_first_file_without_people_is_refused_nothing(sector: Sector) -> None:
    found = findings_in(written(answers(sector=sector, people=[])).instructions, NOW)
    assert {f.severity for f in found} <= {Severity.WARNING}
    assert {f.check for f in found} <= {"delivery.none", "urgency.to_nobody", "identity.no_fallback"}


def test_first_file_keeps_what_was_answered() -> None:
    file = written(answers(sector="heating", spoken_name="la maison des Érables"))
    i = file.instructions
    assert i.identity.dialled_numbers == ("+33199003333",)
    assert i.identity.spoken_name == {Language.FRENCH: "la maison des Érables"}
    assert [person.phones for person in i.people] == [("+33639983334",), ("+33639983335",)]
    assert i.hours.weekly["saturday"][0].closes_minute == 720
    assert i.hours.weekly["sunday"] == ()
    assert i.on_call is not None
    assert i.on_call.contacts_at(NOW, i.identity.zone) in (("anne-roy", "luc-bon"), ("luc-bon", "anne-roy"))
    text = file.content.decode()
    assert text.startswith("# yaml-language-server: $schema=")
    assert text.count("\n# ") >= 10


@pytest.mark.parametrize(
    ("text", "day", "slots"),
    [
        ("mon-fri 09:00-12:00 14:00-18:00", "friday", ("09:00-12:00", "14:00-18:00")),
        ("lun-ven 8h-12h, 13h30-18h; sam 9h-12h", "saturday", ("09:00-12:00",)),
        ("lundi-dimanche 0:00-24:00", "sunday", ("00:00-24:00",)),
        ("mon-fri 09:00-17:00; wed closed", "wednesday", ()),
        ("mon-fri 09:00-17:00; mer fermé", "wednesday", ()),
        ("", "monday", ()),
    ],
)
def test_week_as_people_type_it(text: str, day: str, slots: tuple[str, ...]) -> None:
    assert week_of(text)[day] == slots


@pytest.mark.parametrize("text", ["always", "fri-mon 9:00-12:00", "mon 9-12 and more", "mon", "monday nine to five"])
def test_week_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        week_of(text)


def test_numbers_and_ids_as_people_type_them() -> None:
    assert e164("06 39 98 00 01") == "+33639980001"
    assert e164("+33 6 39 98 00 01") == "+33639980001"
    assert e164("0044 20 7946 0000") == "+442079460000"
    assert slug("Cabinet des Érables & Fils") == "cabinet-des-erables-fils"


@pytest.mark.parametrize(
    "changes", [{"dialled_numbers": []}, {"dialled_numbers": ["12"]}, {"hours": "always"}, {"colour": 1}]
)
def test_answers_that_cannot_be_used_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        answers(**changes)
