"""A synthetic person with facts of its own: answers what it is asked, and corrects what is read back wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voicebot.domain.decisions import Action
from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.carried_call import Moment
from voicebot.quality.script import HangUp, Manner, PlaySound
from voicebot.quality.synthetic_caller import SyntheticCaller
from voicebot.speech.ports import Pcm

_QUESTIONS = (Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD, Action.OFFER_KEYPAD)


@dataclass(frozen=True, slots=True)
class Persona:
    """What one caller knows and says.

    opening: first words. lines: by detail id ("caller_name"), by action ("read_back", "ask_anything_else",
    "say_nobody_available", "ask_request", "ask_still_there"), or "again:<detail id>" when asked once more; "" says nothing.
    facts: canonical values by detail id; a read-back that differs is corrected with the detail's line.
    """

    name: str
    opening: str
    lines: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    voice: str = "fr+m3"
    words_per_minute: int = 150
    caller_number: str = ""
    manner: Manner = field(default_factory=Manner)

    @property
    def every_line(self) -> tuple[str, ...]:
        corrections = tuple(self._correction(detail) for detail in self.facts if detail in self.lines)
        return tuple(line for line in (self.opening, *self.lines.values(), *corrections) if line)

    def _correction(self, detail: str) -> str:
        return f"non, {self.lines[detail]}"

    def answer(self, decisions: list[dict[str, object]], said_before: str) -> str | None:
        """The words that answer a reply with these decisions; None hangs up. said_before: repeated when not understood."""
        for decision in reversed(decisions):
            action, subject = str(decision["action"]), str(decision["subject"])
            if action == Action.END_CALL:
                return ""
            if action == Action.READ_BACK:
                return self._check(decision["values"])  # type: ignore[arg-type]
            if action in _QUESTIONS:
                again = action != Action.ASK and self.lines.get(f"again:{subject}")
                return again or self.lines.get(subject) or self.lines.get("unknown", "je ne sais pas")
            if action == Action.ASK_WHAT_IS_WRONG:
                return self.lines.get(subject) or said_before
            if action in self.lines:
                return self.lines[action]
            if action in (Action.ASK_TO_REPHRASE, Action.ASK_REQUEST, Action.REPEAT, Action.ASK_STILL_THERE):
                return said_before
        return None

    def _check(self, values: Mapping[str, str]) -> str:
        for detail, value in values.items():
            if detail in self.facts and detail in self.lines and _plain(self.facts[detail]) != _plain(value):
                return self._correction(detail)
        return self.lines.get(Action.READ_BACK, "oui c'est ça")


def _plain(value: str) -> str:
    return " ".join(value.casefold().replace("-", " ").split())


class PersonaOnTheLine:
    """A persona as a voicebot.quality.carried_call.Person. Call `see` with each event of its own call.

    Args: speak: text to int16 mono 8 kHz.
    """

    def __init__(self, persona: Persona, speak: Callable[[str], Pcm]) -> None:
        self._persona = persona
        self._sounds = {line: speak(line) for line in dict.fromkeys((*persona.every_line, "je ne sais pas", "oui c'est ça"))}
        self.caller = SyntheticCaller([self._say(persona.opening)], persona.manner)
        self._last_line = persona.opening
        self._greeted = False

    def live(self, heard: Pcm) -> Moment:
        return self.caller.live(heard)

    def see(self, event: CallEvent) -> None:
        """Chooses the next words from what the receptionist has decided."""
        if event.kind is not EventKind.DECIDED:
            return
        if not self._greeted:
            self._greeted = True
            return
        line = self._persona.answer(event.data["decisions"], self._last_line)
        if line is None:
            self.caller.add(HangUp())
        elif line:
            self._last_line = line
            self.caller.replace_next(self._say(line))

    def _say(self, line: str) -> PlaySound:
        if line not in self._sounds:
            raise ValueError(f"{self._persona.name} has no sound for this line.")
        return PlaySound(self._sounds[line], line)
