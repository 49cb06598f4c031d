"""What a contact can do with a ladder: hear the message, take it, pass it on, say when they will be there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.ladder import CallEnd, Claim, Ladder
from voicebot.domain.language import Language


class AnsweredBy(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OnCallScript:
    """Sentences of one call to a contact, in their language. Nothing private is in opening: a voicemail may hear it.

    opening: who calls, and "press any key". message: what the caller left. choices: « tapez 1 … 2 … 3 pour réécouter ».
    taken: « c'est noté … dans combien de minutes ? tapez le nombre puis dièse ». eta_noted, passed: goodbye.
    already: who has it, said instead of choices when somebody else was faster. silent: goodbye without a key.
    connecting: « l'appelant est en ligne, je vous le passe », "" when no caller waits. wrong_key: none of the choices.
    """

    language: Language
    opening: str
    message: str
    choices: str
    taken: str
    eta_noted: str
    passed: str
    already: str
    silent: str
    connecting: str
    wrong_key: str


class Answer(StrEnum):
    """What a key did."""

    TAKEN = "taken"
    ALREADY = "already"
    """Somebody else has it: say script.already."""
    PASSED = "passed"
    AGAIN = "again"
    """Say the message and the choices again."""
    CONNECT = "connect"
    """Taken, and the caller waits on the line: connect them. The room's name is the ladder's id."""


class OnCallDesk:
    """One per house. Ids that nobody knows raise UnknownMessage; StoreError when rows cannot be written."""

    async def script(self, attempt_id: str) -> OnCallScript:
        """The sentences for this call, as things stand now."""
        raise NotImplementedError

    async def answered(self, attempt_id: str, by: AnsweredBy) -> None:
        """The call was picked up; a machine ends the attempt."""
        raise NotImplementedError

    async def heard(self, attempt_id: str) -> None:
        """A key was pressed and the message is being read."""
        raise NotImplementedError

    async def press(self, attempt_id: str, key: str) -> Answer:
        """1 takes it, 2 passes it on, any other key hears it again."""
        raise NotImplementedError

    async def give_eta(self, attempt_id: str, minutes: int) -> None:
        """The contact who has it says when they will be there."""
        raise NotImplementedError

    async def call_ended(self, attempt_id: str, how: CallEnd) -> None:
        """The carrier says that the call is over. An attempt that ended before stays as it was."""
        raise NotImplementedError

    async def by_sms(self, number: str, body: str) -> tuple[Language, str]:
        """A contact's SMS: "OK 4821", "2 4821", "OK" where only one ladder can be meant. Returns: what to answer."""
        raise NotImplementedError

    async def by_link(self, ladder_id: str, contact_id: str) -> Claim:
        """The contact used their link."""
        raise NotImplementedError

    async def by_operator(self, ladder_id: str, operator: str) -> Claim:
        """Somebody of our own house takes it, at the console or by command."""
        raise NotImplementedError

    async def ladder(self, ladder_id: str) -> Ladder:
        raise NotImplementedError

    async def of_call(self, call_id: str) -> Ladder | None:
        """How the ladder of a call stands; None when there is none."""
        raise NotImplementedError
