import shutil
import socket
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from loopback_hub import COMMIT, LoopbackHub, loopback_hub
from tiny_models import build_piper_voice

from voicebot.errors import ModelMissing, SpeechError
from voicebot.settings import Settings
from voicebot.speech.catalogue import EARS, VOICES, ModelKind, find
from voicebot.speech.engines import PRACTICE_EARS
from voicebot.speech.model_check import check_model, checkable
from voicebot.speech.models import ModelShelf

SMALL = "Systran/faster-whisper-small"
VOICE = "fr_FR-siwis-medium"
VOICE_PATH = f"fr/fr_FR/siwis/medium/{VOICE}.onnx"


@pytest.fixture(scope="module")
def hub_files(tmp_path_factory):
    """The practice ears offered as "small", and a tiny Piper voice as siwis, on the paths of the real repositories."""
    files = {
        f"{SMALL}/{path.name}": path.read_bytes() for path in PRACTICE_EARS.iterdir() if path.suffix in (".bin", ".json")
    }
    folder = build_piper_voice(tmp_path_factory.mktemp("voice"), VOICE)
    files[f"rhasspy/piper-voices/{VOICE_PATH}"] = (folder / f"{VOICE}.onnx").read_bytes()
    files[f"rhasspy/piper-voices/{VOICE_PATH}.json"] = (folder / f"{VOICE}.onnx.json").read_bytes()
    return files


@pytest.fixture
def hub(hub_files):
    with loopback_hub(dict(hub_files)) as hub:
        yield hub


@pytest.fixture
def shelf(tmp_path, hub: LoopbackHub):
    return ModelShelf(tmp_path / "models", endpoint=hub.address)


class Told(NamedTuple):
    file: str
    done: int
    total: int


def test_the_catalogue_names_repositories_as_faster_whisper_does():
    from faster_whisper.utils import _MODELS

    assert {m.name: m.repo for m in EARS}.items() <= _MODELS.items()
    assert find("turbo").name == "large-v3-turbo"
    assert find("large").name == "large-v3"


def test_the_catalogue_places_voices_as_piper_does():
    from piper.download_voices import URL_FORMAT, VOICE_PATTERN

    for voice in (*VOICES, find("fr_FR-mls_1840-low")):
        parts = VOICE_PATTERN.match(voice.name)
        assert parts is not None
        lang_code = f"{parts['lang_family']}_{parts['lang_region']}"
        url = URL_FORMAT.format(lang_code=lang_code, extension=".onnx", **parts.groupdict())
        assert url.endswith(f"rhasspy/piper-voices/resolve/main/{voice.required[1]}?download=true")


@pytest.mark.parametrize("name", ["smal", "", "../../etc", "fr_FR-siwis-enormous", "a/b/c"])
def test_an_unknown_name_is_refused_with_the_command_that_lists(name):
    with pytest.raises(ModelMissing) as unknown:
        find(name)
    assert "voicebot models list" in unknown.value.remedy


def test_ears_are_pulled_whole_with_progress_to_the_end(shelf, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_this_machine")
    told: list[Told] = []
    folder = shelf.pull("small", lambda *now: told.append(Told(*now)))
    for path in PRACTICE_EARS.iterdir():
        if path.suffix in (".bin", ".json"):
            assert (folder / path.name).read_bytes() == path.read_bytes()
    assert not list(folder.glob("*.part"))
    total = sum(len(content) for name, content in hub.files.items() if name.startswith(SMALL))
    assert told[-1].done == told[-1].total == total
    assert [t.done for t in told] == sorted(t.done for t in told)
    assert "model.bin" in {t.file for t in told}
    assert shelf.has(find("small"))
    assert hub.asked_with == {""}, "credentials of this machine are not sent"


def test_a_second_pull_fetches_nothing(shelf, hub):
    shelf.pull("small")
    served = hub.served_bytes
    told: list[Told] = []
    shelf.pull("small", lambda *now: told.append(Told(*now)))
    assert hub.served_bytes == served
    assert told[-1].done == told[-1].total


def test_a_broken_off_download_goes_on_where_it_stopped(shelf, hub):
    model = hub.files[f"{SMALL}/model.bin"]
    folder = shelf.place(find("small"))
    folder.mkdir(parents=True)
    (folder / "model.bin.part").write_bytes(model[:3_000_000])
    assert not shelf.has(find("small"))
    told: list[Told] = []
    shelf.pull("small", lambda *now: told.append(Told(*now)))
    assert hub.ranges == ["bytes=3000000-"]
    assert (folder / "model.bin").read_bytes() == model
    assert told[-1].done == told[-1].total


def test_a_connection_that_breaks_in_mid_file_is_taken_up_again(shelf, hub):
    hub.cut_after = 1_000_000
    folder = shelf.pull("small")
    assert hub.cut_after is None
    assert (folder / "model.bin").read_bytes() == hub.files[f"{SMALL}/model.bin"]


def test_a_part_of_another_version_is_thrown_away(shelf, hub):
    folder = shelf.place(find("small"))
    folder.mkdir(parents=True)
    (folder / "model.bin.part").write_bytes(b"of last year's version" * 1000)
    told: list[Told] = []
    shelf.pull("small", lambda *now: told.append(Told(*now)))
    assert (folder / "model.bin").read_bytes() == hub.files[f"{SMALL}/model.bin"]
    assert told[-1].done == told[-1].total


def test_a_damaged_file_here_is_fetched_again(shelf, hub):
    folder = shelf.pull("small")
    whole = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(whole[:-1] + b"\x00" if whole[-1:] != b"\x00" else whole[:-1] + b"\x01")
    shelf.pull("small")
    assert (folder / "model.bin").read_bytes() == whole


def test_damage_on_the_way_is_seen_by_the_hash_and_leaves_no_model(shelf, hub):
    hub.damaged = True
    with pytest.raises(SpeechError, match="damaged"):
        shelf.pull("small")
    assert not shelf.has(find("small"))


def test_a_voice_is_pulled_by_its_two_files(shelf):
    folder = shelf.pull(VOICE)
    assert sorted(path.name for path in folder.iterdir()) == [f"{VOICE}.onnx", f"{VOICE}.onnx.json"]


@pytest.mark.parametrize("name", ["medium", "someone/else", "fr_FR-tom-medium"])
def test_a_model_that_the_hub_has_not_is_missing(shelf, name):
    with pytest.raises(ModelMissing, match="has no"):
        shelf.pull(name)


def test_without_internet_the_error_says_what_to_do(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    shelf = ModelShelf(tmp_path / "models", endpoint=f"http://127.0.0.1:{port}")
    with pytest.raises(ModelMissing, match="does not answer") as offline:
        shelf.pull("small")
    assert "internet" in offline.value.remedy
    assert str(tmp_path / "models" / "ears" / "small") in offline.value.remedy


def test_something_else_than_a_hub_is_told(tmp_path, hub, monkeypatch):
    monkeypatch.setattr("loopback_hub.COMMIT", "")
    shelf = ModelShelf(tmp_path / "models", endpoint=f"{hub.address}/nothing/here")
    with pytest.raises(SpeechError):
        shelf.pull("small")


def test_a_disk_without_room_is_told_before_anything_is_fetched(shelf, hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**30, 2**30 - 2**20, 2**20))
    with pytest.raises(SpeechError, match="1 MB free"):
        shelf.pull("small")
    assert hub.served_bytes == 0


def test_a_disk_that_fills_up_is_told_and_the_part_is_kept(shelf, monkeypatch):
    def no_room(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_room)
    with pytest.raises(SpeechError, match="No space left") as full:
        shelf.pull("small")
    assert "it goes on" in full.value.remedy
    assert list(shelf.place(find("small")).glob("*.part"))


def test_listing_tells_what_is_here_from_what_could_be(shelf):
    shelf.pull(VOICE)
    by_hand = shelf.folder / "ears" / "ours"
    shutil.copytree(PRACTICE_EARS, by_hand)
    listed = {m.files.name: m for m in shelf.list_models()}
    assert [name for name, m in listed.items() if m.here] == ["ours", VOICE]
    assert listed["ours"].files.kind is ModelKind.EARS
    assert listed["small"].files.megabytes == 484
    assert shelf.need("ours") == by_hand


def test_the_best_ears_hear_every_language(shelf):
    assert shelf.best_ears() is None
    for name in ("tiny", "large-v3.en", "distil-large-v3", "base"):
        shutil.copytree(PRACTICE_EARS, shelf.folder / "ears" / name)
    best = shelf.best_ears()
    assert best is not None
    assert best.name == "base"


def test_a_model_that_is_needed_names_the_command_that_fetches_it(shelf):
    with pytest.raises(ModelMissing, match='Ears model "small" is not in') as missing:
        shelf.need("small")
    assert missing.value.remedy == "Run: voicebot models pull small"


async def test_pulled_models_are_checked_by_running_them(shelf, tmp_path):
    shelf.pull("small")
    shelf.pull(VOICE)
    settings = Settings(data_dir=tmp_path, ears_compute_type="int8")
    names = checkable(settings)
    assert names == ["practice ears", "practice voice", "small", VOICE]
    checked = {name: await check_model(name, settings) for name in names}
    assert checked["practice ears"].result.startswith("bonjour")
    assert checked["small"].result.startswith("bonjour")
    assert all(c.load_ms > 0 and c.work_ms > 0 and c.audio_s > 1 for c in checked.values())
    assert checked[VOICE].kind is ModelKind.VOICE


async def test_checking_a_model_that_does_not_work_says_so(tmp_path):
    settings = Settings(data_dir=tmp_path)
    build_piper_voice(tmp_path / "models" / "voices" / VOICE, VOICE)
    (tmp_path / "models" / "voices" / VOICE / f"{VOICE}.onnx").write_bytes(np.zeros(100).tobytes())
    with pytest.raises(SpeechError, match="cannot be loaded"):
        await check_model(VOICE, settings)
    with pytest.raises(ModelMissing):
        await check_model("small", settings)


def test_files_of_one_model_come_from_one_commit(shelf):
    model = find("small")
    assert {COMMIT in file.url for file in shelf._offered(model)} == {True}
