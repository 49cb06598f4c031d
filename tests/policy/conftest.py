"""Clients, a moment by day and one by night, and a call that has just been greeted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.policy.decide import greet

CLIENTS = Path(__file__).parents[1] / "fakes" / "fiches"
BY_DAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BY_NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)


@pytest.fixture
def heating() -> Instructions:
    return read_client_file(CLIENTS / "chauffage-morel.yaml")


@pytest.fixture
def practice() -> Instructions:
    return read_client_file(CLIENTS / "cabinet-lilas.yaml")


@pytest.fixture
def call(heating: Instructions) -> Call:
    new = Call("c1", heating.id, 1, "", "+33199001001", BY_NIGHT, Language.FRENCH)
    return greet(new, heating, BY_NIGHT).call
