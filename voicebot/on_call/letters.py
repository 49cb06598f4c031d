"""What contacts and the operator read: SMS of two segments at most, e-mails, and no reason where it is a secret."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from voicebot.channels.ports import Letter
from voicebot.channels.sms_length import GSM_BASIC, GSM_EXTENDED, in_gsm, sms_length
from voicebot.domain.delivery import Channel
from voicebot.domain.language import Language
from voicebot.on_call.urgent_message import UrgentMessage, from_caller, written_number
from voicebot.on_call.words import on_call_words

MOST_SEGMENTS = 2
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom a letter goes. id: of the letter, stable. thread: shared by all letters about one call."""

    id: str
    address: str
    thread: str


def call_sms(to: Addressed, message: UrgentMessage, code: str, link: str) -> Letter:
    """« Astreinte … : message P1 de …, à rappeler au … Répondez OK 4821 ou ouvrez … »; what is too long is left out."""
    criterion, address = ("", "") if message.secret else (message.criterion, message.address)
    richest_first = ((criterion, address), (criterion, _cut(address, 40)), (criterion, ""), ("", ""))
    texts = [_call_text(message, c, a, message.caller, code, link) for c, a in richest_first]
    texts.append(_call_text(message, "", "", _cut(message.caller, _LONGEST_NAME), code, link))
    fitting = (text for text in texts if sms_length(text).segments <= MOST_SEGMENTS)
    return Letter(to.id, Channel.SMS, to.address, next(fitting, texts[-1]), message.language, thread=to.thread)


def call_email(to: Addressed, message: UrgentMessage, link: str) -> Letter:
    written = on_call_words(message.language).written
    urgency = on_call_words(message.language).urgency[message.level]
    values = _values(message)
    lines = [written["email"].format(urgency=urgency, **values)]
    if message.criterion and not message.secret:
        lines.append(written["email_criterion"].format(criterion=message.criterion))
    if message.address and not message.secret:
        lines.append(written["email_address"].format(address=message.address))
    lines += ["", written["email_link"].format(link=link) if link else written["email_no_link"]]
    subject = written["subject"].format(**values)
    return _email(to, message.language, subject, "\n".join(lines))


def has_it_letter(to: Addressed, channel: Channel, message: UrgentMessage, name: str) -> Letter:
    """« … a pris en charge »: to those who were told before."""
    written = on_call_words(message.language).written
    text = written["has_it"].format(name=name, **_values(message))
    if channel is Channel.SMS:
        return Letter(to.id, channel, to.address, plain(text), message.language, thread=to.thread)
    return _email(to, message.language, written["has_it_subject"].format(client=message.client, name=name), text)


def alarm_email(to: Addressed, language: Language, why: str, *, client: str, call: str, ladder: str, round_: int) -> Letter:
    """Ids only: the operator looks the rest up where they are known. why: an AlarmWhy or "fault"."""
    words = on_call_words(language).alarm
    text = words["text"].format(why=words[why], client=client, call=call, ladder=ladder, round=round_)
    return _email(to, language, words["subject"].format(client=client, why=words[why]), text)


def plain(text: str) -> str:
    """In the letters of cheap SMS: French ones first, then any other without its accent, "?" for what is left."""
    known = GSM_BASIC | GSM_EXTENDED
    return "".join(sign if sign in known else _nearest(sign) for sign in in_gsm(text))


def _nearest(sign: str) -> str:
    bare = in_gsm("".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part)))
    return bare if bare and all(part in GSM_BASIC for part in bare) else "?"


def _call_text(message: UrgentMessage, criterion: str, address: str, caller: str, code: str, link: str) -> str:
    written = on_call_words(message.language).written
    text = written["sms"].format(
        **_values(replace(message, caller=caller)),
        criterion=f" {criterion}." if criterion else "",
        address=f" {address.rstrip(' .')}." if address else "",
        code=code,
        link=written["sms_link"].format(link=link) if link else "",
    )
    # A full stop would become a part of the link.
    return plain(text.removesuffix(".") if link else text)


def _values(message: UrgentMessage) -> dict[str, str]:
    written = on_call_words(message.language).written
    return {
        "client": message.client,
        "level": message.level.upper(),
        "caller": message.caller or written["unknown_caller"],
        "from_caller": from_caller(message),
        "number": written_number(message.number) if message.number else written["no_number"],
    }


def _email(to: Addressed, language: Language, subject: str, text: str) -> Letter:
    return Letter(to.id, Channel.EMAIL, to.address, f"{text}\n", language, subject=subject, thread=to.thread)


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 3].rsplit(" ", 1)[0].rstrip(" ,.") + "..."
