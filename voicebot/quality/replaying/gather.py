"""Past calls for a replay, each with the version of the instructions that it obeyed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.client_file import ClientFile
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.quality.records.transcript import Transcript
from voicebot.quality.replaying.foreign import past_of
from voicebot.quality.replaying.house_then import either, proven
from voicebot.quality.replaying.past_call import PastCall, StepKind
from voicebot.quality.replaying.replay_calls import Hear, Task, Version

VersionOf = Callable[[Transcript], tuple[ClientFile, bool]]
"""The file that a call obeyed, and whether it only stands in for one that is not kept."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """task: what is to be replayed. skipped: (id, why). assumed: ids of calls for which a version stands in."""

    task: Task
    skipped: tuple[tuple[str, str], ...]
    assumed: tuple[str, ...]


def gather(
    transcripts: Iterable[Transcript],
    after: ClientFile,
    version_of: VersionOf,
    *,
    can: Facilities = ONLY_MESSAGES,
    hear: Hear = Hear.AS_RECORDED_BY_MODEL,
) -> Gathered:
    """Calls of the changed file's client that can be replayed.

    Args:
        can: what the house could do in calls that prove nothing of it, besides what other calls of this client prove.
    """
    versions: dict[Version, int] = {}
    calls: list[tuple[PastCall, int]] = []
    skipped: list[tuple[str, str]] = []
    assumed: list[str] = []
    for transcript in transcripts:
        if transcript.client and transcript.client != after.instructions.id:
            skipped.append((transcript.id, f"a call of {transcript.client}"))
            continue
        file, stands_in = version_of(transcript)
        past = past_of(transcript, file.instructions)
        if why := _not_replayable(past):
            skipped.append((transcript.id, why))
            continue
        if stands_in:
            assumed.append(transcript.id)
        calls.append((past, versions.setdefault(Version.of(file), len(versions))))
    otherwise = either(can, proven(past for past, _ in calls))
    task = Task(tuple(calls), tuple(versions), Version.of(after), otherwise, hear)
    return Gathered(task, tuple(skipped), tuple(assumed))


def versions_of(archive: InstructionsArchive, in_force: ClientFile) -> VersionOf:
    """Each call's own version from the archive; the one in force for calls whose version is not kept."""
    kept: dict[tuple[int, str], ClientFile | None] = {}

    def version_of(transcript: Transcript) -> tuple[ClientFile, bool]:
        call = transcript.record.call if transcript.record else None
        if call is None or not call.instructions_digest:
            return in_force, call is not None and call.instructions_version != in_force.instructions.version
        if call.instructions_digest == in_force.digest:
            return in_force, False
        key = (call.instructions_version, call.instructions_digest)
        if key not in kept:
            kept[key] = archive.find(in_force.instructions.id, *key)
        found = kept[key]
        return (found, False) if found else (in_force, True)

    return version_of


def always(file: ClientFile) -> VersionOf:
    """One file for every call."""
    return lambda _transcript: (file, False)


def _not_replayable(past: PastCall) -> str:
    if past.ended is None:
        return "still open"
    if not past.steps or past.steps[0].kind is not StepKind.PICKED_UP:
        return "its record does not tell how it began"
    return "" if any(step.kind.callers for step in past.steps) else "the caller did nothing"
