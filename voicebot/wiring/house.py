"""The house: every shared thing of one process, built once from the settings and closed in the right order."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from voicebot.clients.directory import Clients, load_clients
from voicebot.errors import SettingsError
from voicebot.llm.language_model import LanguageModel
from voicebot.reception.live_calls import LiveCalls
from voicebot.settings import Settings
from voicebot.speech.engines import SpeechEngines
from voicebot.store.call_book import CallBook
from voicebot.understanding.ports import Understanding
from voicebot.understanding.rules import Rules
from voicebot.understanding.with_fallback import UnderstandingWithFallback
from voicebot.voice.shared_models import shared_models

_log = structlog.get_logger()


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """clock: aware UTC time, shifted in demonstrations so that night falls when it is wanted."""

    settings: Settings
    clients: Clients
    book: CallBook
    understanding: Understanding
    live: LiveCalls
    clock: Callable[[], datetime]

    @property
    def calls_folder(self) -> Path:
        return self.settings.data_dir / "calls"


def understanding_of(settings: Settings) -> tuple[Understanding, LanguageModel | None]:
    """Built-in rules, with the language model in front of them where one is configured."""
    rules = Rules()
    if not settings.language_model_key:
        return rules, None
    model = LanguageModel(
        model=settings.llm_model, api_key=settings.language_model_key, base_url=settings.llm_base_url or None
    )
    return UnderstandingWithFallback(rules, model, settings.prompts_dir, settings.llm_budget_s), model


def data_folder(settings: Settings) -> Path:
    """The data folder, made when it is missing. Raises: SettingsError."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise SettingsError(
            f"VOICEBOT_DATA_DIR: {settings.data_dir} cannot be made: {refused.strerror}.",
            "Choose a folder you may write to.",
        ) from refused
    return settings.data_dir


def signing_secret(settings: Settings) -> str:
    """The secret of stream tokens: from the settings, else a random one kept in the data folder, readable by us only."""
    if settings.secret:
        return settings.secret.get_secret_value()
    path = data_folder(settings) / "secret"
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as refused:
        raise SettingsError(f"{path} cannot be written: {refused.strerror}.", "Set VOICEBOT_SECRET.") from refused
    return path.read_text(encoding="ascii")


@asynccontextmanager
async def open_house(settings: Settings, *, clock: Callable[[], datetime] = real_clock) -> AsyncIterator[House]:
    """Opens everything that does not need audio. Raises: SettingsError, StoreError, InstructionsError."""
    data_folder(settings)
    clients = load_clients(settings.clients_dir)
    for broken in clients.broken:
        _log.error("client file not taken", code=broken.code, file=broken.file, problems=broken.problems)
    async with AsyncExitStack() as open_things:
        book = await CallBook.open(settings.database, now=clock)
        open_things.push_async_callback(book.close)
        understanding, model = understanding_of(settings)
        if model is not None:
            open_things.push_async_callback(model.close)
        yield House(settings, clients, book, understanding, LiveCalls(), clock)


@asynccontextmanager
async def open_engines(settings: Settings, clients: Clients) -> AsyncIterator[SpeechEngines]:
    """Ears and every client's voices, loaded and warm. Raises: ModelMissing, SpeechError."""
    engines = SpeechEngines(settings)
    try:
        for instructions in clients.instructions.values():
            for language in instructions.identity.languages:
                engines.voice(instructions.voices[language], language)
        await asyncio.gather(engines.warm(), shared_models())
        yield engines
    finally:
        await engines.close()
