"""The archive over its routes: what is found, what is heard and by whom, what is noted of it."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.call_file.filed_samples import CALLER_TURNS, LENGTH_MS, play_call
from tests.console.archive_samples import (
    DELMAS,
    LILAS,
    MOREL,
    NOW,
    many_messages,
    rich_call,
    short_call,
    silent_call,
)
from tests.console.open_console import OpenConsole, open_console, user
from voicebot.call_file.folder import save_call_folder
from voicebot.call_file.tape import Tape
from voicebot.console.pages import calls
from voicebot.console.pages.after_call import words_for
from voicebot.console.pages.calls_transcript import transcript_lines
from voicebot.domain.acts import acts_json
from voicebot.domain.agent import Role
from voicebot.domain.call import RecordingState
from voicebot.domain.decisions import Action
from voicebot.domain.events import CallEvent, EventKind

PEOPLE = [
    user("claire"),
    user("qa", Role.QA),
    user("qa.lilas", Role.QA, LILAS),
    user("viewer", Role.CLIENT_VIEWER, MOREL),
    user("delmas.only", Role.AGENT, DELMAS),
]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def console(tmp_path: Path, clock: Clock) -> AsyncIterator[OpenConsole]:
    async with open_console(tmp_path, [calls.routes], PEOPLE, clock=clock) as opened:
        yield opened


def client(console: OpenConsole, who: str = "claire") -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=console.address, headers=console.headers(who), timeout=30)


async def got(console: OpenConsole, path: str, who: str = "claire", **headers: str) -> httpx.Response:
    async with client(console, who) as ask:
        return await ask.get(path, headers=headers)


async def listed(console: OpenConsole, query: str = "", who: str = "claire") -> list[str]:
    page = await got(console, f"/calls?{query}", who)
    assert page.status_code == 200
    return re.findall(r'<td class="nowrap"><a href="/console/calls/([^"]+)"', page.text)


def listened(console: OpenConsole) -> list[tuple[str, str]]:
    return [(who, subject) for who, deed, _, subject, _ in console.audit.entries if deed == "listened"]


async def test_calls_are_found_by_name_number_and_words(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    await many_messages(console.house, 10)
    assert call.id in await listed(console, "q=06+39+98+01+02")
    assert await listed(console, "q=%C3%A9vry") == [call.id]
    assert await listed(console, "q=fuite+numero+7") == ["call-00007"]


async def test_filters(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    made = await many_messages(console.house, 42)
    assert await listed(console, "human=1") == [call.id]
    assert call.id not in await listed(console, "human=0")
    assert await listed(console, "trouble=1") == [call.id]
    assert len(await listed(console, "trouble=0")) == 42
    hung_up = [c.id for c in made if c.ended and c.ended.value == "caller_hung_up"]
    assert await listed(console, "ended=caller_hung_up") == hung_up[::-1]
    english = [c.id for c in made if c.language.value == "en" and c.client == LILAS]
    assert await listed(console, f"language=en&client={LILAS}") == english[::-1]
    assert await listed(console, "urgency=p2&q=lefevre") == [call.id]
    assert await listed(console, f"to={made[0].started_at:%Y-%m-%d}&urgency=p9&q=benali") != []


async def test_calls_on_the_line_are_not_in_the_archive(console: OpenConsole) -> None:
    call = replace(short_call(3), ended=None, ended_at=None)
    await console.house.book.save(call, [])
    assert await listed(console) == []
    await console.house.book.save(short_call(3), [])
    assert await listed(console) == [call.id]


async def test_pages_hold_every_call_once_while_new_ones_end(console: OpenConsole) -> None:
    made = await many_messages(console.house, 120)
    seen: list[str] = []
    address, arrived = "/calls", 120
    while address:
        page = (await got(console, address)).text
        seen += re.findall(r'<td class="nowrap"><a href="/console/calls/([^"]+)"', page)
        await many_messages(console.house, 2, arrived)
        arrived += 2
        older = re.search(r'<a href="/console(/calls\?[^"]*after=[^"]*)">', page)
        address = older.group(1).replace("&amp;", "&") if older else ""
    assert seen == [call.id for call in made][::-1]


async def test_a_call_in_full(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    page = (await got(console, f"/calls/{call.id}")).text
    text = page.replace("&#39;", "'")
    for shown in (
        "Bonjour, j'ai plus de chauffage depuis ce matin.",
        "details.ask_missing",
        f'<a href="/console/clients/{MOREL}#scenarios[panne].details">',
        "par le modèle de langue",
        "caller_name = Zoé Lefèvre",
        "sûr à 91 %",
        "Bonjour, ici Claire, je vous écoute.",
        '<b class="line-who">Agent</b>',
        "Claire Petit",
        "rendu au réceptionniste",
        "<del>Zoé Lefèvre</del> <ins>Zoé Lefebvre</ins>",
        "adresse inexistante",
        "The language model was slow.",
        f"/console/calls/{call.id}/timeline.svg",
    ):
        assert shown in text, shown
    assert ("claire", "opened", "calls", call.id, MOREL) in console.audit.entries


async def test_a_clients_viewer_reads_and_does_not_hear(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    page = await got(console, f"/calls/{call.id}", "viewer")
    assert 'data-why="forbidden"' in page.text
    assert "/console/clients/" not in page.text
    for path in ("recording", "clip?from_ms=0&to_ms=900"):
        assert (await got(console, f"/calls/{call.id}/{path}", "viewer")).status_code == 404
    assert listened(console) == []


async def test_the_recording_is_given_whole_and_in_ranges_and_noted_once_an_hour(console: OpenConsole, clock: Clock) -> None:
    call = await rich_call(console.house)
    path = f"/calls/{call.id}/recording"
    whole = await got(console, path)
    part = await got(console, path, Range="bytes=44-1043")
    assert (whole.status_code, part.status_code) == (200, 206)
    assert part.content == whole.content[44:1044]
    assert part.headers["content-range"] == f"bytes 44-1043/{len(whole.content)}"
    assert whole.headers["cache-control"] == "no-store"
    with wave.open(io.BytesIO(whole.content)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        assert file.getnframes() == LENGTH_MS * 8
    await got(console, f"/calls/{call.id}/clip?from_ms=0&to_ms=900")
    await got(console, path, "qa")
    assert listened(console) == [("claire", call.id), ("qa", call.id)]
    clock.now += timedelta(hours=1)
    await got(console, path)
    assert listened(console) == [("claire", call.id), ("qa", call.id), ("claire", call.id)]


async def test_a_clip_is_the_moment_that_was_asked_for(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    start, end = CALLER_TURNS[2]
    clip = await got(console, f"/calls/{call.id}/clip?from_ms={start}&to_ms={end}")
    assert clip.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(clip.content)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(sound) == (end - start) * 8
    assert np.abs(sound[:, 0]).mean() > 500


async def test_a_clip_of_a_call_that_goes_on_comes_from_its_tape(console: OpenConsole) -> None:
    call = replace(short_call(1, recording=RecordingState.ON), ended=None, ended_at=None, started_at=NOW)
    await console.house.book.save(call, [])
    tape = Tape(console.house.call_folder(call), keep_audio=True)
    play_call(tape)
    assert (await got(console, f"/calls/{call.id}/clip?from_ms=6000&to_ms=8000")).status_code == 200
    assert (await got(console, f"/calls/{call.id}/recording")).status_code == 404
    assert (await got(console, f"/calls/{call.id}/clip?from_ms=600000&to_ms=600900")).json() == {"error": "no_sound"}


@pytest.mark.parametrize(
    ("span", "status"),
    [
        ("from_ms=0&to_ms=60001", 400),
        ("from_ms=5&to_ms=5", 400),
        ("from_ms=9&to_ms=5", 400),
        ("from_ms=-1&to_ms=5", 422),
        ("", 422),
    ],
)
async def test_a_clip_has_a_limit(console: OpenConsole, span: str, status: int) -> None:
    call = await rich_call(console.house)
    assert (await got(console, f"/calls/{call.id}/clip?{span}")).status_code == status
    assert listened(console) == []


@pytest.mark.parametrize(
    ("state", "why"), [(RecordingState.REFUSED, "refused"), (RecordingState.OFF, "off")], ids=["refused", "off"]
)
async def test_a_call_without_sound_says_why_and_shows_the_rest(
    console: OpenConsole, state: RecordingState, why: str
) -> None:
    call = await silent_call(console.house, 7, state)
    page = (await got(console, f"/calls/{call.id}")).text
    assert f'data-why="{why}"' in page
    assert "<audio" not in page
    assert 'class="quiet small-button hear"' not in page
    assert (await got(console, f"/calls/{call.id}/recording")).json() == {"error": "no_sound"}
    assert (await got(console, f"/calls/{call.id}/clip?from_ms=0&to_ms=900")).status_code == 404
    shape = (await got(console, f"/calls/{call.id}/peaks?columns=100")).json()
    assert (shape["source"], len(shape["caller"])) == ("levels", 100)


async def test_a_recording_over_its_time_is_not_heard(console: OpenConsole, clock: Clock) -> None:
    call = await rich_call(console.house)
    keeps = console.house.clients().of(MOREL).recording.keep_days
    clock.now = NOW + timedelta(days=keeps + 1)
    assert 'data-why="deleted"' in (await got(console, f"/calls/{call.id}")).text
    assert (await got(console, f"/calls/{call.id}/recording")).status_code == 404


async def test_sound_under_professional_secrecy_is_for_those_who_work_for_the_client(console: OpenConsole) -> None:
    call = short_call(4, LILAS, recording=RecordingState.ON, started_at=NOW, ended_at=NOW)
    await console.house.book.save(call, [])
    tape = Tape(console.house.call_folder(call), keep_audio=True)
    play_call(tape)
    await save_call_folder(console.house.call_folder(call), call, [], None, tape)
    path = f"/calls/{call.id}/recording"
    allowed = {who: (await got(console, path, who)).status_code for who in ("claire", "qa", "qa.lilas", "delmas.only")}
    assert allowed == {"claire": 200, "qa": 404, "qa.lilas": 200, "delmas.only": 404}
    assert 'data-why="forbidden"' in (await got(console, f"/calls/{call.id}", "qa")).text


async def test_nobody_opens_another_clients_calls(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    for path in ("", "/peaks", "/timeline.svg", "/recording", "/clip?from_ms=0&to_ms=500"):
        theirs = await got(console, f"/calls/{call.id}{path}", "delmas.only")
        unknown = await got(console, f"/calls/no-such-call{path}", "delmas.only")
        assert theirs.status_code == unknown.status_code == 404
    assert await listed(console, "", "delmas.only") == []
    assert console.audit.entries == []


async def test_the_timeline_is_an_image_that_runs_nothing(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    drawing = await got(console, f"/calls/{call.id}/timeline.svg")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert "script" not in drawing.headers["content-security-policy"]


def test_lines_stand_in_the_order_in_which_they_are_heard() -> None:
    began = NOW
    said = {"turn": 1, "text": "Oui.", "language": "fr", "confidence": 0.5, "started_ms": 900, "ended_ms": 1500}
    events = [
        CallEvent(1, began, EventKind.CALL_OPENED, {}),
        CallEvent(
            2, began, EventKind.RECEPTIONIST_SAYS, {"sentence": "s1", "text": "Allô ?", "phrase": "p", "language": "fr"}
        ),
        CallEvent(
            3, began, EventKind.SENTENCE_PLAYED, {"sentence": "s1", "played": "part", "started_ms": 100, "played_ms": 1000}
        ),
        CallEvent(4, began + timedelta(seconds=2), EventKind.CALLER_SAID, said),
        CallEvent(
            5,
            began + timedelta(seconds=3),
            EventKind.RECEPTIONIST_SAYS,
            {"sentence": "s2", "text": "Bien.", "phrase": "p", "language": "fr"},
        ),
        CallEvent(
            6,
            began + timedelta(seconds=3),
            EventKind.SENTENCE_PLAYED,
            {"sentence": "s2", "played": "none", "started_ms": None, "played_ms": 0},
        ),
    ]
    lines = transcript_lines(events, began)
    assert [(line.who, line.from_ms, line.to_ms, line.timed, line.played) for line in lines] == [
        ("receptionist", 100, 1100, True, "part"),
        ("caller", 900, 1500, True, ""),
        ("receptionist", 3000, 3000, False, "none"),
    ]
    assert lines[1].percent == 50


def test_every_decision_and_act_has_words_in_both_languages() -> None:
    assert {action.value for action in Action} <= words_for("calls", "action")
    kinds = {found["const"] for found in _kinds(acts_json.json_schema())}
    assert len(kinds) > 20
    assert kinds <= words_for("calls", "act")


def _kinds(schema: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]) -> list[dict[str, str]]:
    return [one["properties"]["kind"] for one in schema["$defs"].values() if "kind" in one.get("properties", {})]
