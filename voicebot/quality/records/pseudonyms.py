"""Invented names, numbers and codes in the place of true ones: the same for the same original, by a key that stays here."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from faker import Faker

from voicebot.domain.telephone_numbers import FICTION
from voicebot.errors import SettingsError
from voicebot.understanding.normalise import plain_word
from voicebot.understanding.vocabulary import word_list

KEY_FILE = "pseudonyms.key"
_FEWEST_KEY_BYTES = 16
_RANGES = {range_[:2]: range_ for range_ in FICTION}
_OTHERS = {"07": "063998", "08": "019900", "09": "019900"}
_DIGITS = 10
_SEED_LETTERS = 12
_NAMES_TRIED = 40


def read_or_make_key(path: Path) -> bytes:
    """The key of `path`, made on its first use and readable by us only. Raises: SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as refused:
        raise SettingsError(f"{path} cannot be written: {refused.strerror}.", "Name another one with --key.") from refused
    try:
        key = path.read_bytes().strip()
    except OSError as refused:
        raise SettingsError(f"{path} cannot be read: {refused.strerror}.", "Name another one with --key.") from refused
    if len(key) < _FEWEST_KEY_BYTES:
        raise SettingsError(f"{path} is too short for a key.", f"Write at least {_FEWEST_KEY_BYTES} random letters.")
    return key


class Pseudonyms:
    """Every method gives the same for the same original, and never the original."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._faker = Faker("fr_FR")
        self.name_word = lru_cache(maxsize=65_536)(self._name_word)

    def number(self, e164: str) -> str:
        """A number of the ranges kept for fiction, of the same kind (06 stays 06, 02 stays 02) where there is one."""
        national = f"0{e164[3:]}" if e164.startswith("+33") else ""
        range_ = _RANGES.get(national[:2]) or _OTHERS.get(national[:2], FICTION[0])
        last = self._number("number", e164) % 10_000
        invented = f"+33{range_[1:]}{last:04d}"
        return invented if invented != e164 else f"+33{range_[1:]}{(last + 1) % 10_000:04d}"

    def email(self, address: str) -> str:
        """ "dubois.4821@example.org": as many parts before the sign as a usual address."""
        local = self._name_word(plain_word(address.split("@")[0]) or "x", first=False)
        return f"{plain_word(local)}.{self._number('email', address.lower()) % 9000 + 1000}@example.org"

    def characters(self, text: str) -> str:
        """A reference, code or partial number: digits for digits, letters as they are; letters change where no digit is."""
        stream = self._bytes("characters", text.upper())
        digits = any(c.isdigit() for c in text)
        changed = [self._character(c, stream[i % len(stream)], letters=not digits) for i, c in enumerate(text)]
        result = "".join(changed)
        if result == text and any(c.isalnum() for c in text):
            at = next(i for i, c in enumerate(text) if (c.isdigit() if digits else c.isalpha()))
            result = text[:at] + self._next(text[at]) + text[at + 1 :]
        return result

    def id(self, original: str) -> str:
        return f"call-{self._bytes('id', original).hex()[:_SEED_LETTERS]}"

    def house_number(self, number: int) -> int:
        """1-199, another one."""
        invented = self._number("house", str(number)) % 198 + 1
        return invented if invented != number else 199

    def birth_day(self, iso: str) -> str:
        """Another day of the same year, "1968-03-12" → "1968-10-05"."""
        year, n = iso[:4], self._number("birth", iso)
        invented = f"{year}-{n % 12 + 1:02d}-{n // 12 % 28 + 1:02d}"
        return invented if invented != iso[:10] else f"{year}-{n % 12 + 1:02d}-{(n // 12 + 1) % 28 + 1:02d}"

    def _name_word(self, word: str, *, first: bool | None = None) -> str:
        """An invented name for one plain word of a name, of letters alone, capitalised: a first name for a first name."""
        is_first = word in word_list("first_names") if first is None else first
        for salt in range(_NAMES_TRIED):
            self._faker.seed_instance(self._number("name", f"{word}{salt or ''}"))
            invented = self._faker.first_name() if is_first else self._faker.last_name()
            usable = invented.isalpha() and len(invented) >= 4
            if usable and plain_word(invented) not in (word, word[:-1]) and word not in plain_word(invented):
                return invented
        raise AssertionError("no invented name differs from the original")

    @staticmethod
    def _next(character: str) -> str:
        if character.isdigit():
            return str((int(character) + 1) % _DIGITS)
        return chr((ord(character.upper()) - 65 + 1) % 26 + 65) if character.isascii() else "X"

    @staticmethod
    def _character(character: str, random: int, *, letters: bool) -> str:
        if character.isdigit():
            return str(random % _DIGITS)
        if letters and character.isalpha():
            return chr(random % 26 + (97 if character.islower() else 65))
        return character

    def _number(self, what: str, original: str) -> int:
        return int.from_bytes(self._bytes(what, original)[:8])

    def _bytes(self, what: str, original: str) -> bytes:
        return hmac.new(self._key, f"{what}\0{original}".encode(), hashlib.sha256).digest()
