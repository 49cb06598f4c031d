"""Files of a call that may go with its message, and the call's folder kept true after the call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from voicebot.call_file.folder import CALL_JSON, TRANSCRIPT
from voicebot.call_file.tape import RECORDING
from voicebot.channels.ports import Attached
from voicebot.domain.delivery import Attachment
from voicebot.store.delivery_book import Recorded
from voicebot.wiring.calls import folder_of
from voicebot.wiring.house import House

MOST_BYTES = 15 * 1024 * 1024
"""Mail servers commonly refuse more than 20 to 25 MB, a third of it being the encoding."""
FILING_LIMIT_S = 10.0
"""A message is on its way half a second after the caller hung up; the recording may take longer to be written."""
_FILES = {Attachment.TRANSCRIPT: (TRANSCRIPT, "text/plain"), Attachment.RECORDING: (RECORDING, "audio/wav")}

_log = structlog.get_logger()


class CallFiles:
    """What a call left in its folder; what is not there, or is too big, does not hold a message back."""

    def __init__(self, house: House) -> None:
        self._house = house

    def attached(self, recorded: Recorded) -> Mapping[Attachment, Attached]:
        """Transcript and recording. Blocks, for a while, until the folder of a call that has just ended is written."""
        folder = folder_of(self._house, recorded.call)
        if recorded.call.ended is not None:
            _wait_for(folder / CALL_JSON)
        found: dict[Attachment, Attached] = {}
        for kind, (name, media_type) in _FILES.items():
            content = _read(folder / name, recorded.call.id)
            if content is not None:
                found[kind] = Attached(f"{recorded.call.id}-{name}", media_type, content)
        return found


def _wait_for(last_written: Path) -> None:
    deadline = time.monotonic() + FILING_LIMIT_S
    while not last_written.exists() and time.monotonic() < deadline:
        time.sleep(0.1)


def _read(path: Path, call: str) -> bytes | None:
    try:
        if path.stat().st_size <= MOST_BYTES:
            return path.read_bytes()
        _log.warning("attachment too big", call=call, file=path.name)
    except OSError:
        _log.warning("attachment missing", call=call, file=path.name)
    return None
