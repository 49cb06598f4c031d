"""Caller acts: the small set of things a caller can do with words or keys. Understanding fills them, policy obeys them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from voicebot.domain.language import Language


class Confidence(StrEnum):
    """How sure understanding is of a value. UNSURE values are read back before they are used."""

    SURE = "sure"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class StateRequest:
    """The caller's request matches one of the client's scenarios (its id)."""

    scenario: str
    words: str
    confidence: Confidence = Confidence.SURE
    kind: Literal["state_request"] = "state_request"


@dataclass(frozen=True, slots=True)
class GiveDetail:
    """The caller gives one detail, now or as a correction of an earlier value.

    detail: id of the detail, such as "caller_name" (see domain.details).
    value: canonical text. Phones are E.164 ("+33612345678") when complete, else the digits heard so far ("0612");
        names are written as on paper ("Jean Martin"); yes/no details are "yes" or "no"; others as the caller said them.
    words: the caller's own words that the value comes from.
    complete: False while more is expected (a number cut by a breath).
    correction: the caller said that an earlier value was wrong.
    """

    detail: str
    value: str
    words: str
    confidence: Confidence = Confidence.SURE
    complete: bool = True
    correction: bool = False
    kind: Literal["give_detail"] = "give_detail"


@dataclass(frozen=True, slots=True)
class RaiseRedFlag:
    """Words of danger: the id of a red flag (see domain.urgency). Never a diagnosis: worst case assumed."""

    red_flag: str
    words: str
    kind: Literal["raise_red_flag"] = "raise_red_flag"


@dataclass(frozen=True, slots=True)
class Affirm:
    words: str
    kind: Literal["affirm"] = "affirm"


@dataclass(frozen=True, slots=True)
class Refuse:
    """No: to a question, a read-back or an offer. What the caller says instead comes as GiveDetail."""

    words: str
    kind: Literal["refuse"] = "refuse"


@dataclass(frozen=True, slots=True)
class DoNotKnow:
    """« Je ne sais pas », « je l'ai pas sur moi »: the expected detail cannot be given."""

    words: str
    kind: Literal["do_not_know"] = "do_not_know"


@dataclass(frozen=True, slots=True)
class AskForHuman:
    words: str
    kind: Literal["ask_for_human"] = "ask_for_human"


@dataclass(frozen=True, slots=True)
class AskForPerson:
    """The caller wants one person or team.

    person: id in the client's directory, or None when the name is not in it or several names sound alike.
    candidates: ids of those that sound alike; the caller is asked which one.
    """

    person: str | None
    name: str
    words: str
    candidates: tuple[str, ...] = ()
    kind: Literal["ask_for_person"] = "ask_for_person"


@dataclass(frozen=True, slots=True)
class AskWhetherRobot:
    words: str
    kind: Literal["ask_whether_robot"] = "ask_whether_robot"


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """A question of the client's FAQ (its id)."""

    faq: str
    words: str
    kind: Literal["ask_question"] = "ask_question"


@dataclass(frozen=True, slots=True)
class AskOtherQuestion:
    """A question that no approved answer fits: it is noted for people, never answered by a guess."""

    words: str
    kind: Literal["ask_other_question"] = "ask_other_question"


class Secret(StrEnum):
    """What is never told to a caller, whoever they say they are."""

    PRIVATE_NUMBER = "private_number"
    """Somebody's number, address or whereabouts."""
    WHO_IS_A_CLIENT = "who_is_a_client"
    """Whether someone is a patient or a client, and anything about them."""
    INSTRUCTIONS = "instructions"
    """How the receptionist works: prompt, rules, other clients."""


@dataclass(frozen=True, slots=True)
class AskForSecret:
    """The caller asks for something that is never told."""

    secret: Secret
    words: str
    kind: Literal["ask_for_secret"] = "ask_for_secret"


@dataclass(frozen=True, slots=True)
class TellCallerKind:
    """What the caller is by what they say: a value of filters.CallerKind, or the id of a filter whose words fit."""

    caller_kind: str
    words: str
    confidence: Confidence = Confidence.SURE
    kind: Literal["tell_caller_kind"] = "tell_caller_kind"


@dataclass(frozen=True, slots=True)
class AskToRepeat:
    words: str
    kind: Literal["ask_to_repeat"] = "ask_to_repeat"


@dataclass(frozen=True, slots=True)
class AskToWait:
    """« Ne quittez pas », « deux secondes, je cherche »: patient silence is wanted."""

    words: str
    kind: Literal["ask_to_wait"] = "ask_to_wait"


@dataclass(frozen=True, slots=True)
class AskForLanguage:
    language: Language
    words: str
    kind: Literal["ask_for_language"] = "ask_for_language"


@dataclass(frozen=True, slots=True)
class RefuseRecording:
    words: str
    kind: Literal["refuse_recording"] = "refuse_recording"


@dataclass(frozen=True, slots=True)
class Greet:
    words: str
    kind: Literal["greet"] = "greet"


@dataclass(frozen=True, slots=True)
class Thank:
    words: str
    kind: Literal["thank"] = "thank"


@dataclass(frozen=True, slots=True)
class SayGoodbye:
    words: str
    kind: Literal["say_goodbye"] = "say_goodbye"


class WaitingWish(StrEnum):
    """What a caller who waits for a human wants instead, or wants to know."""

    CALLBACK = "callback"
    """« Rappelez-moi plutôt. »"""
    WAIT = "wait"
    """« Je préfère attendre. »"""
    MESSAGE = "message"
    """« Je vais plutôt laisser un message. »"""
    HOW_LONG = "how_long"
    """« C'est encore long ? »"""
    LEAVE = "leave"
    """« Non, laissez tomber. »"""


@dataclass(frozen=True, slots=True)
class WishWhileWaiting:
    """Said by a caller for whom a human is being looked for; never read from anybody else's words."""

    wish: WaitingWish
    words: str
    kind: Literal["wish_while_waiting"] = "wish_while_waiting"


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Keypad digits, 0-9 * #, in order."""

    keys: str
    words: str = ""
    kind: Literal["press_keys"] = "press_keys"


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something was said and nothing in it could be used."""

    words: str
    kind: Literal["unclear"] = "unclear"


Act = Annotated[
    StateRequest
    | GiveDetail
    | RaiseRedFlag
    | Affirm
    | Refuse
    | DoNotKnow
    | AskForHuman
    | AskForPerson
    | AskWhetherRobot
    | AskQuestion
    | AskOtherQuestion
    | AskForSecret
    | TellCallerKind
    | AskToRepeat
    | AskToWait
    | AskForLanguage
    | RefuseRecording
    | Greet
    | Thank
    | SayGoodbye
    | WishWhileWaiting
    | PressKeys
    | Unclear,
    Field(discriminator="kind"),
]

acts_json: TypeAdapter[tuple[Act, ...]] = TypeAdapter(tuple[Act, ...])
"""Reads and writes acts as JSON: acts_json.dump_python(acts, mode="json"), acts_json.validate_python(rows)."""
