"""Every error that voicebot raises on purpose, in one tree.

VoicebotError                    code        raised by, meaning
├── InstructionsError            instructions   a client file cannot be obeyed: file, line, field, remedy
│   ├── UnknownClient            unknown_client no client has this id or dialled number
│   └── DraftOutdated            draft_outdated somebody else changed the client's file since this draft was begun
├── SettingsError                settings       an environment setting cannot be used
├── StoreError                   store          rows cannot be read or written
│   ├── StoreFull                store_full     the disk has no room
│   ├── StaleCall                stale_call     another process has taken the call over: this one must let go
│   ├── UnknownCall              unknown_call   no call has this id
│   ├── NoSound                  no_sound       nothing of this call, or of this moment, can be heard
│   ├── NodeTaken                node_taken     another living process does this node's durable work
│   ├── UnknownMessage           unknown_message no message, dispatch or ladder has this id
│   ├── UnknownHandoff           unknown_handoff no handoff or callback has this id
│   └── UnknownUser              unknown_user   nobody has this name here
├── HandoffRefused               handoff        what an agent asks is not possible now: why, in one word
├── SignInRefused                sign_in        somebody is not let in, or no longer; never says which part was wrong
├── NotAllowed                   not_allowed    this user may not see or do that
├── UserRefused                  user           somebody cannot be added or changed like that: why, in one word
├── ReviewRefused                review         what a reviewer or a draw asks is not possible: why, in one word
├── SpeechError                  speech         ears or voice failed
│   ├── ModelMissing             model_missing  a model is not on this machine: which, and how to get it
│   ├── SpeechBusy               speech_busy    an engine's queue is full: the job was refused
│   └── SpeechTimedOut           speech_timeout an engine did not answer within its limit
├── UnderstandingError           understanding  words could not be turned into acts
│   └── LanguageModelFailed      language_model the LLM was slow, down or absurd
├── CarrierError                 carrier        the telephone side broke its protocol
│   ├── BadMediaMessage          media_message  a websocket message cannot be read
│   └── BadSignature             signature      a request is not signed by the carrier
├── LinkRefused                  link           a signed link of ours is forged or too old
├── ChannelError                 channel        a channel did not take a dispatch: for now, or for good
├── TemplateError                template       a message template cannot be used: file, line
├── EvalFileError                eval_file      a file of labelled utterances or conversations cannot be used: file, line
└── AddressInUse                 address_in_use the port is taken
"""

from __future__ import annotations

from typing import ClassVar


class VoicebotError(Exception):
    """Base of the tree.

    Args:
        what: what failed, in one sentence for an operator; never a caller's words, number or name.
        remedy: what to do about it, when something can be done.
    """

    code: ClassVar[str] = "voicebot"

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class InstructionsError(VoicebotError):
    """A client's instructions cannot be obeyed.

    Args:
        file: path of the client file as the operator knows it.
        problems: one line each, "line 12, hours.weekly.monday: … → remedy".
    """

    code = "instructions"

    def __init__(self, file: str, problems: list[str], remedy: str = "") -> None:
        super().__init__(f"{file}: " + "; ".join(problems) + ".", remedy)
        self.file = file
        self.problems = problems


class UnknownClient(InstructionsError):
    code = "unknown_client"


class DraftOutdated(InstructionsError):
    code = "draft_outdated"


class SettingsError(VoicebotError):
    code = "settings"


class StoreError(VoicebotError):
    code = "store"


class StoreFull(StoreError):
    code = "store_full"


class StaleCall(StoreError):
    code = "stale_call"


class UnknownCall(StoreError):
    code = "unknown_call"


class NoSound(StoreError):
    code = "no_sound"


class NodeTaken(StoreError):
    code = "node_taken"


class UnknownMessage(StoreError):
    code = "unknown_message"


class UnknownHandoff(StoreError):
    code = "unknown_handoff"


class UnknownUser(StoreError):
    code = "unknown_user"


class HandoffRefused(VoicebotError):
    """An agent's wish cannot be fulfilled.

    Args:
        reason: taken (somebody else has it), over, not_yours, elsewhere (another process has the call), busy (the agent has
            a call), no_line, no_phone: stable, for the console's words.
    """

    code = "handoff"

    def __init__(self, reason: str, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.reason = reason


class SignInRefused(VoicebotError):
    """reason: wrong, late, used, inactive, too_many, provider: for logs and the audit; the page says only what helps.

    wait_s: how long to wait before trying again makes sense, when that is known.
    """

    code = "sign_in"

    def __init__(self, reason: str, what: str, remedy: str = "", *, wait_s: float = 0.0) -> None:
        super().__init__(what, remedy)
        self.reason = reason
        self.wait_s = wait_s


class NotAllowed(VoicebotError):
    code = "not_allowed"


class UserRefused(VoicebotError):
    """reason: taken, email_taken, last_admin, yourself, inactive, bad_id, bad_name, bad_email, bad_phone, bad_password,
    wrong_password, clients, admin_clients, languages: stable, for the console's words."""

    code = "user"

    def __init__(self, reason: str, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.reason = reason


class ReviewRefused(VoicebotError):
    """reason: people (fewer than three), not_eligible, no_calls, submitted (labels are final), incomplete, answer,
    not_ready, scorecard: stable, for the console's words."""

    code = "review"

    def __init__(self, reason: str, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.reason = reason


class LinkRefused(VoicebotError):
    """A signed link cannot be followed. expired: it was a good one, once."""

    code = "link"

    def __init__(self, what: str, remedy: str = "", *, expired: bool) -> None:
        super().__init__(what, remedy)
        self.expired = expired


class ChannelError(VoicebotError):
    """A channel did not take a dispatch.

    Args:
        reason: timeout, connection, deferred, rejected, rate_limited, server, unauthorised, bad_address, not_configured,
            forbidden_number, too_large: stable, for logs, statuses and reports.
        temporary: trying again may help.
        retry_after_s: when the other side said how long to wait.
    """

    code = "channel"

    def __init__(
        self, reason: str, what: str, remedy: str = "", *, temporary: bool, retry_after_s: float | None = None
    ) -> None:
        super().__init__(what, remedy)
        self.reason = reason
        self.temporary = temporary
        self.retry_after_s = retry_after_s


class TemplateError(VoicebotError):
    code = "template"


class SpeechError(VoicebotError):
    code = "speech"


class ModelMissing(SpeechError):
    code = "model_missing"


class SpeechBusy(SpeechError):
    code = "speech_busy"


class SpeechTimedOut(SpeechError):
    code = "speech_timeout"


class UnderstandingError(VoicebotError):
    code = "understanding"


class LanguageModelFailed(UnderstandingError):
    """The language model was of no use in this turn.

    Args:
        reason: timeout, refused, rate_limited, bad_status, bad_json, schema, connection, content_filter, truncated,
            resting, absurd: stable, for logs and reports.
    """

    code = "language_model"

    def __init__(self, reason: str, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.reason = reason


class CarrierError(VoicebotError):
    code = "carrier"


class BadMediaMessage(CarrierError):
    code = "media_message"


class BadSignature(CarrierError):
    code = "signature"


class EvalFileError(VoicebotError):
    """A file of evals cannot be used.

    Args:
        file: its path as the reader knows it. problems: one line each, "line 12, details: …".
    """

    code = "eval_file"

    def __init__(self, file: str, problems: list[str], remedy: str = "") -> None:
        super().__init__(f"{file}: " + "; ".join(problems) + ".", remedy)
        self.file = file
        self.problems = problems


class AddressInUse(VoicebotError):
    code = "address_in_use"
