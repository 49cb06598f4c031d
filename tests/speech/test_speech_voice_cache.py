import errno
import os
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from voicebot.speech.ports import Pcm
from voicebot.speech.voice_cache import SentenceKey, VoiceCache

KEY = SentenceKey("espeak", "practice voice fr+f2", "1.52; 160", "Bonjour, je vous écoute.")
SOUND = np.arange(-4000, 4000, dtype=np.int16)


def same(found: Pcm | None, sound: np.ndarray) -> bool:
    return found is not None and np.array_equal(found, sound)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_sentence_is_found_again_by_another_process(tmp_path):
    VoiceCache(tmp_path).keep(KEY, SOUND.copy())
    other = VoiceCache(tmp_path)
    assert other.recall(KEY) is None
    assert same(other.load(KEY), SOUND)
    assert same(other.recall(KEY), SOUND)


@pytest.mark.parametrize("field", ["engine", "voice", "version", "text"])
def test_another_engine_voice_version_or_text_is_another_sentence(tmp_path, field):
    cache = VoiceCache(tmp_path)
    cache.keep(KEY, SOUND.copy())
    fields = {name: getattr(KEY, name) for name in ("engine", "voice", "version", "text")}
    assert VoiceCache(tmp_path).load(SentenceKey(**(fields | {field: fields[field] + " 2"}))) is None


def test_a_text_never_shows_in_a_file_name(tmp_path):
    VoiceCache(tmp_path).keep(SentenceKey("e", "../../v", "1", "Docteur Martin"), SOUND.copy())
    (file,) = files(tmp_path)
    assert "Martin" not in str(file)
    assert file.is_relative_to(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "other", "odd"])
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(tmp_path, damage):
    VoiceCache(tmp_path).keep(KEY, SOUND.copy())
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[-100] ^= 1
    file.write_bytes(
        {"cut": whole[:-200], "bit": bytes(flipped), "empty": b"", "other": b"RIFF" + whole[4:], "odd": whole[:-1]}[damage]
    )
    cache = VoiceCache(tmp_path)
    assert cache.load(KEY) is None
    cache.keep(KEY, SOUND.copy())
    assert same(VoiceCache(tmp_path).load(KEY), SOUND)


def test_nothing_is_left_beside_a_sentence(tmp_path):
    VoiceCache(tmp_path).keep(KEY, SOUND.copy())
    assert [file.suffix for file in files(tmp_path)] == [".pcm"]


def test_a_full_disk_is_told_once_and_memory_serves(tmp_path, monkeypatch):
    def no_room(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", no_room)
    cache = VoiceCache(tmp_path)
    with capture_logs() as told:
        for number in range(5):
            cache.keep(SentenceKey("e", "v", "1", f"phrase {number}"), SOUND.copy())
    assert [(entry["event"], entry["error"]) for entry in told] == [("voice_cache_not_written", "ENOSPC")]
    assert same(cache.load(SentenceKey("e", "v", "1", "phrase 3")), SOUND)
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_no_obstacle(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    cache = VoiceCache(tmp_path / "cache")
    assert cache.load(KEY) is None
    assert same(cache.keep(KEY, SOUND.copy()), SOUND)
    assert same(cache.load(KEY), SOUND)


def test_memory_is_bounded_and_the_least_recently_said_goes_first(tmp_path):
    cache = VoiceCache(tmp_path, memory_bytes=3 * SOUND.nbytes)
    keys = [SentenceKey("e", "v", "1", f"phrase {number}") for number in range(4)]
    for key in keys[:3]:
        cache.keep(key, SOUND.copy())
    cache.recall(keys[0])
    cache.keep(keys[3], SOUND.copy())
    assert cache.held_bytes == 3 * SOUND.nbytes
    assert [cache.recall(key) is not None for key in keys] == [True, False, True, True]
    cache.keep(keys[3], SOUND[:10].copy())
    assert cache.held_bytes == 2 * SOUND.nbytes + 20


def test_shared_sound_cannot_be_written_over(tmp_path):
    kept = VoiceCache(tmp_path).keep(KEY, SOUND.copy())
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1
