"""Examples of a client file are played through the receptionist; a failed one is told turn by turn, with lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.clients.fiche import fiche
from voicebot.clients.client_file import ClientFile, read_client
from voicebot.domain.events import EventKind
from voicebot.quality.client_examples import Played, play_examples, working_hour
from voicebot.quality.client_wordings import misheard_wordings
from voicebot.quality.example_account import account_of
from voicebot.understanding.rules import Rules

SHIPPED = Path(__file__).parents[1] / "clients" / "chauffage-morel.yaml"


def client_with(tmp_path: Path, *examples: dict[str, Any]) -> ClientFile:
    yaml = YAML()
    document = yaml.load(SHIPPED.read_text(encoding="utf-8"))
    document["examples"] = list(examples)
    path = tmp_path / SHIPPED.name
    with path.open("w", encoding="utf-8") as new:
        yaml.dump(document, new)
    return read_client(path)


async def play(tmp_path: Path, say: Any, then: dict[str, Any], **more: str) -> tuple[Played, ClientFile]:
    file = client_with(tmp_path, {"say": say, "then": then, **more})
    (played,) = await play_examples(file, Rules())
    return played, file


GAS = "ça sent le gaz dans la cuisine"
NUMBER = "mon numéro c'est le 06 39 98 12 34"


@pytest.mark.parametrize(
    ("say", "then"),
    [
        ("je voudrais un devis", {"scenario": "quote", "asks": "caller_name", "ends": False}),
        (GAS, {"red_flag": "gas_smell", "urgency": "p0", "says": ["Sortez tout de suite"], "asks": "address"}),
        (["je voudrais un devis", "je m'appelle paul martin"], {"details": {"caller_name": "Paul Martin"}}),
        ("i would like a quote please", {"language": "en", "scenario": "quote"}),
        ("quelle est votre adresse", {"faq": "address", "never_says": ["gaz"]}),
        (["je voudrais un devis", "/silence"], {"scenario": "quote"}),
        (["au revoir"], {"ends": True}),
    ],
)
async def test_example_that_holds(tmp_path: Path, say: Any, then: dict[str, Any]) -> None:
    played, _ = await play(tmp_path, say, then)
    assert played.unmet == ()


@pytest.mark.parametrize(
    ("say", "then", "failed"),
    [
        ("je voudrais un devis", {"scenario": "leak"}, ("scenario", "leak", "quote")),
        ("je voudrais un devis", {"asks": "address"}, ("asks", "address", "caller_name")),
        ("je voudrais un devis", {"ends": True}, ("ends", "true", "false")),
        ("je voudrais un devis", {"red_flag": "gas_smell"}, ("red_flag", "gas_smell", "none")),
        (GAS, {"urgency": "p3"}, ("urgency", "p3", "p0")),
        (GAS, {"says": ["Bonne journée"]}, ("says", "Bonne journée", "not said")),
        (GAS, {"never_says": ["SORTEZ tout"]}, ("never_says", "SORTEZ tout", "Sortez tout de suite. Ne touchez à")),
        ("je voudrais un devis", {"details": {"address": "là"}}, ("details.address", "là", "none")),
        (["au revoir", GAS], {"ends": True}, ("say", "1 more turn(s) are heard", "the call had ended")),
        ("bonjour", {"language": "en"}, ("language", "en", "fr")),
    ],
)
async def test_example_that_fails(tmp_path: Path, say: Any, then: dict[str, Any], failed: tuple[str, str, str]) -> None:
    played, _ = await play(tmp_path, say, then)
    (unmet,) = played.unmet
    assert (unmet.expectation, unmet.expected) == failed[:2]
    assert unmet.found.startswith(failed[2])


async def test_failed_example_is_told_turn_by_turn_with_lines(tmp_path: Path) -> None:
    played, file = await play(tmp_path, [GAS, NUMBER], {"scenario": "leak"})
    account = "\n".join(account_of(played, file))
    assert f"{file.path}:" in account.splitlines()[0]
    assert "expected scenario: leak — found: none" in account
    assert f"caller       « {GAS} »" in account
    assert "raise_red_flag red_flag=gas_smell" in account
    line = file.lines.line("red_flags[gas_smell]")
    assert f"red_flags[gas_smell] ({file.path}:{line})" in account
    assert "receptionist « Sortez tout de suite." in account


async def test_example_happens_at_its_time_and_with_its_number(tmp_path: Path) -> None:
    played, _ = await play(tmp_path, "bonjour", {"says": ["fermés"]}, at="2026-12-25 10:00", caller="+33639980099")
    assert played.unmet == ()
    assert played.call.caller_number == "+33639980099"
    assert any(e.kind is EventKind.CALL_ENDED for e in played.events)


def test_working_hour_follows_from_the_file_alone() -> None:
    assert f"{working_hour(fiche()):%Y-%m-%d %H:%M}" == "2026-01-02 08:00"
    later = fiche(valid_from="2026-12-25", on_call=None, scenarios__0__escalations=[], red_flags=[])
    assert f"{working_hour(later):%Y-%m-%d %H:%M}" == "2026-12-28 08:00"


def test_wording_that_is_heard_as_another_is_found() -> None:
    plain = fiche()
    assert list(misheard_wordings(plain)) == []
    twice = fiche(scenarios__1__callers_say={"fr": ["j'ai une fuite d'eau"]})
    found = list(misheard_wordings(twice))
    assert {f.path for f in found} <= {"scenarios[leak].callers_say", "scenarios[quote].callers_say"}
    assert found
    assert all("« j'ai une fuite d'eau » is heard as" in f.what for f in found)
