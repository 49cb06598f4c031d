"""The door: who comes in by which way, whose session stands, and who is sent away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from voicebot.console.door.guard import LOOK_S, VISITOR, Guard
from voicebot.console.door.own_address import OwnAddress
from voicebot.console.door.passwords import Passwords
from voicebot.console.door.provider import LASTS, Provider
from voicebot.console.door.rate import OF_ADDRESS, OF_NAME, OF_NAME_AND_ADDRESS, Allowance, Rate, network_of
from voicebot.console.frame import ROOT
from voicebot.console.scope import Visitor
from voicebot.domain.agent import Role, User
from voicebot.errors import SignInRefused, UnknownUser
from voicebot.settings import Settings
from voicebot.store.audit_book import SIGN_IN, AuditBook
from voicebot.store.open_database import OpenDatabase
from voicebot.store.session_book import Session, SessionBook, SignInWay
from voicebot.store.user_book import UserBook

LINK_LASTS = timedelta(minutes=15)
SILENCE = timedelta(hours=1)
"""Without a sign of life for so long, a session is over."""
FIRST_ADMIN = User("admin", "Admin", Role.ADMIN)
_SEEN_EVERY = timedelta(seconds=60)
_SWEPT_EVERY = timedelta(hours=1)

log = structlog.get_logger()


class Door:
    """One per process.

    Args:
        audit: where sign-ins and refusals are noted. clock: aware.
        passwords: others only in tests.
    """

    def __init__(
        self,
        settings: Settings,
        database: OpenDatabase,
        audit: AuditBook,
        clock: Callable[[], datetime],
        passwords: Passwords | None = None,
    ) -> None:
        self.own = OwnAddress(settings)
        self.provider = Provider(settings, clock)
        self.passwords = passwords or Passwords()
        self.users = UserBook(database, clock)
        self.sessions = SessionBook(database, clock)
        self._audit = audit
        self._clock = clock
        self._rate = Rate(clock)
        self._lasts = timedelta(hours=settings.session_h)
        self._public_url = settings.public_url
        self._swept_at: datetime | None = None

    def guard(self, app: ASGIApp, look_s: float = LOOK_S) -> Guard:
        """Wraps the console; without it `seat` knows nobody, so that nothing opens."""
        return Guard(app, self, self.own, self._rate, look_s)

    async def seat(self, request: Request) -> Visitor | None:
        """What the Frame asks: whom the guard has let in."""
        return request.scope.get(VISITOR)

    async def visitor_of(self, asked: HTTPConnection) -> Visitor | None:
        """Who shows a session that stands, which is a sign of life. Raises: StoreError."""
        secret = asked.cookies.get(self._cookie(asked), "")
        session = await self.sessions.session(secret) if secret else None
        if session is None or not self._stands(session):
            return None
        if self._clock() - session.seen_at > _SEEN_EVERY:
            await self.sessions.seen(session.id)
        return Visitor(session.user, session.id, session.csrf, address_of(asked))

    async def by_password(self, asked: HTTPConnection, user_id: str, password: str) -> str:
        """Returns: the session's secret. Raises: SignInRefused (wrong, too_many), StoreError."""
        known, refused = await self._known(user_id), None
        allowances = self._sign_in_allowances(asked, known.id if known else user_id[:64])
        wait_s = self._rate.try_once(allowances)
        if wait_s:
            refused = SignInRefused("too_many", "Too many tries.", "Wait, or ask for a sign-in link.", wait_s=wait_s)
        else:
            stored = await self.users.password_of(known.id) if known and known.active else ""
            if not await self.passwords.fits(stored, password):
                refused = SignInRefused("wrong", "User and password do not fit together.")
            elif known and self.passwords.outdated(stored):
                await self.users.rehash_password(known.id, stored, await self.passwords.hash_again(password))
        if refused or known is None:
            await self._note_refused(asked, known.id if known else "", SignInWay.PASSWORD, refused)
            raise refused or SignInRefused("wrong", "Nobody has this id.")
        self._rate.came_out_well(allowances[0], allowances[1:])
        return await self._begin(asked, known, SignInWay.PASSWORD)

    async def by_link(self, asked: HTTPConnection, secret: str) -> str:
        """Returns: the session's secret. Raises: SignInRefused (wrong, late, used, inactive, too_many), StoreError."""
        allowance = self._rate.allowance(OF_ADDRESS, "link", network_of(address_of(asked)))
        wait_s = self._rate.try_once((allowance,))
        try:
            if wait_s:
                raise SignInRefused("too_many", "Too many tries.", wait_s=wait_s)
            user = await self.users.user(await self.sessions.use_link(secret))
            if not user.active:
                raise SignInRefused("inactive", f'"{user.id}" is not active.')
        except SignInRefused as refused:
            await self._note_refused(asked, "", SignInWay.LINK, refused)
            raise
        return await self._begin(asked, user, SignInWay.LINK)

    async def by_provider(self, asked: HTTPConnection, secret: str, return_to: str) -> str:
        """Returns: the session's secret. Raises: SignInRefused, StoreError."""
        try:
            email = await self.provider.came_back(secret, asked.query_params, return_to)
            user = await self.users.by_email(email)
            if user is None:
                raise SignInRefused("inactive", "Nobody here has the address that the provider vouches for.")
            await self.sessions.use_state(asked.query_params["state"], user.id, LASTS)
        except SignInRefused as refused:
            await self._note_refused(asked, "", SignInWay.PROVIDER, refused)
            raise
        return await self._begin(asked, user, SignInWay.PROVIDER)

    def tries_password(self, asked: HTTPConnection, visitor: Visitor) -> float:
        """Counts a try at one's own current password. Returns: 0.0, or how many seconds to wait."""
        return self._rate.try_once(self._sign_in_allowances(asked, visitor.user.id))

    async def renewed(self, asked: HTTPConnection, visitor: Visitor) -> str:
        """Another session for who has just ended all of theirs, by a new password. Returns: its secret."""
        return await self._begin(asked, visitor.user, SignInWay.PASSWORD)

    async def sign_out(self, visitor: Visitor) -> None:
        """Raises: StoreError."""
        await self.sessions.end(visitor.session)
        await self._audit.note(visitor, "sign_out", "users", visitor.user.id)

    def give_cookie(self, asked: HTTPConnection, answer: Response, secret: str) -> None:
        # Lax, not Strict: who comes back from the provider, or follows a link in a message of ours, comes from elsewhere.
        secure = self.own.is_secure(asked)
        answer.set_cookie(self._cookie(asked), secret, path="/", secure=secure, httponly=True, samesite="lax")

    def take_cookie(self, asked: HTTPConnection, answer: Response) -> None:
        secure = self.own.is_secure(asked)
        answer.delete_cookie(self._cookie(asked), path="/", secure=secure, httponly=True, samesite="lax")

    async def link_for(self, user_id: str, address: str = "") -> str:
        """An address that signs this user in, once, within LINK_LASTS. address: of this house, when it has no public one.

        What lets in is behind the "#": browsers send it to nobody, so it is in no log. Raises: UnknownUser, StoreError.
        """
        user = await self.users.user(user_id)
        secret = await self.sessions.new_link(user.id, LINK_LASTS)
        return f"{(address or self._public_url).rstrip('/')}{ROOT}/sign-in/link#{secret}"

    async def first_link(self, address: str = "") -> str | None:
        """While nobody has ever signed in and there is at most the first admin: a link for them, whom it makes.

        Returns: None when people know their way in. Raises: StoreError.
        """
        known = await self.users.all()
        if any(user.id != FIRST_ADMIN.id for user in known) or await self.sessions.anybody_ever():
            return None
        if not known:
            await self.users.add(FIRST_ADMIN)
            await self._audit.note_of("", "", "added", "users", FIRST_ADMIN.id, first=True)
        return await self.link_for(FIRST_ADMIN.id, address)

    def _cookie(self, asked: HTTPConnection) -> str:
        # __Host- binds the cookie to this very host, over https only: no sister domain can plant one.
        return "__Host-voicebot" if self.own.is_secure(asked) else "voicebot"

    def _stands(self, session: Session) -> bool:
        now = self._clock()
        return session.user.active and now - session.begun_at < self._lasts and now - session.seen_at < SILENCE

    def _sign_in_allowances(self, asked: HTTPConnection, name: str) -> list[Allowance]:
        network = network_of(address_of(asked))
        who = ((OF_NAME_AND_ADDRESS, ("both", name, network)), (OF_NAME, ("name", name)), (OF_ADDRESS, ("address", network)))
        return [self._rate.allowance(rules, *key) for rules, key in who]

    async def _known(self, user_id: str) -> User | None:
        try:
            return await self.users.user(user_id.strip().lower())
        except UnknownUser:
            return None

    async def _begin(self, asked: HTTPConnection, user: User, way: SignInWay) -> str:
        before = asked.cookies.get(self._cookie(asked), "")
        old = await self.sessions.session(before) if before else None
        if old is not None:
            await self.sessions.end(old.id)
        await self._sweep()
        secret = await self.sessions.begin(user.id, way, asked.headers.get("user-agent", ""))
        await self._audit.note_of(user.id, address_of(asked), SIGN_IN, "users", user.id, way=way.value)
        log.info("console_sign_in", user=user.id, way=way.value)
        return secret

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept_at is None or now - self._swept_at > _SWEPT_EVERY:
            self._swept_at = now
            await self.sessions.forget_over(now - self._lasts, now - SILENCE)

    async def _note_refused(
        self, asked: HTTPConnection, user_id: str, way: SignInWay, refused: SignInRefused | None
    ) -> None:
        # Never what was typed: people type their password into the wrong field.
        reason = refused.reason if refused else "wrong"
        log.info("console_sign_in_refused", way=way.value, reason=reason)
        address = address_of(asked)
        await self._audit.note_of(user_id, address, "sign_in_refused", "users", user_id, way=way.value, reason=reason)


def address_of(asked: HTTPConnection) -> str:
    return asked.client.host if asked.client else ""
