"""A real SMTP server on loopback (aiosmtpd) that defers, rejects, drops, dawdles, and asks for TLS and a password."""

from __future__ import annotations

import asyncio
import re
import ssl
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).parent / "certificates" / "loopback.pem"
"""Self-signed, for localhost and 127.0.0.1: nobody trusts it who was not told to."""
_KEY = CERTIFICATE.with_suffix(".key")


class Post(StrEnum):
    """What the server does with one mail."""

    TAKE = "take"
    DEFER = "defer"
    """451 to the recipient: greylisting."""
    DEFER_DATA = "defer_data"
    """452 after the mail was sent: no room."""
    REJECT = "reject"
    """550 to the recipient: unknown mailbox."""
    REJECT_DATA = "reject_data"
    """554 after the mail was sent: refused for its content."""
    DROP = "drop"
    """The connection breaks before the mail is sent."""
    DROP_AFTER_DATA = "drop_after_data"
    """The mail is kept and the connection breaks before the answer: so doubles arise."""
    SHUT = "shut"
    """421 to the recipient, and the connection is closed."""
    DAWDLE = "dawdle"
    """Kept; the answer comes after `slow_s`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it arrived. options: of MAIL FROM; recipient_options: of RCPT TO; letter case as it was sent."""

    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...] = ()
    recipient_options: tuple[str, ...] = ()

    @property
    def parsed(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.content, policy=policy.default))

    @property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"] or "")

    @property
    def text(self) -> str:
        body = self.parsed.get_body(("plain",))
        return body.get_content().replace("\r\n", "\n") if body else ""

    @property
    def html(self) -> str:
        body = self.parsed.get_body(("html",))
        return body.get_content().replace("\r\n", "\n") if body else ""


Judge = Callable[[str], Post]
"""What to do with a mail to this recipient; asked once per mail."""


def _one_after_another(posts: Iterable[Post]) -> Judge:
    left = iter(posts)
    return lambda _recipient: next(left, Post.TAKE)


class MailServer:
    """Serves on loopback until the block ends: `async with MailServer(Post.DEFER, Post.TAKE) as server: … server.port`.

    inbox: every mail that was kept, doubles included. connections: how many there were. refused: mails turned away.

    Args:
        posts: what happens to the first mails, in order; the rest is taken. One callable instead judges every mail.
        dsn, smtputf8: whether these extensions are offered. login: (user, password) that is demanded.
        starttls: TLS is demanded. tls: TLS from the first byte. slow_s: see Post.DAWDLE. port: 0 takes a free one.
    """

    def __init__(
        self,
        *posts: Post | Judge,
        dsn: bool = True,
        smtputf8: bool = True,
        login: tuple[str, str] | None = None,
        starttls: bool = False,
        tls: bool = False,
        slow_s: float = 0.3,
        port: int = 0,
    ) -> None:
        judges = [post for post in posts if not isinstance(post, Post)]
        self.judge = judges[0] if judges else _one_after_another(p for p in posts if isinstance(p, Post))
        self.dsn, self.smtputf8, self.login = dsn, smtputf8, login
        self.starttls, self.tls, self.slow_s = starttls, tls, slow_s
        self.port = port
        self.inbox: list[Mail] = []
        self.connections = 0
        self.refused = 0
        self._server: asyncio.Server | None = None
        self._open: set[_Talk] = set()
        self._arrived = asyncio.Event()

    host = "127.0.0.1"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begins to serve; after stop(), again on the same port with the same inbox."""
        loop = asyncio.get_running_loop()
        context = _tls_context() if self.tls else None
        self._server = await loop.create_server(self._talk, self.host, self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody can connect any more, and who is connected is cut off."""
        if self._server:
            self._server.close()
            self._server = None
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self, *, politely: bool = False) -> None:
        """Cuts off everybody who is connected, politely with 421 as servers do after a while; new connections are taken."""
        for talk in tuple(self._open):
            talk.cut(politely=politely)

    @property
    def distinct(self) -> dict[str, Mail]:
        """Mails by Message-ID: what a mail program shows that knows a double by it."""
        return {mail.message_id: mail for mail in self.inbox}

    def copies(self, message_id: str) -> int:
        return sum(mail.message_id == message_id for mail in self.inbox)

    async def wait_for(self, mails: int, timeout_s: float = 5.0) -> None:
        """Returns once so many mails are in the inbox. Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while len(self.inbox) < mails:
                self._arrived.clear()
                await self._arrived.wait()

    def keep(self, mail: Mail) -> None:
        self.inbox.append(mail)
        self._arrived.set()

    def _talk(self) -> _Talk:
        talk = _Talk(self)
        self._open.add(talk)
        return talk

    def gone(self, talk: _Talk) -> None:
        self._open.discard(talk)


_DSN_OF_MAIL = re.compile(r"\s(?:RET=(?:FULL|HDRS)|ENVID=\S+)", re.IGNORECASE)
_DSN_OF_RECIPIENT = re.compile(r"\s(?:NOTIFY=\S+|ORCPT=\S+)", re.IGNORECASE)


class _Talk(SMTP):
    """One connection."""

    def __init__(self, house: MailServer) -> None:
        self.house = house
        self.said: list[str] = []
        self.said_of_recipient: list[str] = []
        self.post = Post.TAKE
        with warnings.catch_warnings():
            # A password without TLS is right on loopback.
            warnings.simplefilter("ignore", UserWarning)
            super().__init__(
                _Clerk(self),
                enable_SMTPUTF8=house.smtputf8,
                hostname="mail.example.org",
                tls_context=_tls_context() if house.starttls else None,
                require_starttls=house.starttls,
                authenticator=self._check_login if house.login else None,
                auth_required=house.login is not None,
                auth_require_tls=False,
            )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.session is None:
            self.house.connections += 1
        super().connection_made(cast(asyncio.Transport, transport))

    def connection_lost(self, error: Exception | None) -> None:
        self.house.gone(self)
        super().connection_lost(error)

    def cut(self, *, politely: bool = False) -> None:
        if self.transport is None:
            return
        transport = cast(asyncio.Transport, self.transport)
        if politely:
            transport.write(b"421 4.4.2 Idle for too long\r\n")
            transport.close()
        else:
            transport.abort()

    async def smtp_MAIL(self, arg: str | None) -> None:
        arg, self.said = self._without_dsn(arg, _DSN_OF_MAIL)
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        arg, self.said_of_recipient = self._without_dsn(arg, _DSN_OF_RECIPIENT)
        await super().smtp_RCPT(arg)

    def _without_dsn(self, arg: str | None, parameters: re.Pattern[str]) -> tuple[str | None, list[str]]:
        """aiosmtpd refuses the parameters of RFC 3461: they are kept aside where DSN is offered."""
        if arg is None or not self.house.dsn:
            return arg, []
        return parameters.sub("", arg), [found.strip() for found in parameters.findall(arg)]

    def _check_login(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        user, password = self.house.login or ("", "")
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=right)


class _Clerk:
    """aiosmtpd's hooks of one connection."""

    def __init__(self, talk: _Talk) -> None:
        self.talk = talk

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]] if self.talk.house.dsn else responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        self.talk.post = post = self.talk.house.judge(address)
        if post is Post.DROP:
            self.talk.house.refused += 1
            self.talk.cut()
        answer = {
            Post.DEFER: "451 4.7.1 Greylisted, try again later",
            Post.REJECT: "550 5.1.1 No such mailbox",
            Post.SHUT: "421 4.3.2 Shutting down",
        }.get(post)
        if answer:
            self.talk.house.refused += 1
            if post is Post.SHUT:
                asyncio.get_running_loop().call_later(0.01, self.talk.cut)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        house, post = self.talk.house, self.talk.post
        if post in (Post.DEFER_DATA, Post.REJECT_DATA):
            house.refused += 1
            return "452 4.3.1 No room left" if post is Post.DEFER_DATA else "554 5.7.1 Refused for its content"
        mail = Mail(
            envelope.mail_from or "",
            envelope.rcpt_tos[0],
            bytes(envelope.original_content or b""),
            (*self.talk.said, *envelope.mail_options),
            tuple(self.talk.said_of_recipient),
        )
        house.keep(mail)
        if post is Post.DROP_AFTER_DATA:
            self.talk.cut()
        if post is Post.DAWDLE:
            await asyncio.sleep(house.slow_s)
        return f"250 2.0.0 OK queued as {len(house.inbox)}"


def _tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, _KEY)
    return context


def trusting_context() -> ssl.SSLContext:
    """A client's context that trusts the server's certificate and nothing else."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))
