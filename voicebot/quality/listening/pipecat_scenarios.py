"""pipecat's own eval scenarios, run by pipecat's own harness against our receptionist."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from loguru import logger as pipecat_log
from pipecat.evals.results import EvalScriptResult
from pipecat.evals.scenario import EvalScenarioFile
from pipecat.evals.script import EvalExpectation, EvalScriptScenario
from pipecat.evals.script_session import EvalScriptSession
from pipecat.evals.session import EvalSessionParams
from pipecat.frames.frames import Frame, TranscriptionFrame, TTSAudioRawFrame
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.quality.judging.verdict import Area, JudgedCase, Quantity, Verdict
from voicebot.speech.ears import WhisperEars
from voicebot.speech.engines import PRACTICE_EARS, PRACTICE_EARS_NAME
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ
from voicebot.speech.sound import as_float, as_pcm, resample

BUDGET_MS = 15_000
"""Of expectations without within_ms: a receptionist that has not answered by then will not."""

REPORTED = {
    "user_transcription": Area.HEARING,
    "llm_started": Area.INSTRUCTIONS,
    "llm_response": Area.INSTRUCTIONS,
    "response": Area.INSTRUCTIONS,
    "tts_response": Area.INSTRUCTIONS,
    "function_call": Area.INSTRUCTIONS,
    "function_call_stopped": Area.INSTRUCTIONS,
    "bot_started_speaking": Area.LATENCY,
    "bot_stopped_speaking": Area.INTERRUPTIONS,
    "bot_interrupted": Area.INTERRUPTIONS,
    "bot_ended": Area.LENGTH,
}
"""Events that our line tells of, and what they are about."""


@dataclass(frozen=True, slots=True)
class ClientScenario:
    """client: id of the business that is called: the name of the folder that the file lies in, unless told otherwise."""

    file: Path
    client: str
    scenario: EvalScriptScenario

    @property
    def case(self) -> str:
        return f"pipecat/{self.client}/{self.scenario.name}"


def read_scenarios(paths: Iterable[Path], client: str = "") -> list[ClientScenario]:
    """Every scenario of the files, folders searched for *.yaml, by pipecat's own parser.

    Raises: EvalFileError for a file that pipecat refuses, and for what needs more than this house has: a language model that
        plays the caller or judges, or an event that our line does not tell of.
    """
    files = [f for path in paths for f in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise EvalFileError("pipecat", ["no *.yaml file was found"], "Name a file or a folder of pipecat's scenarios.")
    return [scenario for file in files for scenario in _read(file, client or file.resolve().parent.name)]


def _read(file: Path, client: str) -> Iterator[ClientScenario]:
    try:
        loaded = EvalScenarioFile.load(file)
    except (ValueError, OSError) as refused:
        raise EvalFileError(str(file), [str(refused)], "pipecat's documentation has the format.") from refused
    for scenario in loaded:
        if not isinstance(scenario, EvalScriptScenario):
            what = f"{scenario.name}: a persona needs a language model that plays it"
            raise EvalFileError(str(file), [what], "Write turns: instead.")
        wrong = list(_cannot_be_told(scenario))
        if wrong:
            raise EvalFileError(str(file), wrong, "docs/eval-audio.md lists what is told.")
        yield ClientScenario(file, client, scenario)


def _cannot_be_told(scenario: EvalScriptScenario) -> Iterator[str]:
    for number, turn in enumerate(scenario.turns):
        place = f"{scenario.name}, turn {number}"
        events = [*(e.event for e in turn.expect), *((turn.send_after.event,) if turn.send_after else ())]
        yield from (f"{place}: our line does not tell of {event}" for event in events if event and event not in REPORTED)
        if any(e.eval is not None for e in turn.expect) and "factory" not in scenario.judge:
            yield f"{place}: eval: needs a judge, judge.eval.factory"
    if scenario.bot_audio and not scenario.user_audio:
        yield f"{scenario.name}: whoever hears our voice must speak too: user.modality: audio"


async def run_scenario(written: ClientScenario, address: str, folder: Path) -> EvalScriptResult:
    """One scenario by pipecat's session, driver and matcher.

    Args:
        address: of the eval door (voicebot.voice.eval_line), "ws://127.0.0.1:8080/".
        folder: sound is kept there, and callers' lines once they have been spoken.
    """
    # pipecat logs what is said, and every frame.
    pipecat_log.disable("pipecat")
    scenario = written.scenario
    params = EvalSessionParams(
        default_timeout_ms=BUDGET_MS,
        cache_dir=str(folder / "spoken"),
        record_path=str(sound_of(written, folder)) if scenario.bot_audio else None,
    )
    url = f"{address}?speech=yes" if scenario.user_audio else address
    return await EvalScriptSession.from_scenario(scenario, url, params=params).run()


def sound_of(written: ClientScenario, folder: Path) -> Path:
    """Where pipecat's harness leaves the sound of a spoken scenario, both voices in one channel."""
    return folder / f"{written.client}-{written.scenario.name.replace('/', '-')}.wav"


def judged(written: ClientScenario, result: EvalScriptResult, language: str) -> JudgedCase:
    """pipecat's verdict, expectation by expectation; what was not reached has no verdict."""
    verdicts = tuple(_verdicts(written.scenario, result))
    unplaced = [failure for failure in result.failures if failure.turn_index < 0]
    tags = {
        "user": "audio" if written.scenario.user_audio else "text",
        "judge": "audio" if written.scenario.bot_audio else "text",
    }
    case = JudgedCase(
        case=written.case,
        name=written.scenario.name,
        client=written.client,
        scenario="",
        language=language,
        digest=hashlib.sha256(written.file.read_bytes()).hexdigest()[:32],
        verdicts=verdicts,
        quantities=(Quantity("turn_ms", "ms", tuple(float(t.duration_ms) for t in result.turns if t.status != "not_run")),),
        tags=tags,
    )
    if result.skipped or unplaced:
        return replace(case, trouble=result.skipped or "; ".join(failure.reason for failure in unplaced))
    if not result.passed and all(verdict.passed for verdict in verdicts):
        return replace(case, trouble="; ".join(failure.reason for failure in result.failures))
    return case


def _verdicts(scenario: EvalScriptScenario, result: EvalScriptResult) -> Iterator[Verdict]:
    reasons = {(f.turn_index, f.expectation_index): f.reason for f in result.failures}
    for turn in result.turns:
        if (turn.turn_index, -1) in reasons:
            found = reasons[turn.turn_index, -1]
            yield Verdict(f"pipecat.turn_{turn.turn_index}.sent", Area.LENGTH, passed=False, found=found)
        for met in turn.expectations:
            expected = scenario.turns[turn.turn_index].expect[met.expectation_index]
            found = met.matched if met.passed else reasons.get((turn.turn_index, met.expectation_index), "")
            yield Verdict(
                f"pipecat.turn_{turn.turn_index}.{met.expectation_index}.{met.event_name}",
                REPORTED.get(met.event_name, Area.INSTRUCTIONS),
                met.passed,
                _told(expected),
                found,
            )


def _told(expected: EvalExpectation) -> str:
    parts: Mapping[str, Any] = {
        "absent": expected.absent or None,
        "text_contains": expected.text_contains,
        "text_excludes": expected.text_excludes,
        "calls": ", ".join(call.signature for call in expected.calls or ()) or None,
        "within_ms": expected.within_ms,
    }
    return ", ".join([expected.event, *(f"{name}: {value}" for name, value in parts.items() if value is not None)])


class _PracticeVoice(TTSService):
    def __init__(self, voice: str, words_per_minute: int) -> None:
        settings = TTSSettings(model=None, voice=voice, language=None)
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=settings)
        self._voice = EspeakVoice(voice, words_per_minute, repeatable=True)

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        spoken = as_float(self._voice.synthesise(text))
        pcm = as_pcm(resample(spoken, RATE_HZ, self.sample_rate))
        yield TTSAudioRawFrame(pcm.tobytes(), self.sample_rate, 1, context_id=context_id)


def practice_voice(config: dict[str, Any]) -> TTSService:
    """For `user.speech.factory`: espeak-ng, nothing is downloaded. Keys: voice, words_per_minute, sample_rate (8000)."""
    return _PracticeVoice(str(config.get("voice", "fr+m3")), int(config.get("words_per_minute", 150)))


class _PracticeEars(SegmentedSTTService):
    def __init__(self, language: Language) -> None:
        super().__init__(settings=STTSettings(model=PRACTICE_EARS_NAME, language=None))
        self._language = language
        self._ears = WhisperEars(PRACTICE_EARS, name=PRACTICE_EARS_NAME, short_context=True, beam_size=5)

    @property
    def wants_wav_segments(self) -> bool:
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        heard_at_hz = as_float(np.frombuffer(audio, np.int16))
        heard = await self._ears.transcribe(as_pcm(resample(heard_at_hz, self.sample_rate, RATE_HZ)), self._language)
        if heard.text:
            yield TranscriptionFrame(heard.text, self._user_id, time_now_iso8601())

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._ears.close()


def practice_ears(config: dict[str, Any]) -> SegmentedSTTService:
    """For `judge.transcription.factory`: the practice ears, nothing is downloaded. Key: language (fr)."""
    return _PracticeEars(Language(config.get("language", "fr")))
