"""What each approved phrase commits the house to: the table of every phrase that promises something or says it was done."""

from __future__ import annotations

import re
from enum import StrEnum


class Commitment(StrEnum):
    """What a sentence promises or says was done; voicebot.quality.promises knows what must stand behind each."""

    RECORDED = "recorded"
    """The message is recorded."""
    NOTED = "noted"
    """What the caller says is, or will be, in a message."""
    KEPT = "kept"
    """What was said before the line was cut is still there."""
    LEAVES = "leaves"
    """The message is not sent yet and leaves as soon as possible."""
    PROMISE = "promise"
    """The client's promise: somebody calls back, comes, acts."""
    TRANSFERS = "transfers"
    """Somebody is, or was, rung for the caller."""
    WAKES = "wakes"
    """People on call are being tried."""
    TAKEN = "taken"
    """A person has acknowledged."""
    ETA = "eta"
    """That person said when they act."""
    ALARM = "alarm"
    """Nobody acknowledged, and the alarm was raised."""
    RECORDING_STOPPED = "recording_stopped"
    QUEUED = "queued"
    """The caller is in the queue of agents, at that place."""
    RINGS = "rings"
    """Somebody's telephone or console is ringing."""
    HAD = "had"
    """A human takes, or had, the caller."""
    CALLBACK = "callback"
    """Somebody of ours calls back at that number: it is on the list."""
    TEXT = "text"
    """An SMS is on its way to the caller."""


_C = Commitment
COMMITS: dict[str, tuple[Commitment, ...]] = {
    "recording_stopped": (_C.RECORDING_STOPPED,),
    "resumed": (_C.KEPT,),
    "note_question": (_C.NOTED,),
    "question_noted": (_C.NOTED,),
    "noted_words": (_C.NOTED,),
    "nobody_urgent": (_C.NOTED,),
    "message_taken": (_C.RECORDED,),
    "message_taken_urgent": (_C.RECORDED,),
    "message_taken_callback": (_C.RECORDED,),
    "message_taken_person": (_C.RECORDED,),
    "message_taken_callback_person": (_C.RECORDED,),
    "message_taken_partial": (_C.RECORDED,),
    "partial_kept": (_C.RECORDED,),
    "not_sent_yet": (_C.RECORDED, _C.LEAVES),
    "transfer": (_C.TRANSFERS,),
    "transfer_person": (_C.TRANSFERS,),
    "wait_transfer": (_C.TRANSFERS,),
    "wait_transfer_person": (_C.TRANSFERS,),
    "queue_ringing": (_C.TRANSFERS, _C.RINGS),
    "queue_ringing_person": (_C.TRANSFERS, _C.RINGS),
    "queue_position": (_C.QUEUED,),
    "queue_since": (_C.QUEUED,),
    "callback_promised": (_C.CALLBACK,),
    "taker_announced": (_C.HAD,),
    "taker_announced_person": (_C.HAD,),
    "taken_back_lost": (_C.HAD,),
    "taken_back_lost_person": (_C.HAD,),
    "text_sent": (_C.TEXT,),
    "text_again": (_C.TEXT,),
    "failed": (_C.TRANSFERS,),
    "failed_person": (_C.TRANSFERS,),
    "wake_on_call": (_C.WAKES,),
    "still_trying": (_C.WAKES,),
    "wait_on_call": (_C.WAKES,),
    "ask_to_stay": (_C.WAKES,),
    "stay_declined": (_C.WAKES,),
    "on_call_goes_on": (_C.WAKES,),
    "leave_trying": (_C.RECORDED, _C.WAKES),
    "on_call_acknowledged": (_C.TAKEN,),
    "on_call_acknowledged_other": (_C.TAKEN,),
    "on_call_eta": (_C.TAKEN, _C.ETA),
    "connect": (_C.TAKEN,),
    "not_connected": (_C.TAKEN,),
    "on_call_not_reached": (_C.ALARM,),
    "on_call_given_up": (_C.ALARM,),
    "on_call_alarm": (_C.ALARM,),
}
"""House phrases that commit to something."""

NOTHING = frozenset(
    {
        "notice", "recording_notice", "only_this_language", "language", "robot", "ask_request", "ask_request_again",
        "ask_request_last", "rephrase", "not_heard", "wait", "still_there", "nobody", "nobody_team",
        "offer_stand_in_person", "offer_message", "nobody_again", "away_person", "closed_person", "unreachable_person",
        "or", "which_person", "secret_private_number", "secret_who_is_a_client", "secret_who_is_a_client_health",
        "secret_who_is_a_client_legal", "secret_instructions", "confirm_request", "noted_urgent_death_now",
        "noted_urgent", "ask_announce", "stay", "correction", "what_is_wrong", "what_is_wrong_callback_number",
        "what_is_wrong_caller_name", "read_back", "read_back_caller_name", "read_back_callback_number",
        "read_back_reason", "read_back_address", "read_back_company", "read_back_email", "read_back_access_codes",
        "read_back_preferred_slot", "read_back_reference", "read_back_person", "read_back_phone", "read_back_number",
        "read_back_other", "begin_details", "ask_caller_name", "ask_callback_number", "ask_callback_number_shown",
        "ask_reason", "ask_address", "ask_company", "ask_email", "ask_access_codes", "ask_preferred_slot",
        "again_caller_name", "again_callback_number", "again_company", "again_email", "again_spell", "again_other",
        "rest_callback_number", "keypad_phone", "keypad_other", "keypad_after_silence", "keypad_confirmation",
        "anything_else", "leave_goodbye", "leave_urgent", "leave_silence", "leave_time_limit", "leave_refused",
        "queue_no_estimate", "queue_left", "offer_callback", "taken_back_given", "taken_back_not_connected", "no_text",
        "no_text_number", "danger_continue", "trouble_store", "trouble", "busy", "unknown_number",
    }
)  # fmt: skip
"""House phrases that ask, offer, describe or end, and promise nothing."""

PROMISED = frozenset(
    (_C.RECORDED, _C.LEAVES, _C.PROMISE, _C.WAKES, _C.TAKEN, _C.ETA, _C.ALARM, _C.CALLBACK, _C.TEXT)
)  # fmt: skip
"""What a human who takes the call must know was said: it binds the house after the call."""
QUOTES_THE_CALLER = frozenset({"read_back"})
"""Their words are the caller's: only the phrase tells what the house says with them."""
REPEAT = "repeat"
"""The phrase of sentences that are said again; each commits as it did the first time."""
_CLIENTS = re.compile(r"^(greeting|notices|faq|scenarios|filters|people|teams|details|red_flags)(\.|\[)")
_SAFETY = re.compile(r"^safety\.")


def is_clients_own(phrase: str) -> bool:
    """Is it a sentence that the client wrote? phrase: path in its file."""
    return _CLIENTS.match(phrase) is not None


def commitments_of(phrase: str) -> tuple[Commitment, ...] | None:
    """What the phrase commits to, () when to nothing; None for a phrase that nobody has classified."""
    if is_clients_own(phrase):
        return (Commitment.PROMISE,) if phrase.endswith("].promise") else ()
    if phrase in NOTHING or _SAFETY.match(phrase):
        return ()
    return COMMITS.get(phrase)
