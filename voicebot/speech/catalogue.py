"""Models that can be fetched: faster-whisper ears and Piper voices, with their places on the hub. Sizes are approximate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.language import Language
from voicebot.errors import ModelMissing

FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH
BOTH = (FRENCH, ENGLISH)

PIPER_REPO = "rhasspy/piper-voices"
PIPER_NAME = re.compile(
    r"^(?P<family>[a-z]{2,3})_(?P<region>[A-Z]{2,3})-(?P<voice>[A-Za-z0-9_]+)-(?P<quality>x_low|low|medium|high)$"
)
HUB_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")

EARS_FILES = ("config.json", "model.bin", "tokenizer.json")
EARS_OPTIONAL_FILES = ("preprocessor_config.json", "vocabulary.json", "vocabulary.txt")


class ModelKind(StrEnum):
    EARS = "ears"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What to fetch for one model.

    repo: on the Hugging Face hub. required, optional: paths in it. folder: under the models folder; files are kept
    there by their last name. megabytes: approximate, 0 when unknown.
    """

    name: str
    kind: ModelKind
    repo: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    folder: str
    megabytes: int
    languages: tuple[Language, ...]
    note: str = ""


def _ears(name: str, repo: str, megabytes: int, languages: tuple[Language, ...] = BOTH, note: str = "") -> ModelFiles:
    folder = f"ears/{name.replace('/', '--')}"
    return ModelFiles(name, ModelKind.EARS, repo, EARS_FILES, EARS_OPTIONAL_FILES, folder, megabytes, languages, note)


def _voice(name: str, megabytes: int = 63, note: str = "") -> ModelFiles:
    parts = PIPER_NAME.match(name)
    if parts is None:
        raise ModelMissing(f'"{name}" is not the name of a Piper voice.', 'Write it as "fr_FR-siwis-medium".')
    family, voice, quality = parts["family"], parts["voice"], parts["quality"]
    # The path scheme of the repository: fr/fr_FR/siwis/medium/fr_FR-siwis-medium.onnx
    stem = f"{family}/{family}_{parts['region']}/{voice}/{quality}/{name}"
    files = (f"{stem}.onnx.json", f"{stem}.onnx")
    languages = tuple(language for language in Language if language == family)
    return ModelFiles(name, ModelKind.VOICE, PIPER_REPO, files, (), f"voices/{name}", megabytes, languages, note)


EARS = (
    _ears("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1620, note="best where there is a GPU"),
    _ears("large-v3", "Systran/faster-whisper-large-v3", 3090),
    _ears("large-v2", "Systran/faster-whisper-large-v2", 3090),
    _ears("medium", "Systran/faster-whisper-medium", 1530),
    _ears("small", "Systran/faster-whisper-small", 484, note="a good start on a CPU"),
    _ears("base", "Systran/faster-whisper-base", 145),
    _ears("tiny", "Systran/faster-whisper-tiny", 76),
    _ears("distil-large-v3.5", "distil-whisper/distil-large-v3.5-ct2", 1520, (ENGLISH,)),
    _ears("distil-large-v3", "Systran/faster-distil-whisper-large-v3", 1510, (ENGLISH,)),
    _ears("distil-medium.en", "Systran/faster-distil-whisper-medium.en", 789, (ENGLISH,)),
    _ears("distil-small.en", "Systran/faster-distil-whisper-small.en", 333, (ENGLISH,)),
    _ears("medium.en", "Systran/faster-whisper-medium.en", 1530, (ENGLISH,)),
    _ears("small.en", "Systran/faster-whisper-small.en", 484, (ENGLISH,)),
    _ears("base.en", "Systran/faster-whisper-base.en", 145, (ENGLISH,)),
    _ears("tiny.en", "Systran/faster-whisper-tiny.en", 76, (ENGLISH,)),
)
"""Best first, for a telephone: turbo hears nearly as well as large-v3 and answers several times faster."""

VOICES = (
    _voice("fr_FR-siwis-medium", note="woman"),
    _voice("fr_FR-upmc-medium", 77, note="woman and man"),
    _voice("fr_FR-tom-medium", note="man"),
    _voice("fr_FR-gilles-low", note="man"),
    _voice("fr_FR-siwis-low", 28, note="woman"),
    _voice("en_US-lessac-medium", note="woman"),
    _voice("en_US-amy-medium", note="woman"),
    _voice("en_US-ryan-medium", note="man"),
    _voice("en_US-lessac-high", 114, note="woman"),
    _voice("en_GB-alba-medium", note="woman"),
    _voice("en_GB-jenny_dioco-medium", note="woman"),
    _voice("en_GB-alan-medium", note="man"),
)

_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


def find(name: str) -> ModelFiles:
    """The model of this name: a size of faster-whisper, a Piper voice, or "owner/repository" of converted ears.

    Raises: ModelMissing for a name that is none of these.
    """
    wanted = _ALIASES.get(name, name)
    for known in (*EARS, *VOICES):
        if known.name == wanted:
            return known
    if PIPER_NAME.match(wanted):
        return _voice(wanted, megabytes=0)
    if HUB_NAME.match(wanted):
        return _ears(wanted, wanted, 0, note="not in the catalogue")
    raise ModelMissing(f'No model is called "{name}".', "Run: voicebot models list")
