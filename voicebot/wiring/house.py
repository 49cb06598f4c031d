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

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.directory import Clients
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.errors import SettingsError
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Price
from voicebot.reception.live_calls import LiveCalls
from voicebot.replies.rephrasing import Rephrasing
from voicebot.settings import Settings
from voicebot.speech.engines import SpeechEngines
from voicebot.store.call_book import CallBook
from voicebot.understanding.model.with_fallback import UnderstandingWithFallback
from voicebot.understanding.ports import Understanding
from voicebot.understanding.rules import Rules
from voicebot.voice.shared_models import shared_models
from voicebot.wiring.client_register import ClientRegister


def real_clock() -> datetime:
    return datetime.now(UTC)


def only_messages(_call: Call, _client: Instructions) -> Facilities:
    """What a house can do for any call while nothing is opened that works after calls."""
    return ONLY_MESSAGES


@dataclass(frozen=True, slots=True)
class House:
    """register: the clients, changed while calls go on. clock: aware UTC, shifted in demonstrations so that night falls.

    facilities: what can be done now for a call beyond taking a message; asked at every turn, must return at once.
    """

    settings: Settings
    register: ClientRegister
    book: CallBook
    understanding: Understanding
    live: LiveCalls
    clock: Callable[[], datetime]
    rephrasing: Rephrasing | None = None
    facilities: Callable[[Call, Instructions], Facilities] = only_messages

    @property
    def clients(self) -> Clients:
        """The clients whom new calls reach now. Ask once where two answers must agree."""
        return self.register.clients

    @property
    def calls_folder(self) -> Path:
        return self.settings.data_dir / "calls"


def understanding_of(settings: Settings) -> tuple[Understanding, LanguageModel | None]:
    """Built-in rules, with the language model in front of them where one is configured."""
    rules = Rules()
    if not settings.language_model_key:
        return rules, None
    model = LanguageModel(
        model=settings.llm_model,
        api_key=settings.language_model_key,
        base_url=settings.llm_base_url or None,
        price=Price(settings.llm_price_prompt_per_million, settings.llm_price_completion_per_million),
    )
    return UnderstandingWithFallback(rules, model, settings.prompts_dir, settings.llm_budget_s), model


def rephrasing_of(settings: Settings, model: LanguageModel | None) -> Rephrasing | None:
    """Other words for approved answers, where a language model is configured. Raises: SettingsError."""
    return Rephrasing(model, settings.prompts_dir, settings.llm_rephrase_budget_s) if model else None


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


def archive_of(settings: Settings) -> Path:
    """Where every accepted version of each client's instructions is kept."""
    return settings.data_dir / "instructions"


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
    register = ClientRegister.open(settings.clients_dir, InstructionsArchive(archive_of(settings)), clock)
    async with AsyncExitStack() as open_things:
        book = await CallBook.open(settings.database, now=clock)
        open_things.push_async_callback(book.close)
        understanding, model = understanding_of(settings)
        if model is not None:
            open_things.push_async_callback(model.close)
        yield House(settings, register, book, understanding, LiveCalls(), clock, rephrasing_of(settings, model))


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
