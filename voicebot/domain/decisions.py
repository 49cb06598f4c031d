"""Decisions: what policy makes of acts. Each carries the rule that made it and the instruction line behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What the receptionist does. subject: what the action is about."""

    GREET = "greet"
    """Legal AI notice, then the client's greeting. subject: openness."""
    ASK = "ask"
    """Ask for a detail. subject: detail id."""
    ASK_AGAIN = "ask_again"
    """Ask for a detail once more, because what came was partial, unsure or absent. subject: detail id."""
    ASK_BY_KEYPAD = "ask_by_keypad"
    """Offer the keypad for a detail that speech could not give. subject: detail id."""
    ASK_REQUEST = "ask_request"
    """Ask what the call is about."""
    CONFIRM_REQUEST = "confirm_request"
    """Ask whether the call is about a scenario that was heard unsurely. subject: scenario id."""
    READ_BACK = "read_back"
    """Read the details back and ask whether they are right."""
    ANSWER = "answer"
    """Speak an approved answer. subject: faq id, "scenario:<id>" or "filter:<id>"."""
    SAFETY_SCRIPT = "safety_script"
    """Speak the fixed emergency sentences. subject: red flag id."""
    SAY_NOBODY_AVAILABLE = "say_nobody_available"
    """A human was asked for or is due, and none can be had: said truly, a message is offered. subject: person or team id,
    "" for any human. values: why (away, closed, unreachable, failed, secret, urgent), again, instead (a stand-in)."""
    ASK_WHICH_PERSON = "ask_which_person"
    """Two names sound alike: ask which. subject: ids, comma-separated."""
    SAY_NOTICE = "say_notice"
    """A temporary notice, after the greeting. subject: its id."""
    NOTE_QUESTION = "note_question"
    """No approved answer fits: said truly, the question goes into the message."""
    KEEP_SECRET = "keep_secret"
    """Something that is never told was asked for. subject: acts.Secret value."""
    TRANSFER = "transfer"
    """Put the call through; decided only when it can be done now. subject: person or team id, "" for any agent."""
    WAKE_ON_CALL = "wake_on_call"
    """Wake the people on call; decided only when it can be done now. subject: criterion of the urgency."""
    SAY_ON_CALL = "say_on_call"
    """How it stands with the people on call, truly. subject: orientation.OnCallNews, what the caller knows from now on.
    values: other ("yes": somebody else than the people on call has it), eta_min (minutes until they act), only_eta,
    over ("yes": nobody is tried any more), known ("yes": said again because the caller asks), noted ("yes": so is the
    caller's question)."""
    ASK_TO_STAY = "ask_to_stay"
    """Ask whether the caller stays on the line while people on call are tried."""
    LET_STAY = "let_stay"
    """The answer to that. subject: "yes" or "no"."""
    CONNECT = "connect"
    """The caller who stayed is connected with whoever took the urgent call; decided only when it can be done now."""
    SAY_NOT_CONNECTED = "say_not_connected"
    """Connecting failed: said truly."""
    SAY_QUEUE = "say_queue"
    """How it stands with the queue of agents, truly. subject: place in it, "1" is next. values: first ("yes": told for the
    first time), known ("yes": the caller asked), ringing ("yes": somebody is being rung now), how_long ("yes": they
    asked for how long) and waited_min (full minutes so far)."""
    LEAVE_QUEUE = "leave_queue"
    """The caller would rather not wait: nobody is looked for any more."""
    OFFER_CALLBACK = "offer_callback"
    """Ask whether the caller would rather be called back than wait."""
    PROMISE_CALLBACK = "promise_callback"
    """The callback is recorded on its list: said so. subject: the number, E.164."""
    ANNOUNCE_TAKER = "announce_taker"
    """Say who takes the call, then leave the two alone. subject: id of the taker. values: name."""
    TAKE_BACK = "take_back"
    """The receptionist has the caller again. subject: handoff.Why. values: name (of who had them, "" for nobody)."""
    SEND_TEXT = "send_text"
    """An approved SMS goes to the number that the carrier showed. subject: id of the text. values: again ("yes": it was
    asked for before in this call)."""
    SAY_NO_TEXT = "say_no_text"
    """It cannot be sent (no mobile number, or no SMS now): said truly. subject: id of the text. values: why
    ("number" or "now")."""
    SAY_COST = "say_cost"
    """The client's cost notice. subject: scenario or red flag id."""
    SAY_ROBOT = "say_robot"
    """« Oui, je suis une intelligence artificielle. »"""
    REPEAT = "repeat"
    WAIT = "wait"
    """Patient silence. subject: "transfer" while somebody is being rung for the caller, "on_call" while the caller stays on
    the line and people on call are tried."""
    ASK_STILL_THERE = "ask_still_there"
    OFFER_KEYPAD = "offer_keypad"
    """Another way to answer after silence. subject: detail id."""
    ASK_TO_REPHRASE = "ask_to_rephrase"
    ASK_WHAT_IS_WRONG = "ask_what_is_wrong"
    """The read-back was refused without a correction."""
    ACKNOWLEDGE = "acknowledge"
    """A short sign that something was noted. subject: detail id, or the red flag of an urgent call."""
    CONFIRM_CORRECTION = "confirm_correction"
    """Say that the correction was noted. subject: detail id."""
    TAKE_MESSAGE = "take_message"
    """The message is complete and recorded. subject: scenario id or red flag id."""
    KEEP_PARTIAL_MESSAGE = "keep_partial_message"
    """The call ends before the message is complete; what was said is recorded. subject: reason of the end."""
    RESUME = "resume"
    """The line came back: apologise and go on where the call was."""
    STOP_RECORDING = "stop_recording"
    SPEAK_LANGUAGE = "speak_language"
    """Go on in another language. subject: language code."""
    SAY_LANGUAGES = "say_languages"
    """Another language was spoken or asked for: say truly, once, which this client speaks. subject: the language wanted."""
    ASK_ANYTHING_ELSE = "ask_anything_else"
    TAKE_LEAVE = "take_leave"
    """Say what happens next, and goodbye."""
    END_CALL = "end_call"
    """Hang up once the goodbye has been played. subject: EndReason."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    rule: name of the policy rule, "details.ask_missing". values: what the sentence needs, all text.
    because: path of the instruction behind it in the client's file, or "house" for rules that no client can change. Brackets
    hold an id, or, in lists without ids, the place counted from 0:
        greeting.open, greeting.closed, greeting.by_time[0], notices[moving].say, recording, identity.languages,
        scenarios[leak].details, .optional_details, .outcome, .outside_hours, .escalations[0], .transfer.to,
        .transfer.if_nobody, .answer, .promise, .cost_notice, .callers_say; filters[vip].outcome, .details, .answer;
        people[morel], people[morel].absence, people[morel].backup, teams[desk].people, red_flags[gas_smell],
        red_flags[gas_smell].details, .cost_notice; details[contract].pattern, .check_digit, .least, .most;
        faq[hours].answer, on_call, confidentiality.profile, confidentiality.never_keep, limits.call_s,
        handoff.callback_after_s, handoff.overflow, handoff.tell_position_every_s, texts[access].body
    """

    action: Action
    rule: str
    because: str
    subject: str = ""
    values: dict[str, str] = field(default_factory=dict)
