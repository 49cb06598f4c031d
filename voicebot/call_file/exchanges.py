"""Makes exchanges, models and troubles out of a call's log of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter

from voicebot.call_file.call_record import Cause, Exchange, HeardWords, Models, SpokenSentence, Trouble, Understood
from voicebot.domain.acts import acts_json
from voicebot.domain.decisions import Decision
from voicebot.domain.events import CallEvent, EventKind

_decisions: TypeAdapter[tuple[Decision, ...]] = TypeAdapter(tuple[Decision, ...])


def exchanges_of(events: Sequence[CallEvent]) -> tuple[Exchange, ...]:
    """The call as exchanges, in order. Raises: pydantic.ValidationError for an event that is not of this version."""
    reading = _Reading()
    for event in events:
        reading.read(event)
    return tuple(Exchange.model_validate(draft) for draft in reading.drafts)


def models_of(events: Sequence[CallEvent]) -> Models:
    said = [e.data for e in events if e.kind is EventKind.CALLER_SAID]
    understood = [e.data for e in events if e.kind is EventKind.ACTS_UNDERSTOOD]
    spoken = [e.data for e in events if e.kind in (EventKind.LINE_OPENED, EventKind.RECEPTIONIST_SAYS)]
    return Models(
        ears=_distinct(data.get("heard_by", "") for data in said),
        understanding=_distinct(data.get("by", "") for data in understood),
        voices=_distinct(data.get("voice", "") for data in spoken),
        prompts=_distinct(data.get("prompt_hash", "") for data in understood),
    )


def troubles_of(events: Sequence[CallEvent]) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(at=e.at, code=e.data.get("code", ""), what=e.data.get("what", ""))
        for e in events
        if e.kind is EventKind.TROUBLE
    )


class _Reading:
    """Exchanges begun so far, as the fields of Exchange."""

    def __init__(self) -> None:
        self.drafts: list[dict[str, Any]] = []
        self._sentences: dict[str, dict[str, Any]] = {}

    def read(self, event: CallEvent) -> None:
        data = event.data
        match event.kind:
            case EventKind.CALL_OPENED:
                self._begin(event, Cause.PICK_UP)
            case EventKind.LINE_OPENED if data.get("resumed"):
                self._begin(event, Cause.LINE_BACK)
            case EventKind.CALLER_SAID:
                heard = {name: data[name] for name in HeardWords.model_fields if name in data}
                self._begin(event, Cause.SPEECH, turn=data.get("turn"), heard=heard)
            case EventKind.KEYS_PRESSED:
                draft = self._waiting(Cause.KEYS) or self._begin(event, Cause.KEYS, keys="")
                draft["keys"] += data.get("keys", "")
            case EventKind.CALLER_SILENT:
                self._begin(event, Cause.SILENCE, silence_s=data.get("silence_s"))
            case EventKind.ACTS_UNDERSTOOD:
                self._open(event)["understood"] = _understood(data)
            case EventKind.DECIDED:
                draft = self._open(event)
                draft["turn"] = draft.get("turn", data.get("turn"))
                draft["decisions"] = _decisions.validate_python(data.get("decisions", ()))
            case EventKind.RECEPTIONIST_SAYS:
                self._says(event)
            case EventKind.SENTENCE_PLAYED if data.get("sentence") in self._sentences:
                played = {name: data.get(name) for name in ("played", "started_ms", "played_ms")}
                self._sentences[data["sentence"]].update(played)
            case EventKind.TURN_ANSWERED:
                self._answered(data)
            case _:
                pass

    def _begin(self, event: CallEvent, cause: Cause, **fields: Any) -> dict[str, Any]:
        draft = {"number": len(self.drafts), "at": event.at, "cause": cause, "sentences": [], **fields}
        self.drafts.append(draft)
        return draft

    def _waiting(self, cause: Cause) -> dict[str, Any] | None:
        last = self.drafts[-1] if self.drafts else None
        return last if last and last["cause"] is cause and "decisions" not in last else None

    def _open(self, event: CallEvent) -> dict[str, Any]:
        """The exchange that is being decided: decisions without a cause in the log are the house's own."""
        if self.drafts and "decisions" not in self.drafts[-1]:
            return self.drafts[-1]
        rules = [decision.get("rule", "") for decision in event.data.get("decisions", ())]
        news = any(rule.startswith("on_call.") for rule in rules)
        return self._begin(event, Cause.ON_CALL if news else Cause.HOUSE)

    def _says(self, event: CallEvent) -> None:
        data = event.data
        sentence = {"id": data.get("sentence"), "at": event.at} | {
            name: data[name] for name in SpokenSentence.model_fields if name in data
        }
        self._sentences[str(data.get("sentence"))] = sentence
        draft = self.drafts[-1] if self.drafts else self._begin(event, Cause.HOUSE)
        draft["sentences"].append(sentence)

    def _answered(self, data: dict[str, Any]) -> None:
        reported = {name: float(ms) for name, ms in data.items() if name != "turn" and isinstance(ms, int | float)}
        for draft in reversed(self.drafts):
            if draft.get("heard") and draft.get("turn") == data.get("turn"):
                draft["reported"] = reported
                return


def _understood(data: dict[str, Any]) -> Understood:
    return Understood(
        acts=acts_json.validate_python(data.get("acts", ())),
        by=data.get("by", ""),
        fallback=data.get("fallback", ""),
        took_ms=data.get("took_ms") or 0.0,
        prompt=data.get("prompt_hash", ""),
    )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
