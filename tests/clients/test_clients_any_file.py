"""Whatever stands in a client file, it is taken or refused with its problems; nothing else is ever raised."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from voicebot.clients.client_file import ClientFile, client_of
from voicebot.clients.new.answers import Answers
from voicebot.clients.new.first_file import first_file
from voicebot.clients.salvage import salvage
from voicebot.errors import InstructionsError

NUMBER, PEOPLE = "+33199003333", "+33639983333"
TEXT = first_file(
    Answers.model_validate(
        {
            "id": "erables",
            "name": "Les Érables",
            "author": "Anne",
            "dialled_numbers": [NUMBER],
            "fallback_number": PEOPLE,
            "hours": "mon-fri 09:00-12:00",
        }
    ),
    datetime(2026, 11, 23, tzinfo=UTC),
)
LINES = TEXT.splitlines(keepends=True)


def read(content: bytes) -> ClientFile | None:
    """None for a file that is refused as it should be, with its problems and a remedy."""
    try:
        return client_of(Path("erables.yaml"), content, "erables")
    except InstructionsError as error:
        refused = error
    assert refused.problems
    assert refused.remedy
    return None


def test_the_file_that_is_spoilt_below_is_good() -> None:
    assert read(TEXT.encode()) is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(place=10, spoilt="? ")  # ruamel raises TypeError here, not a YAMLError.
@given(
    place=st.integers(0, len(LINES) - 1),
    spoilt=st.sampled_from(
        ["", "[", "  - {", ": :", "\t", "&a *a", "!!python/object:os.system", "? ", "'", "0", "~\n", "\x00"]
    ),
)
def test_line_that_is_spoilt_is_refused_or_harmless_and_people_can_be_salvaged(place: int, spoilt: str) -> None:
    text = "".join([*LINES[:place], spoilt + "\n", *LINES[place + 1 :]])
    content = text.encode()
    read(content)
    found = salvage("erables.yaml", content)
    if NUMBER in found.dialled_numbers and PEOPLE in text:
        assert found.fallback_number == PEOPLE


@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_or_taken(content: bytes) -> None:
    assert read(content) is None
    salvage("erables.yaml", content)


@settings(max_examples=25, deadline=None)
@example(length=TEXT.index("time_zone: Europe") + len("time_zone: Europe"))  # A folder of zones is no zone.
@given(length=st.integers(0, len(TEXT) - 1))
def test_file_that_is_cut_off_is_refused_or_whole(length: int) -> None:
    read(TEXT.encode()[:length])
    salvage("erables.yaml", TEXT.encode()[:length])
