"""The house's own writer of letters: its templates and the clients', with links, attachments and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voicebot.channels.ports import Attached, Letter
from voicebot.domain.delivery import Attachment, Channel, Delivery
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.errors import UnknownClient
from voicebot.messages.letters.alarm import Alarm, AlarmKind, write_alarm
from voicebot.messages.letters.letter import write_digest, write_letter
from voicebot.policy.deliveries import HOUSE_RULE
from voicebot.store.delivery_book import Recorded


@dataclass(frozen=True, slots=True)
class HouseLetters:
    """A LetterWriter.

    instructions_of: see Terms. house_secret: signs webhooks. templates_dir: "<clients_dir>/templates".
    link: where the recipient of a dispatch (id, when it was made) says that they read it; None when the house has no
    address of its own. files: transcript and recording of a call, asked for only where a rule attaches them.
    zone, language: of the operator, for alarms.
    """

    instructions_of: Callable[[str], Instructions]
    house_secret: bytes
    templates_dir: Path | None = None
    link: Callable[[str, datetime], str] | None = None
    files: Callable[[Recorded], Mapping[Attachment, Attached]] | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    language: Language = Language.FRENCH

    def one(
        self,
        dispatch: Dispatch,
        recorded: Recorded,
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
        *,
        updated: bool,
    ) -> Letter:
        """See LetterWriter."""
        wanted = bool(rule.attach) and instructions.confidentiality.attachments and dispatch.channel is Channel.EMAIL
        files = self.files(recorded) if self.files and wanted else {}
        return write_letter(
            recorded.message,
            instructions,
            rule,
            dispatch.recipient,
            dispatch_id=dispatch.id,
            address=dispatch.address,
            channel=dispatch.channel,
            now=now,
            link=self._link(dispatch),
            call=recorded.call,
            updated=updated,
            transcript=files.get(Attachment.TRANSCRIPT),
            recording=files.get(Attachment.RECORDING),
            templates_dir=self.templates_dir,
            house_secret=self.house_secret,
        )

    def gathered(
        self,
        digest: Digest,
        parts: Sequence[tuple[Dispatch, Recorded]],
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
    ) -> Letter:
        """See LetterWriter."""
        return write_digest(
            [recorded.message for _, recorded in parts],
            instructions,
            rule,
            digest.recipient,
            dispatch_id=digest.id,
            address=digest.address,
            channel=digest.channel,
            now=now,
            links={recorded.message.id: self._link(dispatch) for dispatch, recorded in parts},
            templates_dir=self.templates_dir,
            house_secret=self.house_secret,
        )

    def alarm(self, identity: str, address: str, dead: Sequence[Dispatch], now: datetime) -> Letter:
        """See LetterWriter. One dead letter is named; of many, their clients and how to see them all."""
        del now
        first = dead[0]
        clients = list(dict.fromkeys(d.client for d in dead))
        about = Alarm(
            kind=AlarmKind.DEAD_LETTER,
            client=", ".join(clients),
            client_name=", ".join(self._name(client) for client in clients),
            since=min(d.changed_at for d in dead),
            call=first.call,
            dispatch=first.id,
            trouble=", ".join(sorted({d.trouble for d in dead})),
        )
        if len(dead) > 1:
            commands = ("voicebot messages list --dead", "voicebot messages resend ID")
            about = replace(about, call="", dispatch="", commands=commands, count=len(dead))
        return write_alarm(about, dispatch_id=identity, address=address, zone=self.zone, language=self.language)

    def _link(self, dispatch: Dispatch) -> str:
        # A message that no rule takes goes to the operator, who reads it in the house.
        return self.link(dispatch.id, dispatch.created_at) if self.link and dispatch.rule != HOUSE_RULE else ""

    def _name(self, client: str) -> str:
        try:
            return self.instructions_of(client).identity.name
        except UnknownClient:
            return client
