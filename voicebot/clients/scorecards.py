"""Scorecards in files: one for each client that has its own, default.yaml for all others, each known by its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from voicebot.clients.client_file import digest_of
from voicebot.domain.scorecard import Scorecard
from voicebot.errors import EvalFileError

DEFAULT = "default"
_REMEDY = "docs/review.md says how a scorecard is written."
_ID = re.compile(r"^[a-z][a-z0-9_-]{1,47}$")


@dataclass(frozen=True, slots=True)
class ScorecardFile:
    """digest: first digits of the SHA-256 of the file's bytes; labels keep it."""

    path: Path
    digest: str
    scorecard: Scorecard


def scorecard_for(client: str, folder: Path) -> ScorecardFile:
    """The client's own scorecard, else the default one. Raises: EvalFileError."""
    own = folder / f"{client}.yaml"
    return read_scorecard(own if _ID.match(client) and own.is_file() else folder / f"{DEFAULT}.yaml")


def read_scorecard(path: Path) -> ScorecardFile:
    """Raises: EvalFileError with each field that is wrong."""
    try:
        content = path.read_bytes()
    except OSError as unreadable:
        raise EvalFileError(str(path), [f"cannot be read: {unreadable.strerror}"], _REMEDY) from unreadable
    try:
        written = YAML(typ="safe").load(content)
    except YAMLError as wrong:
        raise EvalFileError(str(path), [" ".join(str(wrong).split())], _REMEDY) from wrong
    try:
        scorecard = Scorecard.model_validate(written)
    except ValidationError as wrong:
        problems = [f"{_place(written, error['loc'])}: {error['msg']}" for error in wrong.errors()]
        raise EvalFileError(str(path), problems, _REMEDY) from wrong
    return ScorecardFile(path, digest_of(content), scorecard)


def _place(written: object, where: tuple[int | str, ...]) -> str:
    """ "items[tone].anchors": items by their ids where they have one."""
    place = ""
    here = written
    for part in where:
        try:
            here = here[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            here = None
        name = here.get("id") if isinstance(part, int) and isinstance(here, dict) else None
        place += f"[{name or part}]" if isinstance(part, int) else f".{part}"
    return place.removeprefix(".") or "the file"
