"""Files that go with a message: those of the call's folder, once it is written, and never too big ones."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from voicebot.domain.call import Call, EndReason
from voicebot.domain.delivery import Attachment
from voicebot.domain.language import Language
from voicebot.store.delivery_book import Recorded
from voicebot.wiring import call_files
from voicebot.wiring.call_files import CallFiles
from voicebot.wiring.house import House

NIGHT = datetime(2026, 11, 23, 22, 15, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return cast(House, SimpleNamespace(calls_folder=tmp_path))


def recorded(ended: EndReason | None = EndReason.GOODBYE) -> Recorded:
    call = Call("20261123-221500-abcdef", "morel", 1, "", "+33199001001", NIGHT, Language.FRENCH, ended=ended)
    return Recorded(cast(Any, None), call)


def write_folder(house: House) -> None:
    folder = house.calls_folder / "2026-11-23" / "20261123-221500-abcdef"
    folder.mkdir(parents=True)
    (folder / "transcript.txt").write_text("Appelant : bonjour")
    (folder / "recording.wav").write_bytes(b"RIFF")
    (folder / "call.json").write_text("{}")


def test_a_folder_that_is_still_being_written_is_waited_for(house: House) -> None:
    writing = threading.Timer(0.3, write_folder, (house,))
    writing.start()

    found = CallFiles(house).attached(recorded())

    writing.join()
    assert found[Attachment.TRANSCRIPT].content == b"Appelant : bonjour"
    assert found[Attachment.RECORDING].media_type == "audio/wav"
    assert found[Attachment.RECORDING].name == "20261123-221500-abcdef-recording.wav"


def test_a_call_that_goes_on_has_no_files_yet_and_holds_nothing_up(house: House) -> None:
    assert CallFiles(house).attached(recorded(ended=None)) == {}


def test_what_is_too_big_or_missing_stays_behind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(house)
    monkeypatch.setattr(call_files, "MOST_BYTES", 10)

    assert list(CallFiles(house).attached(recorded())) == [Attachment.RECORDING]

    monkeypatch.setattr(call_files, "FILING_LIMIT_S", 0.1)
    assert CallFiles(cast(House, SimpleNamespace(calls_folder=house.calls_folder / "nowhere"))).attached(recorded()) == {}
