"""From paths of instructions to lines of the file, as `talk --why` and every finding show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client
from voicebot.clients.lines import Lines, steps_of

TEXT = """\
# A comment.
id: demo
greeting:
  open: {fr: Bonjour}
  closed:
    fr: Fermé
scenarios:
  - id: no-heating
    details: [caller_name, address]
    promise:
      open: {fr: Demain}
  - {id: leak, title: {fr: fuite}}
red_flags:
  - red_flag: gas_smell
    details:
      - address
      - caller_name
hours:
  overrides:
    - day: 2026-12-05
      slots: ["08:00-12:00"]
"""
LINES = Lines.of_text(TEXT)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("scenarios[no-heating].details", 9),
        ("scenarios[no-heating].promise.open", 11),
        ("scenarios[leak].title.fr", 12),
        ("scenarios[1].title", 12),
        ("scenarios[no-heating].urgency", 8),
        ("red_flags[gas_smell].details", 15),
        ("red_flags[gas_smell].details[1]", 17),
        ("greeting.open", 4),
        ("greeting.closed", 5),
        ("hours.overrides[2026-12-05].slots", 21),
        ("scenarios[unknown].details", 7),
        ("scenarios[9]", 7),
        ("house", None),
        ("house: caller_name", None),
        ("on_call.shifts", None),
        ("", None),
    ],
)
def test_line_of_a_path(path: str, line: int | None) -> None:
    assert LINES.line(path) == line


def test_steps_of_a_path() -> None:
    assert steps_of("scenarios[no-heating].details") == ("scenarios", "no-heating", "details")


def test_place_names_file_and_line() -> None:
    path = Path(__file__).with_name("chauffage-morel.yaml")
    file = read_client(path)
    line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "id: leak" in text)
    assert file.place("scenarios[leak]") == f"{path}:{line}"
    assert file.place("house") == ""
