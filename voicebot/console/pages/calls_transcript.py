"""A call as lines that can be read and heard: who said what when, what was understood and decided, by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from voicebot.call_file.call_record import Cause, Exchange, SpokenSentence
from voicebot.call_file.exchanges import exchanges_of
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.decisions import Decision
from voicebot.domain.events import CallEvent, EventKind

_ABOUT = ("scenario", "red_flag", "faq", "name", "person", "language", "secret", "caller_kind", "keys")
_BETWEEN = frozenset(
    (
        EventKind.HANDED_OVER,
        EventKind.TAKEN_BACK,
        EventKind.HINTED,
        EventKind.TROUBLE,
        EventKind.LINE_LOST,
        EventKind.RECORDING_STOPPED,
        EventKind.MESSAGE_RECORDED,
    )
)
_CAUSES = frozenset((Cause.SILENCE, Cause.LINE_BACK, Cause.ON_CALL, Cause.HOUSE))
_SHORTEST_MS = 400
"""A line whose end is not known is shown for this long at least."""


@dataclass(frozen=True, slots=True)
class ShownAct:
    """kind: of the act. about: what it concerns. marks: "unsure", "incomplete", "correction"."""

    kind: str
    about: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line. who: "caller", "receptionist", "agent" or "note". from_ms, to_ms: on the call's clock; equal for a note.

    timed: the sound of it is at that place. code: of a note. percent: how sure the ears were, None where nobody measured.
    played: "part" or "none" for what was not heard whole. acts, decisions: behind this line, on the line of the caller that
    caused them or, without one, on the first sentence. by: what made acts of the words.
    """

    who: str
    from_ms: int
    to_ms: int
    text: str
    timed: bool = True
    code: str = ""
    percent: int | None = None
    played: str = ""
    acts: tuple[ShownAct, ...] = ()
    by: str = ""
    decisions: tuple[Decision, ...] = ()

    @property
    def clock(self) -> str:
        """ "02:07" """
        return f"{self.from_ms // 60_000:02}:{self.from_ms // 1000 % 60:02}"


@dataclass(slots=True)
class _Transcript:
    began: datetime
    lines: list[Line] = field(default_factory=list)

    def at(self, moment: datetime) -> int:
        return max(0, round((moment - self.began).total_seconds() * 1000))


def transcript_lines(events: Sequence[CallEvent], began: datetime) -> tuple[Line, ...]:
    """All that was said and done, in the order in which it could be heard. events: of one call, in order."""
    made = _Transcript(began)
    for exchange in exchanges_of(events):
        made.lines += _of_exchange(made, exchange)
    for event in events:
        if event.kind is EventKind.SAID_TO_EACH_OTHER:
            made.lines.append(_said_to_each_other(made, event))
        elif event.kind in _BETWEEN:
            made.lines.append(_note(made.at(event.at), event.kind.value, _of_note(event)))
    return tuple(sorted(made.lines, key=lambda line: line.from_ms))


def _of_exchange(made: _Transcript, exchange: Exchange) -> Iterable[Line]:
    acts = tuple(map(_shown_act, exchange.understood.acts)) if exchange.understood else ()
    by = exchange.understood.by if exchange.understood else ""
    why: dict[str, Any] = {"acts": acts, "by": by, "decisions": exchange.decisions}
    at = made.at(exchange.at)
    if exchange.heard is not None:
        heard = exchange.heard
        timed = heard.ended_ms > heard.started_ms
        span = (heard.started_ms, heard.ended_ms) if timed else (at, at)
        yield Line("caller", *span, heard.text, timed, percent=round(100 * heard.confidence), **why)
        why = {}
    elif exchange.keys:
        yield Line("caller", at, at, exchange.keys, timed=False, code="keys", **why)
        why = {}
    elif exchange.cause in _CAUSES:
        yield Line("note", at, at, "", timed=False, code=exchange.cause.value, **why)
        why = {}
    for sentence in exchange.sentences:
        yield _sentence(made, sentence, why)
        why = {}
    if why and exchange.decisions:
        yield Line("note", at, at, "", timed=False, code=exchange.cause.value, **why)


def _sentence(made: _Transcript, sentence: SpokenSentence, why: Mapping[str, Any]) -> Line:
    started, played = sentence.started_ms, sentence.played_ms
    timed = started is not None and bool(played) and sentence.played != "none"
    begins = started if started is not None and timed else made.at(sentence.at)
    lasts = max(played or 0, _SHORTEST_MS) if timed else 0
    cut = sentence.played if sentence.played in ("part", "none") else ""
    return Line("receptionist", begins, begins + lasts, sentence.text, timed, played=cut or "", **why)


def _said_to_each_other(made: _Transcript, event: CallEvent) -> Line:
    data = event.data
    who = "agent" if data.get("speaker") == "agent" else "caller"
    begins, ends = int(data.get("started_ms") or 0), int(data.get("ended_ms") or 0)
    timed = ends > begins
    span = (begins, ends) if timed else (made.at(event.at), made.at(event.at))
    sure = data.get("confidence")
    return Line(who, *span, str(data.get("text", "")), timed, percent=None if sure is None else round(100 * float(sure)))


def _note(at_ms: int, code: str, text: str) -> Line:
    return Line("note", at_ms, at_ms, text, timed=False, code=code)


def _of_note(event: CallEvent) -> str:
    data = event.data
    match event.kind:
        case EventKind.HANDED_OVER:
            return str(data.get("name", ""))
        case EventKind.HINTED:
            return f"« {data.get('text', '')} »"
        case EventKind.TROUBLE:
            return str(data.get("what") or data.get("code", ""))
        case EventKind.TAKEN_BACK:
            return str(data.get("why", ""))
        case _:
            return ""


def _shown_act(act: Act) -> ShownAct:
    if isinstance(act, GiveDetail):
        marks = (
            *(("unsure",) if act.confidence is Confidence.UNSURE else ()),
            *(("incomplete",) if not act.complete else ()),
            *(("correction",) if act.correction else ()),
        )
        return ShownAct(act.kind, f"{act.detail} = {act.value}", marks)
    about = next((str(getattr(act, name)) for name in _ABOUT if getattr(act, name, "")), "")
    unsure = getattr(act, "confidence", Confidence.SURE) is Confidence.UNSURE
    return ShownAct(act.kind, about, ("unsure",) if unsure else ())
