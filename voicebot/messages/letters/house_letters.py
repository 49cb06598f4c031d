"""The house's writer of letters: knows where clients' templates, links, call folders and keys are; delivery asks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from voicebot.channels.ports import Attached, Letter
from voicebot.domain.call import Call
from voicebot.domain.delivery import Attachment, Channel, Delivery
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message
from voicebot.messages.letters.alarm import Alarm, AlarmKind, write_alarm
from voicebot.messages.letters.letter import write_digest, write_letter
from voicebot.messages.letters.telling import Circumstances, is_secret, tell
from voicebot.messages.letters.templates import Report

LARGEST_ATTACHMENT_BYTES = 8_000_000
"""Many mail servers refuse mails of more than 10 MB, and base64 adds a third."""
_MOST_COMMANDS = 20
_FILES = {Attachment.TRANSCRIPT: ("transcript.txt", "text/plain"), Attachment.RECORDING: ("recording.wav", "audio/wav")}

_log = structlog.get_logger()


class RecordedCall(Protocol):
    """A message as last saved, and its call."""

    @property
    def message(self) -> Message: ...

    @property
    def call(self) -> Call: ...


class HouseLetters:
    """One per house; called on threads.

    Args:
        templates_dir: "<clients_dir>/templates". house_secret: webhook keys are derived from it.
        link_of: where the recipient of a dispatch says that they read it, by the dispatch's id and since when it exists; "".
        folder_of: the folder of a call, by its id, for attachments. zone: of the operator, for alarms.
        report: is told of a client's template that is broken, by client id.
    """

    def __init__(
        self,
        *,
        templates_dir: Path,
        house_secret: bytes,
        link_of: Callable[[str, datetime], str],
        folder_of: Callable[[str], Path],
        zone: ZoneInfo,
        language: Language = Language.FRENCH,
        report: Callable[[str], Report] | None = None,
    ) -> None:
        self._templates_dir = templates_dir
        self._house_secret = house_secret
        self._link_of = link_of
        self._folder_of = folder_of
        self._zone = zone
        self._language = language
        self._report = report

    def one(
        self,
        dispatch: Dispatch,
        recorded: RecordedCall,
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
        *,
        updated: bool,
    ) -> Letter:
        """One message. updated: the reader had an earlier state of it. Raises: TemplateError for a template of the house."""
        return write_letter(
            recorded.message,
            instructions,
            rule,
            dispatch.recipient,
            dispatch_id=dispatch.id,
            address=dispatch.address,
            channel=dispatch.channel,
            now=now,
            link=self._link_of(dispatch.id, dispatch.created_at),
            call=recorded.call,
            updated=updated,
            transcript=self._attached(Attachment.TRANSCRIPT, dispatch, instructions, rule),
            recording=self._attached(Attachment.RECORDING, dispatch, instructions, rule),
            templates_dir=self._templates_dir,
            house_secret=self._house_secret,
            report=self._report(instructions.id) if self._report else None,
        )

    def gathered(
        self, digest: Digest, recorded: Sequence[RecordedCall], instructions: Instructions, rule: Delivery, now: datetime
    ) -> Letter:
        """One letter, with the digest's id, about several messages. Raises: TemplateError for a template of the house."""
        return write_digest(
            [one.message for one in recorded],
            instructions,
            rule,
            digest.recipient,
            dispatch_id=digest.id,
            address=digest.address,
            channel=digest.channel,
            now=now,
            templates_dir=self._templates_dir,
            house_secret=self._house_secret,
            report=self._report(instructions.id) if self._report else None,
        )

    def alarm(self, identity: str, address: str, dead: Sequence[Dispatch], now: datetime) -> Letter:
        """To the operator: these messages reach nobody. Ids, channels and codes only."""
        clients = ", ".join(dict.fromkeys(d.client for d in dead))
        commands = [f"voicebot messages resend {d.id}" for d in dead[:_MOST_COMMANDS]]
        one = dead[0].call if len({d.call for d in dead}) == 1 else ""
        alarm = Alarm(
            AlarmKind.DEAD_LETTER,
            clients,
            clients,
            min((d.changed_at for d in dead), default=now),
            call=one,
            trouble=", ".join(dict.fromkeys(f"{d.channel} {d.trouble}".strip() for d in dead)),
            commands=("voicebot messages list --failed", *commands),
            count=len(dead),
        )
        return write_alarm(alarm, dispatch_id=identity, address=address, zone=self._zone, language=self._language)

    def _attached(self, kind: Attachment, dispatch: Dispatch, instructions: Instructions, rule: Delivery) -> Attached | None:
        """The file, read only where it may leave the house."""
        wanted = dispatch.channel is Channel.EMAIL and kind in rule.attach and instructions.confidentiality.attachments
        if not wanted or is_secret(instructions, dispatch.channel):
            return None
        name, media_type = _FILES[kind]
        path = self._folder_of(dispatch.call) / name
        try:
            if path.stat().st_size > LARGEST_ATTACHMENT_BYTES:
                _log.warning("attachment_too_large", call=dispatch.call, attachment=kind)
                return None
            return Attached(f"{dispatch.call}-{name}", media_type, path.read_bytes())
        except OSError:
            # Refused or not recorded, or not written yet: the message does not wait for it.
            _log.info("attachment_missing", call=dispatch.call, attachment=kind)
            return None


def page_lines(message: Message, instructions: Instructions, now: datetime) -> tuple[tuple[str, str], ...]:
    """(label, value) for the page behind a message's link, which anybody who has the link sees; () under secrecy."""
    if is_secret(instructions, Channel.EMAIL):
        return ()
    told = tell(message, instructions, Channel.EMAIL, Circumstances(now))
    return tuple((row.label, str(row)) for row in told.rows)
