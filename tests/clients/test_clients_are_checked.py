"""Client files: a broken one is told with file, line, field and remedy, and hides no other client."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.clients.directory import load_clients
from voicebot.errors import InstructionsError, UnknownClient

CLIENTS = Path(__file__).parents[2] / "client_configs"
GOOD = Path(__file__).with_name("chauffage-morel.yaml").read_text(encoding="utf-8")
"""A client file as it was once shipped: it does not change with those that are."""


def write(folder: Path, text: str, name: str = "chauffage-morel.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(InstructionsError) as caught:
        read_client_file(path)
    assert caught.value.file == str(path)
    assert caught.value.remedy
    return caught.value.problems


def line_of(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if piece in line)


def test_shipped_clients_are_whole() -> None:
    clients = load_clients(CLIENTS)
    assert clients.broken == ()
    assert {"chauffage-morel", "cabinet-lilas"} <= clients.instructions.keys()


@pytest.mark.parametrize(
    ("good", "bad", "piece", "said"),
    [
        ('monday: ["08:00-12:00"', 'monday: ["08:00-12h"', "monday:", "08:00-12:00"),
        ('monday: ["08:00-12:00", "13:30-18:00"]', 'monday: ["08:00-14:00", "13:30-18:00"]', "weekly:", "overlap"),
        ('tuesday: ["08:00-12:00"', 'tuesday: ["18:00-06:00"', "tuesday:", "closes before it opens"),
        ("holidays_region: FR", "holidays_region: XX", "holidays_region:", "holiday region"),
        ("time_zone: Europe/Paris", "time_zone: Europe/Pari", "time_zone:", "time zone"),
        ("  sector: heating", "  sectr: heating", "sectr:", "remove or rename"),
        ("  sector: heating", "  sector: bakery", "sector:", "heating"),
        ('"+33199001001"', '"0199001001"', "dialled_numbers:", "pattern"),
        ("details: [caller_name, callback_number, address]", "details: [caller_nam]", "[caller_nam]", 'names "caller_nam"'),
        ("  - id: leak", "  - id: no-heating", None, "twice"),
        ("level: p0, details: [address, callback_number, caller_name]}", "level: p3}", "gas_smell", "p0 or p1"),
        ("  enabled: true\n  purpose:", "  enabled: true\n  purpse:", "purpse:", "remove or rename"),
        (
            'open: {fr: "Que puis-je faire pour vous ?", en: "What can I do for you?"}',
            'open: {fr: "Oui ?"}',
            None,
            'no "en"',
        ),
        ("    outcome: refusal", "    outcome: hand_over", "hand_over", "refusal"),
    ],
)
def test_wrong_field_is_named_with_its_line(tmp_path: Path, good: str, bad: str, piece: str | None, said: str) -> None:
    assert good in GOOD
    text = GOOD.replace(good, bad, 1)
    found = problems(write(tmp_path, text))
    assert any(said in problem for problem in found), found
    if piece:
        assert any(f"line {line_of(text, piece)}," in problem for problem in found), found


def test_broken_yaml_names_line_and_column(tmp_path: Path) -> None:
    assert problems(write(tmp_path, "id: a\n  name: [b\n"))[0].startswith("line ")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "42"])
def test_file_without_fields_is_refused(tmp_path: Path, text: str) -> None:
    assert "fields" in problems(write(tmp_path, text))[0]


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chauffage-morel.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in problems(path)[0]


def test_id_must_be_the_name_of_the_file(tmp_path: Path) -> None:
    assert "chauffage-autre" in problems(write(tmp_path, GOOD, "chauffage-autre.yaml"))[0]


def test_broken_file_hides_no_other_client(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "id: [", "casse.yaml")
    clients = load_clients(tmp_path)
    assert set(clients.instructions) == {"chauffage-morel"}
    assert [Path(error.file).name for error in clients.broken] == ["casse.yaml"]


def test_number_of_two_clients_is_refused_for_the_second(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("id: chauffage-morel", "id: zinguerie"), "zinguerie.yaml")
    clients = load_clients(tmp_path)
    assert set(clients.instructions) == {"chauffage-morel"}
    assert "already reaches" in clients.broken[0].problems[0]


def test_client_is_found_by_dialled_number() -> None:
    clients = load_clients(CLIENTS)
    assert clients.dialled("+33199002001").id == "cabinet-lilas"
    with pytest.raises(UnknownClient):
        clients.dialled("+33100000000")
    with pytest.raises(UnknownClient, match="chauffage-morel"):
        clients.of("chauffage-more")


def test_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InstructionsError, match="VOICEBOT_CLIENTS_DIR"):
        load_clients(tmp_path)
