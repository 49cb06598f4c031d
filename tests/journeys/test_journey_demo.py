"""voicebot demo, as a newcomer runs it: three callers at once, right outcomes, and a whole folder per call."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from voicebot.call_file.folder import read_call_file
from voicebot.domain.call import EndReason

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.audio, pytest.mark.timeout(400)]


def test_demo_ends_right_and_leaves_whole_folders(tmp_path: Path) -> None:
    environment = {**os.environ, "VOICEBOT_DATA_DIR": str(tmp_path), "COLUMNS": "120"}
    environment |= {"VOICEBOT_EARS_MODEL": "practice", "VOICEBOT_VOICE_ENGINE": "practice"}
    command = [sys.executable, "-m", "voicebot", "demo", "--together"]
    shown = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=380, check=False)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "Sortez tout de suite" in shown.stdout
    assert "give_detail" not in shown.stdout, "acts are shown in words"
    assert "Julien Petit prend en charge au clavier" in shown.stdout
    assert list((tmp_path / "demo-mail").glob("*.eml"))
    records = {path: read_call_file(path) for path in (tmp_path / "calls").rglob("call.json")}
    assert len(records) == 3
    for path, record in records.items():
        dangerous = record.call.client == "chauffage-morel" and record.call.safety_script_given
        assert record.call.ended is (EndReason.CONNECTED if dangerous else EndReason.GOODBYE)
        assert record.after_call, "what happened after the call stands in its file"
        assert record.message is not None
        assert all(decision.rule and decision.because for e in record.exchanges for decision in e.decisions)
        assert record.timeline is not None
        assert record.timeline.waits
        folder = path.parent
        assert "Réceptionniste" in (folder / "transcript.txt").read_text(encoding="utf-8")
        assert ElementTree.parse(folder / "timeline.svg").getroot().tag.endswith("svg")
        with wave.open(str(folder / "recording.wav"), "rb") as recording:
            assert (recording.getnchannels(), recording.getframerate()) == (2, 8000)
            sound = np.frombuffer(recording.readframes(recording.getnframes()), "<i2").reshape(-1, 2)
        assert all(np.abs(sound[:, channel]).max() > 1000 for channel in (0, 1)), "both channels have sound"
