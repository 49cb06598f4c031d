"""Writes letters: one message, or many in a digest, in the words of one channel for one recipient."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from voicebot.channels.ports import Attached, Letter
from voicebot.channels.webhook import webhook_key
from voicebot.domain.acts import Confidence
from voicebot.domain.call import Call
from voicebot.domain.delivery import Attachment, Channel, Delivery
from voicebot.domain.details import EMAIL
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message
from voicebot.errors import TemplateError
from voicebot.messages.letters.payload import digest_payload, message_payload
from voicebot.messages.letters.sms import fit, tidy
from voicebot.messages.letters.tellable import Tellable
from voicebot.messages.letters.telling import Circumstances, repeats_words, tell
from voicebot.messages.letters.templates import Report, Templates
from voicebot.messages.letters.words import words

_log = structlog.get_logger()
_ROWS_OF_AN_SMS = 3


@dataclass(frozen=True, slots=True)
class Digest:
    """The variables of a digest's template, as `d`. messages: urgent first, then by time. most: how many fit an SMS."""

    client: str
    client_name: str
    language: Language
    messages: tuple[Tellable, ...]
    urgent: int
    most: int = _ROWS_OF_AN_SMS


def write_letter(
    message: Message,
    instructions: Instructions,
    rule: Delivery,
    recipient: str,
    *,
    dispatch_id: str,
    address: str,
    channel: Channel,
    now: datetime,
    link: str = "",
    call: Call | None = None,
    updated: bool = False,
    transcript: Attached | None = None,
    recording: Attached | None = None,
    templates_dir: Path | None = None,
    house_secret: bytes = b"",
    report: Report | None = None,
) -> Letter:
    """One message for one recipient by one channel.

    Args:
        recipient: id of a person, "" for an address of its own. channel: rule.channel, or its fallback.
        link: where the recipient says that they read it. updated: an earlier letter told a part of it (« complément »).
        call: for what was tried in it. transcript, recording: go along where rule and confidentiality allow it.
        templates_dir: folder of the clients' own templates, "<clients_dir>/templates"; None uses the house's only.
        house_secret: webhook keys are derived from it. report: is told of a client's template that is broken.
        now: aware.
    """
    attached = _attachments(instructions, rule, channel, transcript, recording)
    around = Circumstances(now, link, call, updated, tuple(a.name for a in attached))
    told = tell(message, instructions, channel, around)
    letter = Letter(
        id=dispatch_id,
        channel=channel,
        address=address,
        text="",
        language=instructions.language,
        thread=message.call,
        attachments=attached,
        from_name=_from_name(instructions),
        reply_to=_reply_to(message, told) if channel is Channel.EMAIL else "",
    )
    if channel is Channel.WEBHOOK:
        payload = message_payload(message, instructions, told, around, recipients=tuple(filter(None, (recipient,))))
        key = webhook_key(house_secret, instructions.id, rule.id)
        return replace(letter, text=told.title, payload=payload, key=key)
    templates = Templates(instructions.language, _own_folder(templates_dir, instructions), rule.template)
    return _worded(letter, templates, told, report or _nobody)


def write_digest(
    messages: Sequence[Message],
    instructions: Instructions,
    rule: Delivery,
    recipient: str,
    *,
    dispatch_id: str,
    address: str,
    channel: Channel,
    now: datetime,
    links: Mapping[str, str] | None = None,
    templates_dir: Path | None = None,
    house_secret: bytes = b"",
    report: Report | None = None,
) -> Letter:
    """Many messages in one letter: urgent ones first, then by time.

    Args:
        links: by message id. The others: see write_letter.
    """
    links = links or {}
    ordered = sorted(messages, key=lambda m: (m.urgency.level.value, m.taken_at))
    arounds = [Circumstances(now, links.get(m.id, "")) for m in ordered]
    told = tuple(tell(m, instructions, channel, around) for m, around in zip(ordered, arounds, strict=True))
    letter = Letter(dispatch_id, channel, address, "", instructions.language, from_name=_from_name(instructions))
    if channel is Channel.WEBHOOK:
        to = tuple(filter(None, (recipient,)))
        views = zip(ordered, told, arounds, strict=True)
        payload = digest_payload([message_payload(m, instructions, t, a, recipients=to) for m, t, a in views], instructions)
        return replace(letter, payload=payload, key=webhook_key(house_secret, instructions.id, rule.id))
    digest = Digest(instructions.id, instructions.identity.name, instructions.language, told, sum(m.urgent for m in told))
    templates = Templates(instructions.language, _own_folder(templates_dir, instructions), rule.template, digest=True)
    return _worded(letter, templates, digest, report or _nobody)


def _worded(letter: Letter, templates: Templates, told: Tellable | Digest, report: Report) -> Letter:
    """The letter with the words of its channel. A client's template that is broken is told of, and never loses a letter."""

    def trouble(broken: TemplateError) -> None:
        _log.warning("template_broken", client=told.client, dispatch=letter.id, place=broken.what)
        report(broken)

    def part(name: str, view: Tellable | Digest = told) -> str:
        return templates.render(name, _variables(view), trouble).strip()

    if letter.channel is Channel.SMS:
        text = fit(told, lambda view: part("sms", view)) if isinstance(told, Tellable) else tidy(part("sms"))
        return replace(letter, text=text)
    subject, text = " ".join(part("subject").split()), part("text")
    if letter.channel is Channel.EMAIL:
        return replace(letter, subject=subject, text=text, html=part("html"))
    variables = {**_variables(told), "subject": subject, "text": text}
    return replace(letter, text=text, payload=_card(templates, variables, trouble))


def _variables(told: Tellable | Digest) -> dict[str, Any]:
    return {"m": told} if isinstance(told, Tellable) else {"d": told}


def _card(templates: Templates, variables: dict[str, Any], report: Report) -> dict[str, Any]:
    """A chat room's JSON. A client's template that renders none is broken like any other."""
    if templates.own_file("chat"):
        try:
            return _object(templates.render("chat", variables, report))
        except ValueError as wrong:
            file = templates.own_file("chat")
            report(TemplateError(f"{file}, line {getattr(wrong, 'lineno', 1)}: does not render a JSON object."))
    return _object(templates.render_house("chat", variables))


def _object(text: str) -> dict[str, Any]:
    read = json.loads(text)
    if not isinstance(read, dict):
        raise ValueError("not a JSON object")
    return read


def _attachments(
    instructions: Instructions, rule: Delivery, channel: Channel, transcript: Attached | None, recording: Attached | None
) -> tuple[Attached, ...]:
    if channel is not Channel.EMAIL or not instructions.confidentiality.attachments:
        return ()
    if not repeats_words(instructions, channel):
        return ()
    both = ((Attachment.TRANSCRIPT, transcript), (Attachment.RECORDING, recording))
    return tuple(file for kind, file in both if file is not None and kind in rule.attach)


def _reply_to(message: Message, told: Tellable) -> str:
    """The caller's own address, once they agreed to it, so that an answer reaches them."""
    known = message.details.get(EMAIL)
    sure = known is not None and known.confirmed and known.complete and known.confidence is Confidence.SURE
    return known.value if known and sure and told.email else ""


def _from_name(instructions: Instructions) -> str:
    return words(instructions.language)["house"]["from_name"].format(client=instructions.identity.name)


def _own_folder(templates_dir: Path | None, instructions: Instructions) -> Path | None:
    own = templates_dir / instructions.id if templates_dir else None
    return own if own and own.is_dir() else None


def _nobody(_broken: TemplateError) -> None:
    """Nobody asked to be told; the log was."""
