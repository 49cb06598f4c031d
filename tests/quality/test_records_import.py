"""Calls of other systems become transcripts, whatever their form; what cannot be read is told and costs nothing else."""

from __future__ import annotations

import json
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest

from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.quality.records.formats import Format, Reading, format_of
from voicebot.quality.records.importing import ImportReport, import_calls
from voicebot.quality.records.minimal_call import call_schema
from voicebot.quality.records.speakers import speakers_of
from voicebot.quality.records.transcript import Speaker, Transcript, transcript_json
from voicebot.speech.ports import RATE_HZ, Pcm, Priority
from voicebot.speech.ports import Transcript as Heard

EXAMPLES = Path("evals/examples/calls")


async def _import(*paths: Path, reading: Reading | None = None, client: str = "") -> tuple[list[Transcript], ImportReport]:
    report = ImportReport()
    calls = [call async for call in import_calls(paths, reading or Reading(), report, client=client)]
    return calls, report


def _words(call: Transcript) -> list[tuple[str, str]]:
    return [(turn.speaker.value, turn.text) for turn in call.turns]


async def test_examples_of_the_docs_are_read_in_every_form() -> None:
    calls, report = await _import(EXAMPLES)
    by_source = {call.source.split(":")[0]: call for call in reversed(calls)}
    assert (report.read, report.lost) == (7, 0)
    assert by_source["table.csv"].client == "chauffage-morel"
    assert by_source["table.csv"].turns[1].started_s == 4.0
    assert _words(by_source["spoken.txt"])[1] == ("caller", "bonjour, je voudrais un devis pour une chaudière")
    assert _words(by_source["pipecat.json"])[1] == ("caller", "il n'y a plus d'eau chaude")
    expect = by_source["minimal.jsonl"].expect
    assert expect
    assert expect.message
    assert expect.message.scenario == "leak"


def test_published_schema_is_the_one_that_is_read() -> None:
    assert json.loads(Path("evals/examples/call.schema.json").read_text()) == call_schema()


async def test_line_of_our_own_is_read_as_it_was_written(tmp_path: Path) -> None:
    calls, _ = await _import(EXAMPLES)
    again = tmp_path / "ours.jsonl"
    again.write_text("".join(transcript_json.dump_json(call).decode() + "\n" for call in calls), encoding="utf-8")
    read, _ = await _import(again)
    assert read == calls


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_tables_in_every_separator_and_encoding(tmp_path: Path, separator: str, encoding: str) -> None:
    file = tmp_path / "table.csv"
    rows = [
        ["Appel", "Locuteur", "Texte", "Début"],
        ["1", "Standardiste", "Bonjour !", "0"],
        ["1", "Appelant", "épelé", "4,5"],
    ]
    file.write_bytes("\r\n".join(separator.join(f'"{field}"' for field in row) for row in rows).encode(encoding))
    calls, report = await _import(file)
    assert _words(calls[0]) == [("receptionist", "Bonjour !"), ("caller", "épelé")]
    assert calls[0].turns[1].started_s == 4.5
    assert any("Windows-1252" in r.what for r in report.remarks) == (encoding == "cp1252")


async def test_moments_in_a_table_are_counted_from_the_first(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("call,role,text,timestamp\nx,user,yes,2026-11-23T10:00:00+01:00\nx,bot,no,2026-11-23T10:00:02.5+01:00\n")
    calls, _ = await _import(file)
    assert [turn.started_s for turn in calls[0].turns] == [0.0, 2.5]
    assert calls[0].started_at is not None
    assert calls[0].started_at.hour == 10


async def test_bad_lines_cost_their_calls_alone(tmp_path: Path) -> None:
    good = {"id": "a", "turns": [{"speaker": "caller", "text": "bonjour"}]}
    file = tmp_path / "calls.jsonl"
    lines = [
        json.dumps(good),
        "{",
        '{"turns": []}',
        '{"turns": 3}',
        '{"turns": [1]}',
        '{"turns": [{"speaker": "X", "text": "a"}]}',
    ]
    file.write_text("\n".join([*lines, json.dumps(good | {"id": "b"}), json.dumps(good | {"turns": good["turns"] * 2})]))
    calls, report = await _import(file)
    assert [call.id for call in calls] == ["a", "a#2"]
    assert (report.doubles, report.renamed) == (1, 1)
    assert [r.line for r in report.remarks if r.unreadable] == [2, 3, 4, 5, 6]
    assert all(r.remedy for r in report.remarks if r.unreadable)


async def test_remarks_never_repeat_callers_words(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(
        '{"turns": [{"speaker": "caller", "text": 5, "keys": "paul martin"}]}\n{"turns": [{"text": "paul martin"}]}\n'
    )
    _, report = await _import(file)
    assert report.lost == 2
    assert "martin" not in str(report.as_json())


async def test_unknown_speakers_are_told_and_can_be_mapped(tmp_path: Path) -> None:
    file = tmp_path / "ab.txt"
    file.write_text("A: bonjour\nB: allô, je note : une fuite\n")
    calls, report = await _import(file)
    assert not calls
    assert '"A", "B"' in report.remarks[0].what
    assert "--speakers" in report.remarks[0].remedy
    calls, _ = await _import(file, reading=Reading(speakers_of(["A=receptionist,B=caller"])))
    assert _words(calls[0]) == [("receptionist", "bonjour"), ("caller", "allô, je note : une fuite")]


@pytest.mark.parametrize("wrong", ["A", "A=boss", "=caller"])
def test_speakers_that_cannot_be_mapped_are_refused(wrong: str) -> None:
    with pytest.raises(EvalFileError, match="caller, receptionist, agent"):
        speakers_of([wrong])


async def test_agent_is_a_human_only_beside_a_receptionist(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("Agent: hello\nCaller: hi\n")
    (tmp_path / "2.txt").write_text("Robot : bonjour\nAgent : je reprends l'appel\nAppelant : merci\n")
    calls, _ = await _import(tmp_path)
    assert [[turn.speaker for turn in call.turns] for call in calls] == [
        [Speaker.RECEPTIONIST, Speaker.CALLER],
        [Speaker.RECEPTIONIST, Speaker.AGENT, Speaker.CALLER],
    ]


async def test_times_before_speakers_in_every_writing(tmp_path: Path) -> None:
    file = tmp_path / "times.txt"
    file.write_text("[00:12] Caller: a\n00:00:20 Agent: b\n(1:00:00) Caller: c\n[00:01:02.5] Agent: d\n")
    calls, _ = await _import(file)
    assert [turn.started_s for turn in calls[0].turns] == [12.0, 20.0, 3600.0, 62.5]


async def test_pipecat_lines_and_rtvi_messages(tmp_path: Path) -> None:
    one = [{"role": "user", "content": "oui"}, {"role": "assistant", "content": None, "tool_calls": []}]
    (tmp_path / "several.json").write_text(json.dumps([one, [{"role": "assistant", "content": "bonjour"}]]))
    rtvi = [
        {"label": "rtvi-ai", "type": "bot-transcription", "data": {"text": "Bonjour."}},
        {"label": "rtvi-ai", "type": "user-transcription", "data": {"text": "une", "final": False, "timestamp": ""}},
        {"label": "rtvi-ai", "type": "user-transcription", "data": {"text": "une fuite", "final": True}},
    ]
    (tmp_path / "rtvi.jsonl").write_text("\n".join(map(json.dumps, rtvi)))
    calls, _ = await _import(tmp_path)
    assert [_words(call) for call in calls] == [
        [("receptionist", "Bonjour."), ("caller", "une fuite")],
        [("caller", "oui")],
        [("receptionist", "bonjour")],
    ]


async def test_rows_of_a_call_that_stand_apart_are_told(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("call,speaker,text\n1,caller,a\n2,caller,b\n1,caller,c\n")
    calls, report = await _import(file)
    assert len(calls) == 3
    assert any("stand apart" in r.what for r in report.remarks if r.unreadable)


async def test_missing_and_empty_files_are_remarks(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "header.csv").write_text("call,speaker,words\n")
    (tmp_path / "no-words.csv").write_text("call;speaker\n1;caller\n")
    calls, report = await _import(tmp_path / "gone.jsonl", tmp_path)
    assert not calls
    assert report.lost == 3


async def test_a_hundred_thousand_lines_are_not_held(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    turn = {"speaker": "caller", "text": "bonjour " * 50}
    with file.open("w") as out:
        out.writelines(json.dumps({"id": str(n), "turns": [turn | {"started_s": n}]}) + "\n" for n in range(4000))
    report = ImportReport()
    tracemalloc.start()
    count = 0
    async for _ in import_calls([file], Reading(), report):
        count += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4000
    assert peak < file.stat().st_size * 0.8


class _ListeningEars:
    """Hears how long a sound is."""

    name = "ears that measure"

    async def transcribe(self, pcm: Pcm, language: Language, *, priority: Priority = Priority.TURN) -> Heard:
        return Heard(f"sound of {round(len(pcm) / RATE_HZ, 1)} s", 0.9, language, 1.0)


def _tone(seconds: float, rate_hz: int) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * 400 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.int16)


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
async def test_two_channels_become_turns_with_times(tmp_path: Path, rate_hz: int) -> None:
    left, right = np.zeros(6 * rate_hz, np.int16), np.zeros(6 * rate_hz, np.int16)
    right[:rate_hz] = _tone(1, rate_hz)
    left[2 * rate_hz : 4 * rate_hz] = _tone(2, rate_hz)
    file = tmp_path / "call.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((2, 2, rate_hz, 0, "NONE", ""))
        out.writeframes(np.stack([left, right], 1).astype("<i2").tobytes())
    calls, report = await _import(file, reading=Reading(ears=_ListeningEars(), client="garage"))
    told = [(turn.speaker, round(turn.started_s or 0), round(turn.ended_s or 0)) for turn in calls[0].turns]
    assert told == [(Speaker.RECEPTIONIST, 0, 1), (Speaker.CALLER, 2, 4)]
    assert calls[0].audio == str(file)
    assert calls[0].client == "garage"
    assert not report.lost


async def test_sound_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF\0\0\0\0WAVEnothing")
    calls, report = await _import(tmp_path, reading=Reading(ears=_ListeningEars()))
    assert not calls
    assert "no WAV file" in report.remarks[0].what


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.txt", '{"turns": []}', Format.JSONL),
        ("a.log", '[{"role": "user", "content": "x"}]', Format.PIPECAT),
        ("a.txt", "[00:12] Caller: hi", Format.TEXT),
        ("a.txt", "call;speaker;text\n1;caller;x", Format.CSV),
        ("a.csv", "call,speaker\n", Format.CSV),
        ("a.json", '{\n "messages": []}', Format.PIPECAT),
        ("a", "Appelant : bonjour, oui, non, bien", Format.TEXT),
    ],
)
def test_form_is_known_by_content_and_name(tmp_path: Path, name: str, content: str, wanted: Format) -> None:
    (tmp_path / name).write_text(content)
    assert format_of(tmp_path / name) is wanted
