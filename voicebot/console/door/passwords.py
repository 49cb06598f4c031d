"""Passwords: Argon2id, off the event loop, a few at a time, and as much work for people who do not exist."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from voicebot.errors import SignInRefused, UserRefused

SHORTEST = 12
LONGEST = 256
"""More is refused before it is hashed: work must not grow with what somebody sends."""
_AT_ONCE = 2
"""Each takes 64 MiB and some 50 ms of a core, beside live calls."""
_WAITING = 40


class Passwords:
    """hasher: argon2-cffi's own parameters (RFC 9106, second choice) unless a test needs weak ones."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = ""
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Raises: UserRefused (bad_password: too short or too long)."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise UserRefused("bad_password", f"A password has {SHORTEST} to {LONGEST} characters.", "Choose another one.")
        return await self.hash_again(password)

    async def hash_again(self, password: str) -> str:
        """A password that fitted, with today's parameters, whatever its length."""
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password_hash: str, password: str) -> bool:
        """password_hash: "" for nobody, or for somebody without a password: the same work is done, and it never fits.

        Raises: SignInRefused (too_many) when too many wait.
        """
        if self._waiting >= _WAITING:
            raise SignInRefused("too_many", "Too many sign-ins at once.", "Try again in a minute.", wait_s=60)
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(self._verify, password_hash, password[: LONGEST + 1])
        finally:
            self._waiting -= 1

    def outdated(self, password_hash: str) -> bool:
        """Was it hashed with other parameters than today's?"""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash or self._hash_of_nobody(), password) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False

    def _hash_of_nobody(self) -> str:
        self._nobodys = self._nobodys or self._hasher.hash(secrets.token_urlsafe())
        return self._nobodys
