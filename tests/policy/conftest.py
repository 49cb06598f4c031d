"""Clients, a moment by day and one by night, a call that has just been greeted, and a short way to say a turn."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Act
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.policy.decide import Verdict, decide, greet

CLIENTS = Path(__file__).parents[1] / "fakes" / "fiches"
BY_DAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BY_NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
EVERYTHING = Facilities(transfer=True, on_call=True)

Hear = Callable[..., Verdict]


@pytest.fixture
def heating() -> Instructions:
    return read_client_file(CLIENTS / "chauffage-morel.yaml")


@pytest.fixture
def practice() -> Instructions:
    return read_client_file(CLIENTS / "cabinet-lilas.yaml")


@pytest.fixture
def lifts() -> Instructions:
    return read_client_file(CLIENTS / "ascenseurs-vauban.yaml")


@pytest.fixture
def call(heating: Instructions) -> Call:
    return greeted(heating)


def greeted(client: Instructions, now: datetime = BY_NIGHT, number: str = "") -> Call:
    new = Call("c1", client.id, 1, number, client.identity.dialled_numbers[0], now, Language.FRENCH)
    return greet(new, client, now).call


def talk(
    client: Instructions,
    *turns: Act | tuple[Act, ...],
    now: datetime = BY_DAY,
    number: str = "",
    facilities: Facilities = ONLY_MESSAGES,
) -> Verdict:
    """The verdict on the last of some turns of a new call; each turn is one act or several."""
    verdict = Verdict(greeted(client, now, number), ())
    for turn in turns:
        acts = turn if isinstance(turn, tuple) else (turn,)
        verdict = decide(verdict.call, acts, client, now, facilities)
    return verdict


def actions(verdict: Verdict) -> list[str]:
    return [f"{d.action}:{d.subject}" if d.subject else str(d.action) for d in verdict.decisions]
