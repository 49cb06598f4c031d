"""A letter as an e-mail: headers that a caller's words cannot break, text and HTML, attachments, one thread per call."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from voicebot.channels.email_address import checked_address, domain_of
from voicebot.channels.ports import Letter

_LONGEST_SUBJECT = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def one_line(words: str, longest: int = _LONGEST_SUBJECT) -> str:
    """Words for a header: no line ends, no control characters, nothing that turns the direction of writing."""
    line = " ".join(_UNPRINTABLE.sub(" ", words).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def message_id(identity: str, sender: str) -> str:
    """ "<dispatch id@domain>": the same for every sending of the same dispatch."""
    local = re.sub(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]", "-", identity)
    return f"<{local}@{domain_of(sender)}>"


def as_email(letter: Letter, sender: str, at: datetime) -> EmailMessage:
    """The e-mail of a letter.

    Args:
        sender: our address. at: aware; its Date.

    Raises: ChannelError bad_address.
    """
    to = checked_address(letter.address)
    mail = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    mail["From"] = _named(one_line(letter.from_name, 80), checked_address(sender))
    mail["To"] = _named("", to)
    if letter.reply_to:
        mail["Reply-To"] = _named("", checked_address(letter.reply_to))
    mail["Subject"] = one_line(letter.subject) or "—"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(letter.id, sender)
    if letter.thread:
        mail["In-Reply-To"] = mail["References"] = message_id(letter.thread, sender)
    # RFC 3834, and what Exchange understands: nobody's holiday answers to a machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    mail.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for attached in letter.attachments:
        maintype, _, subtype = attached.media_type.partition("/")
        name = one_line(attached.name, 100)
        params = {"charset": "utf-8"} if maintype == "text" else None
        subtype = subtype or "octet-stream"
        mail.add_attachment(attached.content, maintype=maintype, subtype=subtype, filename=name, params=params)
    # Set last: the header would move into the first part of a mail of several.
    mail["Content-Language"] = letter.language.value
    return mail


def _named(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)
