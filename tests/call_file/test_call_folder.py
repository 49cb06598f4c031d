"""The folder of a call: its files, again from the store, without audio when refused, whole or not at all."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from filed_samples import (
    BARGE_IN,
    BEGAN,
    CALLER_TURNS,
    LENGTH_MS,
    WAITS,
    Log,
    a_call,
    a_message,
    events_of_the_call,
    play_call,
    sound_of,
)
from syrupy.assertion import SnapshotAssertion

from tests.fakes.small_disk import mounted_disk
from voicebot.call_file.call_record import Cause
from voicebot.call_file.folder import read_call_file, save_call_folder, write_call_folder
from voicebot.call_file.schema import SCHEMA_FILE, schema_text
from voicebot.call_file.tape import Tape
from voicebot.domain.call import EndReason, RecordingState
from voicebot.domain.events import EventKind
from voicebot.domain.message import MessageState
from voicebot.errors import StoreError, StoreFull


@pytest.fixture
def taped(tmp_path: Path) -> Tape:
    tape = Tape(tmp_path / "call", keep_audio=True)
    play_call(tape)
    return tape


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_the_folder_of_a_call_is_whole(tmp_path: Path, taped: Tape, snapshot: SnapshotAssertion) -> None:
    written = await save_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)

    levels = {"tape/caller.levels", "tape/receptionist.levels"}
    assert names(tmp_path / "call") == {"call.json", "transcript.txt", "recording.wav", "timeline.svg"} | levels
    assert written.transcript.read_text() == snapshot(name="transcript")
    # Call and message are the domain's own, compared below.
    made = read_call_file(written.call_json).model_dump(mode="json", exclude={"events", "call", "message"})
    assert made == snapshot(name="call.json")
    modes = {(tmp_path / "call" / name).stat().st_mode & 0o077 for name in ("call.json", "transcript.txt", "recording.wav")}
    assert modes == {0}


def test_call_json_reads_back_as_it_was_filed(tmp_path: Path, taped: Tape) -> None:
    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)

    record = read_call_file(written.call_json)

    assert record.call == a_call()
    assert record.message == a_message()
    assert list(record.events) == events_of_the_call()
    assert record.call.started_at.astimezone(UTC) == BEGAN
    assert record.models.ears == ("practice ears",)
    assert record.models.understanding == ("rules", "language_model")


def test_waits_and_barge_ins_are_those_of_the_sound(tmp_path: Path, taped: Tape) -> None:
    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)

    timeline = read_call_file(written.call_json).timeline

    assert timeline is not None
    assert timeline.source == "audio"
    assert timeline.measured_until_ms is None
    assert [wait.wait_ms for wait in timeline.waits] == WAITS
    assert [wait.exchange for wait in timeline.waits] == [1, 2, 3, 4, 5]
    assert (timeline.median_wait_ms, timeline.longest_wait_ms) == (560, 1260)
    assert [(b.started_ms, b.voice_until_ms) for b in timeline.barge_ins] == [BARGE_IN]
    assert timeline.first_sound_ms == 120
    assert [(s.started_ms, s.ended_ms) for s in timeline.caller] == CALLER_TURNS


def test_the_recording_has_the_caller_left_and_the_receptionist_right(tmp_path: Path, taped: Tape) -> None:
    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)

    assert written.recording is not None
    with wave.open(str(written.recording)) as recording:
        assert recording.getparams()[:4] == (2, 2, 8000, LENGTH_MS * 8)
        recording.setpos(CALLER_TURNS[2][0] * 8)
        frames = recording.readframes(8000)
    left, right = frames[0::4] + frames[1::4], frames[2::4] + frames[3::4]
    assert any(left)
    assert not any(right)


def test_the_timeline_is_a_drawing_with_every_wait(tmp_path: Path, taped: Tape) -> None:
    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)

    assert written.timeline is not None
    root = ET.parse(written.timeline).getroot()
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert [text for text in texts if text in {f"{ms} ms" for ms in WAITS}] == [f"{ms} ms" for ms in WAITS]
    assert "coupée en 200 ms" in "".join(texts)
    tooltips = " ".join(title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title"))
    for exchange in read_call_file(written.call_json).exchanges:
        assert all(sentence.text in tooltips for sentence in exchange.sentences)
    assert "href" not in written.timeline.read_text().replace("http://www.w3.org/2000/svg", "")
    assert written.timeline.stat().st_size < 25_000


def test_words_that_are_no_xml_do_not_break_the_drawing(tmp_path: Path, taped: Tape) -> None:
    events = [
        replace(e, data=e.data | {"text": 'a<b> & \x00\x1b[31m "c"\ufffe'}) if e.kind is EventKind.CALLER_SAID else e
        for e in events_of_the_call()
    ]

    written = write_call_folder(tmp_path / "call", a_call(), events, a_message(), taped)

    assert written.timeline is not None
    assert "a<b> &" in "".join(ET.parse(written.timeline).getroot().itertext())


def test_writing_the_folder_again_changes_nothing(tmp_path: Path, taped: Tape) -> None:
    arguments = (a_call(), events_of_the_call(), a_message())
    write_call_folder(tmp_path / "call", *arguments, taped)
    before = {name: (tmp_path / "call" / name).read_bytes() for name in names(tmp_path / "call")}

    write_call_folder(tmp_path / "call", *arguments, None)

    assert {name: (tmp_path / "call" / name).read_bytes() for name in names(tmp_path / "call")} == before


def test_a_folder_lost_is_written_again_from_the_rows_alone(tmp_path: Path) -> None:
    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), None)

    record = read_call_file(written.call_json)
    assert written.recording is None
    assert record.recording.file is None
    assert record.timeline is not None
    assert record.timeline.source == "line"
    assert len(record.exchanges) == 6


def test_a_call_that_goes_on_keeps_its_parts_and_is_filed_whole_at_its_end(tmp_path: Path, taped: Tape) -> None:
    folder = tmp_path / "call"
    write_call_folder(folder, a_call(ended=None, ended_at=None), events_of_the_call(), None, taped)
    resumed = Tape(folder, keep_audio=True)
    resumed.receptionist(sound_of([(0, 1000)], 1000), 50_000)

    written = write_call_folder(folder, a_call(), events_of_the_call(), None, resumed)

    assert written.recording is not None
    with wave.open(str(written.recording)) as recording:
        assert recording.getnframes() == 51_000 * 8
        recording.setpos(CALLER_TURNS[0][0] * 8)
        assert any(recording.readframes(100))
    assert "tape/caller.pcm" not in names(folder)


@pytest.mark.parametrize("state", [RecordingState.REFUSED, RecordingState.OFF])
def test_without_leave_no_audio_stays_anywhere(tmp_path: Path, taped: Tape, state: RecordingState) -> None:
    folder = tmp_path / "call"
    write_call_folder(folder, a_call(), events_of_the_call(), a_message(), taped)
    again = Tape(folder, keep_audio=True)
    again.caller(sound_of([(0, 1000)], 1000), 40_000)

    written = write_call_folder(folder, a_call(recording=state), events_of_the_call(), a_message(), again)

    assert written.recording is None
    assert not [name for name in names(folder) if name.endswith((".pcm", ".wav", ".draft"))]
    record = read_call_file(written.call_json)
    assert record.recording.file is None
    assert record.timeline is not None
    assert [wait.wait_ms for wait in record.timeline.waits] == WAITS


def test_a_tape_that_was_stopped_early_says_until_where_it_measured(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "call", keep_audio=False)
    tape.caller(sound_of([(1000, 2000)], 8000), 0)

    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), tape)

    timeline = read_call_file(written.call_json).timeline
    assert timeline is not None
    assert timeline.measured_until_ms == 8000


def test_a_call_by_keyboard_has_no_timeline(tmp_path: Path) -> None:
    events = [
        replace(e, data=e.data | {"started_ms": 0, "ended_ms": 0})
        for e in events_of_the_call()
        if e.kind is not EventKind.SENTENCE_PLAYED
    ]

    written = write_call_folder(tmp_path / "call", a_call(recording=RecordingState.OFF), events, a_message(), None)

    assert names(tmp_path / "call") == {"call.json", "transcript.txt"}
    assert written.timeline is None


def test_keys_silence_and_a_line_that_comes_back_are_exchanges_of_their_own(tmp_path: Path) -> None:
    log = Log()
    log.add(0, EventKind.CALL_OPENED)
    log.says((100, 1000), ["Bonjour."], ("greet", "open", "greeting", "house"))
    log.add(2000, EventKind.KEYS_PRESSED, keys="06")
    log.add(2500, EventKind.KEYS_PRESSED, keys="12#")
    keys = {"kind": "press_keys", "keys": "0612#", "words": ""}
    log.add(2600, EventKind.ACTS_UNDERSTOOD, turn=1, acts=[keys], by="keypad")
    log.says((2800, 4000), ["J'ai noté."], ("ask_again", "callback_number", "details.partial", "house"))
    log.add(12_000, EventKind.CALLER_SILENT, silence_s=7.0)
    log.says((12_100, 13_000), ["Êtes-vous là ?"], ("ask_still_there", "", "silence.ask", "limits.silence_s"))
    log.add(15_000, EventKind.LINE_LOST, reason="websocket")
    log.add(20_000, EventKind.LINE_OPENED, resumed=True)
    log.says((20_200, 21_000), ["La ligne a été coupée."], ("resume", "", "line.resume", "house"))
    log.says((22_200, 23_000), ["Je dois terminer."], ("end_call", "time_limit", "limits.time", "limits.call_s"))
    ended = a_call(recording=RecordingState.OFF, ended=EndReason.TIME_LIMIT)

    written = write_call_folder(tmp_path / "call", ended, log.events, a_message(state=MessageState.PARTIAL), None)

    exchanges = read_call_file(written.call_json).exchanges
    causes = [Cause.PICK_UP, Cause.KEYS, Cause.SILENCE, Cause.LINE_BACK, Cause.HOUSE]
    assert [exchange.cause for exchange in exchanges] == causes
    assert exchanges[1].keys == "0612#"
    assert exchanges[2].silence_s == 7.0
    assert [len(exchange.decisions) for exchange in exchanges] == [1] * 5
    assert [len(exchange.sentences) for exchange in exchanges] == [1] * 5
    transcript = written.transcript.read_text()
    assert "(touches) 0612#" in transcript
    assert "PARTIEL" in transcript
    assert "durée maximale atteinte" in transcript


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "no format"),
        ('{"format": "voicebot.call/2"}', '"voicebot.call/2"; this version reads "voicebot.call/1"'),
        ('{"format": "voicebot.call/1", "call": "le secret"}', "not a whole voicebot.call/1 file: call"),
    ],
)
def test_a_call_file_that_cannot_be_read_says_why_and_quotes_nothing(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "call.json").write_text(content)

    with pytest.raises(StoreError) as wrong:
        read_call_file(tmp_path / "call.json")

    assert complaint in str(wrong.value)
    assert "secret" not in str(wrong.value)


def test_a_call_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"call\.json cannot be read"):
        read_call_file(tmp_path / "call.json")


def test_events_of_another_version_are_refused_without_their_words(tmp_path: Path) -> None:
    events = [replace(events_of_the_call()[0], kind=EventKind.ACTS_UNDERSTOOD, data={"acts": [{"kind": "le secret"}]})]

    with pytest.raises(StoreError, match="not of this version") as wrong:
        write_call_folder(tmp_path / "call", a_call(), events, None, None)

    assert "secret" not in str(wrong.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_disk(tmp_path, "400k") as disk:
        yield disk


def test_a_full_disk_leaves_no_half_file_and_the_folder_is_written_later(small_disk: Path) -> None:
    folder = small_disk / "call"
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 380_000)

    with pytest.raises(StoreFull):
        write_call_folder(folder, a_call(), events_of_the_call(), a_message(), None)

    assert not [name for name in names(folder) if name.endswith(".draft")]
    assert "call.json" not in names(folder)
    filler.unlink()
    written = write_call_folder(folder, a_call(), events_of_the_call(), a_message(), None)
    assert read_call_file(written.call_json).message == a_message()


def test_the_schema_that_is_shipped_is_the_formats() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m voicebot.call_file.schema"


def test_call_json_obeys_the_schema(tmp_path: Path, taped: Tape) -> None:
    written = write_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)
    content = json.loads(written.call_json.read_text())
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))

    assert list(breaches(content, schema, schema)) == []
    content["timeline"]["waits"][0]["wait_ms"] = "long"
    content["extra"] = 1
    assert set(breaches(content, schema, schema)) == {"extra", "timeline"}


def breaches(value: Any, rule: dict[str, Any], schema: dict[str, Any], place: str = "") -> Iterator[str]:
    """Places where value breaks the part of JSON Schema that pydantic writes; for anyOf the place of the choice."""
    if "$ref" in rule:
        rule = schema["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    choices = rule.get("anyOf") or rule.get("oneOf")
    if choices:
        if all(any(breaches(value, choice, schema, place)) for choice in choices):
            yield place
        return
    if ("const" in rule and value != rule["const"]) or ("enum" in rule and value not in rule["enum"]):
        yield place
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    types["null"] = type(None)
    if "type" in rule and not isinstance(value, types[rule["type"]]):
        yield place
        return
    if isinstance(value, dict):
        properties = rule.get("properties", {})
        yield from (f"{place}{name}" for name in rule.get("required", ()) if name not in value)
        for name, part in value.items():
            if name in properties:
                yield from breaches(part, properties[name], schema, f"{place}.{name}".strip("."))
            elif rule.get("additionalProperties") is False:
                yield f"{place}.{name}".strip(".")
    for number, part in enumerate(value if isinstance(value, list) else ()):
        yield from breaches(part, rule.get("items", {}), schema, f"{place}[{number}]")


async def test_filing_does_not_hold_the_event_loop(tmp_path: Path, taped: Tape) -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    beating = asyncio.create_task(beat())
    await save_call_folder(tmp_path / "call", a_call(), events_of_the_call(), a_message(), taped)
    beating.cancel()

    assert beats > 10
