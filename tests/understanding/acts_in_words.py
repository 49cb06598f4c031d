"""Acts as short text, so that tables of utterances stay readable: "caller_name=Paul Martin", "scenario leak?", "affirm"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.fakes.instructions import heating_engineer, medical_practice
from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import Detail
from voicebot.domain.language import Language
from voicebot.understanding.ports import Context

CLIENTS = {"heating": heating_engineer(), "medical": medical_practice()}
NOW = datetime(2026, 11, 23, 22, 10, tzinfo=UTC)

_PLAIN = {
    acts.Affirm: "affirm",
    acts.Refuse: "refuse",
    acts.DoNotKnow: "do not know",
    acts.AskForHuman: "human",
    acts.AskWhetherRobot: "robot?",
    acts.AskOtherQuestion: "other question",
    acts.AskToRepeat: "repeat",
    acts.AskToWait: "wait",
    acts.RefuseRecording: "no recording",
    acts.Greet: "greet",
    acts.Thank: "thank",
    acts.SayGoodbye: "goodbye",
    acts.Unclear: "unclear",
}


def context(
    client: str = "heating",
    asked: str = "request",
    language: str = "fr",
    known: dict[str, str] | None = None,
    scenario: str | None = None,
    last_said: tuple[str, ...] = (),
) -> Context:
    """asked: an Awaited value, or a detail's id. known: values; "061234… zéro six douze trente quatre" is begun."""
    awaited = Awaited(asked) if asked in set(Awaited) else Awaited.DETAIL
    expectation = Expectation(awaited, asked if awaited is Awaited.DETAIL else None)
    details = {name: _detail(value) for name, value in (known or {}).items()}
    return Context(CLIENTS[client], Language(language), expectation, scenario, details, NOW, last_said)


def _detail(text: str) -> Detail:
    value, begun, words = text.partition("…")
    return Detail(value, words.strip() or value, complete=not begun)


def in_words(act: Act) -> str:
    """ "…": more is expected, "!": a correction, "?": unsure."""
    if isinstance(act, GiveDetail):
        marks = ("" if act.complete else "…") + ("!" if act.correction else "") + _doubt(act)
        return f"{act.detail}={act.value}{marks}"
    if isinstance(act, acts.StateRequest):
        return f"scenario {act.scenario}{_doubt(act)}"
    if isinstance(act, acts.AskQuestion):
        return f"faq {act.faq}"
    if isinstance(act, acts.RaiseRedFlag):
        return f"danger {act.red_flag}"
    if isinstance(act, acts.AskForPerson):
        return f"person {act.person or 'unknown'}"
    if isinstance(act, acts.TellCallerKind):
        return f"caller {act.caller_kind}{_doubt(act)}"
    if isinstance(act, acts.AskForSecret):
        return f"secret {act.secret}"
    if isinstance(act, acts.AskForLanguage):
        return f"language {act.language}"
    return _PLAIN[type(act)]


def _doubt(act: Any) -> str:
    return "?" if act.confidence is Confidence.UNSURE else ""


def same(found: tuple[Act, ...], wanted: list[str]) -> bool:
    """Do the acts say the same? "reason" alone stands for a reason in any words."""
    said = [in_words(a) for a in found]
    for want in wanted:
        match = next((s for s in said if s == want or ("=" not in want and s.startswith(f"{want}="))), None)
        if match is None:
            return False
        said.remove(match)
    return not said
