"""Edits of client files: one part changes, every other line stays as it is, with its comments, for every shipped client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from voicebot.clients.edits import Edit, edited, values_of
from voicebot.clients.form_fields import FORM, FieldKind, FormField
from voicebot.errors import InstructionsError

FILES = sorted((Path(__file__).parents[2] / "client_configs").glob("*.yaml"))
TEXTS = {path.stem: path.read_text("utf-8") for path in FILES}
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=30
)
VALUES = WORDS | st.sampled_from(
    ["no", "yes", "null", "1", "08:00", "# x", "a: b", "- a", "{a}", "[", "'", '"', "@", "é", " a "]
)


def _places(fields: tuple[FormField, ...], at: tuple[str | int, ...], values: Any) -> Iterator[tuple[str | int, ...]]:
    """Paths of the form's own text fields that a file has."""
    for field in fields:
        inside = values.get(field.name) if isinstance(values, dict) else None
        path = (*at, field.name)
        if inside is None:
            continue
        if field.kind is FieldKind.GROUP:
            yield from _places(field.fields, path, inside)
        elif field.kind is FieldKind.PARTS:
            for place, item in enumerate(inside):
                yield from _places(field.fields, (*path, place), item)
        elif field.kind is FieldKind.LOCALISED:
            yield from ((*path, language) for language in inside)
        elif field.kind in (FieldKind.TEXT, FieldKind.LONG):
            yield path


def _all_places(text: str) -> list[tuple[str | int, ...]]:
    values = values_of(text)
    found: list[tuple[str | int, ...]] = []
    for section in FORM:
        inside = values.get(section.at) if section.at else values
        found += _places(section.fields, (section.at,) if section.at else (), inside)
    return found


def _at(values: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        values = values[step]
    return values


def _comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]


def _touched(before: str, after: str) -> int:
    """Lines of `before` that are not in `after` in the same order."""
    blocks = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False).get_matching_blocks()
    return len(before.splitlines()) - sum(block.size for block in blocks)


PLACES = {name: _all_places(text) for name, text in TEXTS.items()}


@pytest.mark.parametrize("name", TEXTS)
def test_the_form_finds_most_of_what_a_file_says(name: str) -> None:
    assert len(PLACES[name]) > 60


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_text_field_is_changed_and_changed_back_without_a_trace(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(TEXTS)))
    path = data.draw(st.sampled_from(PLACES[name]))
    value = data.draw(VALUES)
    text, before = TEXTS[name], _at(values_of(TEXTS[name]), path)

    new = edited(text, Edit(path, value))

    assert _at(values_of(new), path) == value
    assert _at(YAML(typ="safe", pure=True).load(new), path) in (value, value.strip())
    assert _comments(new) == _comments(text)
    assert _touched(text, new) <= 1
    assert values_of(edited(new, Edit(path, before))) == values_of(text)
    assert _touched(text, edited(new, Edit(path, before))) <= 1


@pytest.mark.parametrize("name", TEXTS)
def test_parts_are_added_and_taken_away_again(name: str) -> None:
    text = TEXTS[name]
    new_parts: dict[str, dict[str, Any]] = {
        "people": {"id": "new-person", "name": "Nadia Roy", "phones": ["+33639980777"]},
        "faq": {"id": "new-answer", "callers_say": {"fr": ["où se garer"]}, "answer": {"fr": "Dans la cour."}},
        "deliveries": {"id": "new-rule", "channel": "email", "to": ["x"]},
        "texts": {"id": "new-text", "title": {"fr": "l'adresse"}, "body": {"fr": "4 rue X : au fond"}},
    }
    for section, part in new_parts.items():
        count = len(values_of(text).get(section) or [])
        longer = edited(text, Edit((section,), part, add=True))
        assert values_of(longer)[section][-1] == part
        assert _touched(text, longer) == 0
        shorter = edited(longer, Edit((section, count), None))
        assert values_of(shorter).get(section) in (values_of(text).get(section), [])
        assert _comments(shorter) == _comments(text)


@pytest.mark.parametrize("name", TEXTS)
def test_every_item_of_every_list_can_be_taken_away(name: str) -> None:
    text = TEXTS[name]
    values = values_of(text)
    for section in ("people", "scenarios", "faq", "deliveries"):
        for place, item in enumerate(values[section]):
            without = edited(text, Edit((section, place), None))
            assert item not in values_of(without)[section]
            assert Counter(_comments(text)) >= Counter(_comments(without))


def test_words_that_stay_keep_how_they_are_written_and_their_comments() -> None:
    text = "a:\n  # first of all\n  words:\n    - one # why\n    # about two\n    - 'two'\n    - three\n  # after\nb: 1\n"
    new = edited(text, Edit(("a", "words"), ["one", "two", "four: 4"]))
    assert new == text.replace("    - three\n", '    - "four: 4"\n')
    assert edited(text, Edit(("a", "words"), ["two", "one"])).count("#") == 4
    assert edited(text, Edit(("a", "words"), [])) == "a:\n  # first of all\n  words: []\n  # after\nb: 1\n"


@pytest.fixture
def without_handoff() -> str:
    text = TEXTS["chauffage-morel"]
    return edited(text, Edit(("handoff",), None)) if "handoff" in values_of(text) else text


def test_a_missing_part_is_written_where_the_schema_has_it(without_handoff: str) -> None:
    text = without_handoff
    new = edited(text, Edit(("handoff", "ring_s"), 25))
    sections = [line.partition(":")[0] for line in new.splitlines() if line and line[0].isalpha()]
    assert sections.index("handoff") == sections.index("limits") + 1
    assert values_of(edited(new, Edit(("handoff", "ring_s"), None))) == values_of(text)
    absent = edited(text, Edit(("people", 2, "absence", "fr"), "Julien est en intervention."))
    assert values_of(absent)["people"][2]["absence"] == {"fr": "Julien est en intervention."}


@pytest.mark.parametrize("broken", ["identity: [", "- only\n- a list\n", "\t", "a: &x [*x]"])
def test_a_broken_text_is_refused_with_its_line(broken: str) -> None:
    with pytest.raises(InstructionsError) as refused:
        values_of(broken)
    assert refused.value.problems[0].startswith("line ")


def test_an_edit_that_would_change_other_parts_is_refused() -> None:
    text = "a: &same {x: 1}\nb: *same\n"
    with pytest.raises(InstructionsError) as refused:
        edited(text, Edit(("b", "x"), 2))
    assert "without touching other parts" in refused.value.problems[0]
    with pytest.raises(InstructionsError):
        edited(text, Edit(("c", 4, "x"), 2))
