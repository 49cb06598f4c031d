import pytest
from loopback_hub import loopback_hub
from tiny_models import build_piper_voice
from typer.testing import CliRunner

from voicebot.cli import models as command
from voicebot.settings import settings

VOICE = "fr_FR-siwis-medium"


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def run(*words: str):
    return CliRunner().invoke(command.app, list(words))


def test_list_shows_what_can_be_fetched_and_what_is_here(data_dir):
    build_piper_voice(data_dir / "models" / "voices" / VOICE, VOICE)
    result = run("list")
    assert result.exit_code == 0
    (line,) = [line for line in result.output.splitlines() if VOICE in line]
    assert "yes" in line
    (small,) = [line for line in result.output.splitlines() if " small " in line]
    assert "484 MB" in small
    assert "yes" not in small
    assert "Practice" in result.output


def test_pull_and_check_work_on_a_pulled_voice(data_dir, monkeypatch, tmp_path):
    source = build_piper_voice(tmp_path / "source", VOICE)
    stem = f"rhasspy/piper-voices/fr/fr_FR/siwis/medium/{VOICE}.onnx"
    files = {stem: (source / f"{VOICE}.onnx").read_bytes(), f"{stem}.json": (source / f"{VOICE}.onnx.json").read_bytes()}
    with loopback_hub(files) as hub:
        monkeypatch.setattr(command, "ModelShelf", lambda folder: _Shelf(folder, endpoint=hub.address))
        pulled = run("pull", VOICE)
    assert pulled.exit_code == 0, pulled.output
    assert (data_dir / "models" / "voices" / VOICE / f"{VOICE}.onnx").is_file()
    checked = run("check")
    assert checked.exit_code == 0, checked.output
    assert all(name in checked.output for name in ("practice ears", "practice voice", VOICE))


_Shelf = command.ModelShelf


@pytest.mark.parametrize("words", [("check", "small"), ("pull", "nonsense")])
def test_a_failure_is_one_sentence_with_a_remedy_and_status_1(data_dir, words):
    result = run(*words)
    assert result.exit_code == 1
    assert "model_missing" in result.output
    assert "voicebot models" in result.output
    assert "Traceback" not in result.output
