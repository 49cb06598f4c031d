"""The e-mail channel: SMTP with TLS, connections kept and shared, receipts asked for where the server gives them."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address

import aiosmtplib
import structlog

from voicebot.channels.email_address import checked_address, domain_of, xtext
from voicebot.channels.email_failures import failure
from voicebot.channels.email_message import as_email
from voicebot.channels.ports import Letter, Taken
from voicebot.errors import ChannelError, SettingsError
from voicebot.settings import Settings

CONNECTIONS = 4
"""Mails under way at once; more wait their turn."""
CONNECT_LIMIT_S = 10.0
WHOLE_LIMIT_S = 30.0
_KEPT_IDLE_S = 45.0
"""Servers cut idle connections off, some after one minute."""
_GOODBYE = 421
"""The server ends the connection, often because it was idle (RFC 5321 section 3.8)."""
_LONGEST_ENVELOPE = 100
"""Source: RFC 3461, section 4.4. A longer id comes back in the Message-ID of the returned headers."""
_QUEUED_AS = re.compile(r"queued as ([\w.-]{1,64})", re.IGNORECASE)

_log = structlog.get_logger()


class EmailSender:
    """One per house; all methods on one event loop.

    Args:
        settings: smtp_* and mail_from. tls_context: whom to trust; None means the machine's authorities.

    Raises: SettingsError when the settings name a server and cannot be used with it.
    """

    def __init__(self, settings: Settings, *, tls_context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls_context = tls_context
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self._closed = False
        if settings.smtp_host:
            _refuse_unusable(settings)

    async def send(self, letter: Letter) -> Taken:
        """Gives the letter to the mail server. Raises: ChannelError."""
        settings = self._settings
        if not settings.smtp_host or self._closed:
            what = "No mail server is configured."
            raise ChannelError("not_configured", what, "Set VOICEBOT_SMTP_HOST and VOICEBOT_MAIL_FROM.", temporary=False)
        to = checked_address(letter.address)
        content = as_email(letter, settings.mail_from, datetime.now(UTC)).as_bytes()
        try:
            async with asyncio.timeout(WHOLE_LIMIT_S), self._turns:
                return await self._send(letter, to, content)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise failure(error) from error

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        """SMTP has no way to ask: the Message-ID stays the same instead, and mail programs know a double by it."""
        del letter, since

    async def close(self) -> None:
        """Ends the kept connections; what is under way goes on."""
        self._closed = True
        idle, self._idle = self._idle, []
        for server, _ in idle:
            await _quit(server)

    async def _send(self, letter: Letter, to: str, content: bytes) -> Taken:
        server = self._kept()
        if server is not None:
            try:
                return await self._hand_over(server, letter, to, content)
            except _CutOffBeforeUse:
                _log.debug("mail_connection_was_cut")
        return await self._hand_over(await self._connect(), letter, to, content)

    async def _hand_over(self, server: aiosmtplib.SMTP, letter: Letter, to: str, content: bytes) -> Taken:
        whole = False
        try:
            taken = await self._transaction(server, letter, to, content)
            whole = True
        except aiosmtplib.SMTPResponseException:
            # The server said no to this mail; the connection is as good as before once it has forgotten it.
            with suppress(aiosmtplib.SMTPException, OSError):
                await server.rset()
                whole = True
            raise
        finally:
            self._put_back(server, whole=whole)
        return taken

    async def _transaction(self, server: aiosmtplib.SMTP, letter: Letter, to: str, content: bytes) -> Taken:
        options, of_recipient = [], []
        encoding = "ascii"
        if server.supports_extension("size"):
            options.append(f"SIZE={len(content)}")
        if not to.isascii():
            if not server.supports_extension("smtputf8"):
                what = "The mail server takes no address with letters beyond ASCII."
                raise ChannelError("bad_address", what, "Write another address in the client's file.", temporary=False)
            options.append("SMTPUTF8")
            encoding = "utf-8"
        if server.supports_extension("dsn"):
            # RFC 3461: receipts come back to mail_from and name the dispatch.
            envelope = xtext(letter.id)
            options += ["RET=HDRS", *([f"ENVID={envelope}"] if len(envelope) <= _LONGEST_ENVELOPE else [])]
            of_recipient.append("NOTIFY=SUCCESS,FAILURE,DELAY")
            if to.isascii():
                of_recipient.append(f"ORCPT=rfc822;{xtext(to)}")
        try:
            await server.mail(self._settings.mail_from, options=options, encoding=encoding)
        except (aiosmtplib.SMTPServerDisconnected, ConnectionError) as cut_off:
            raise _CutOffBeforeUse(str(cut_off)) from cut_off
        except aiosmtplib.SMTPSenderRefused as refused:
            if refused.code == _GOODBYE:
                raise _CutOffBeforeUse(refused.message) from refused
            raise
        await server.rcpt(to, options=of_recipient, encoding=encoding)
        answer = await server.data(content)
        queued = _QUEUED_AS.search(answer.message)
        return Taken(queued[1] if queued else "")

    async def _connect(self) -> aiosmtplib.SMTP:
        settings = self._settings
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        server = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=password,
            local_hostname=domain_of(settings.mail_from),
            timeout=CONNECT_LIMIT_S,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=self._tls_context or ssl.create_default_context(),
        )
        try:
            await server.connect()
            if server.is_ehlo_or_helo_needed:
                await server.ehlo()
            server.timeout = WHOLE_LIMIT_S
        except BaseException:
            server.close()
            raise
        return server

    def _kept(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            server, since = self._idle.pop()
            if server.is_connected and time.monotonic() - since < _KEPT_IDLE_S:
                return server
            server.close()
        return None

    def _put_back(self, server: aiosmtplib.SMTP, *, whole: bool) -> None:
        if whole and server.is_connected and not self._closed:
            self._idle.append((server, time.monotonic()))
        else:
            server.close()


class _CutOffBeforeUse(aiosmtplib.SMTPServerDisconnected):
    """A connection broke before the server knew of this mail: it can be sent on another at once."""


async def _quit(server: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(1):
            await server.quit()
    server.close()


def _refuse_unusable(settings: Settings) -> None:
    try:
        checked_address(settings.mail_from)
    except ChannelError as wrong:
        what = "VOICEBOT_MAIL_FROM is not an e-mail address."
        raise SettingsError(what, "Write it as reception@example.org.") from wrong
    if settings.smtp_security == "none" and not _is_loopback(settings.smtp_host):
        what = "VOICEBOT_SMTP_SECURITY=none would send messages and password in clear."
        raise SettingsError(what, "Use starttls or tls; none is only for a mail server on this machine.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
