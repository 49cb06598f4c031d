"""Broken client files: the lines they answer and their people's number are read as far as possible."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.directory import load_clients
from voicebot.clients.salvage import salvage

GOOD = Path(__file__).with_name("chauffage-morel.yaml").read_text(encoding="utf-8")
BOTH, PEOPLE = ("+33199001001", "+33199001002"), "+33639980001"


@pytest.mark.parametrize(
    "broken",
    [
        GOOD.replace('monday: ["08:00-12:00"', 'monday: ["08:00-12h"'),
        GOOD.replace("hours:\n", "hours: [\n"),
        GOOD.replace("id: chauffage-morel", "id: [chauffage"),
        GOOD.replace(
            'dialled_numbers: ["+33199001001", "+33199001002"]',
            "dialled_numbers:\n    - +33199001001 # one\n    - '+33199001002'",
        )
        + "\n  bad: [",
        GOOD + "\n\tTabs: {",
        GOOD[: GOOD.index("greeting:")] + "greeting: {{{",
    ],
)
def test_numbers_are_salvaged(broken: str) -> None:
    assert broken != GOOD
    found = salvage("x.yaml", broken.encode())
    assert (found.dialled_numbers, found.fallback_number) == (BOTH, PEOPLE)


def test_bytes_that_are_not_text_are_salvaged() -> None:
    found = salvage("x.yaml", b"\xff\xfe" + GOOD.encode())
    assert (found.dialled_numbers, found.fallback_number) == (BOTH, PEOPLE)


def test_fallback_that_is_a_dialled_number_is_none() -> None:
    broken = GOOD.replace("+33639980001", "+33199001001") + "\n]"
    assert salvage("x.yaml", broken.encode()).fallback_number is None


def test_line_that_is_commented_out_is_not_salvaged() -> None:
    broken = GOOD.replace("  fallback_number:", "  # fallback_number:") + "\n]"
    assert salvage("x.yaml", broken.encode()).fallback_number is None


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"identity: 5", b"identity: {dialled_numbers: 5, fallback_number: [1]}"]
)
def test_nothing_is_salvaged_from_nothing(content: bytes) -> None:
    found = salvage("x.yaml", content)
    assert (found.dialled_numbers, found.fallback_number) == ((), None)


def test_broken_file_is_found_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "chauffage-morel.yaml").write_text(GOOD.replace('monday: ["08:00-12:00"', 'monday: ["08:00-12h"'))
    clients = load_clients(tmp_path)
    assert clients.instructions == {}
    line = clients.salvaged_line(BOTH[1])
    assert line is not None
    assert line.fallback_number == PEOPLE
    assert clients.salvaged_line("+33199009999") is None
