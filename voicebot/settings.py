"""Settings of one process, from the environment (VOICEBOT_…) and .env. The only reader of os.environ."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from voicebot.errors import SettingsError


def shipped(name: str) -> Path:
    """A folder that comes with the house: in the checkout, or inside the installed package."""
    here = Path(name)
    inside = Path(__file__).parent / "_share" / name
    checkout = Path(__file__).parent.parent / name
    return next((folder for folder in (here, checkout, inside) if folder.is_dir()), here)


Seconds = Annotated[float, Field(gt=0, le=120)]


class Settings(BaseSettings):
    """Every knob of an operator. Units are in the names."""

    model_config = SettingsConfigDict(env_prefix="VOICEBOT_", env_file=".env", extra="ignore", frozen=True)

    # Places
    data_dir: Path = Path("var")
    """Database, call folders, cached voice, models."""
    clients_dir: Path = Field(default_factory=lambda: shipped("client_configs"))
    prompts_dir: Path = Field(default_factory=lambda: shipped("prompts"))
    scorecards_dir: Path = Field(default_factory=lambda: shipped("evals") / "scorecards")
    """What reviewers answer for a call: <client>.yaml, default.yaml for all others."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in data_dir."""

    # Door
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: str = ""
    """Address under which the carrier reaches us, "https://phone.example.org"; empty on loopback."""
    softphone: bool | None = None
    """Browser softphone page; None means only when serving on loopback."""
    max_calls: Annotated[int, Field(ge=1, le=1000)] = 30
    """Live calls of this process; one more is refused or sent to humans, never degraded."""
    secret: SecretStr | None = None
    """Signs the tokens of media streams; None means a random one kept in data_dir."""

    # Twilio
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr | None = None
    """When set, requests without a right signature are refused (403)."""

    twilio_number: str = ""
    """Our number, E.164: caller id of on-call calls and sender of SMS; empty means that nobody is rung or texted."""
    twilio_api_url: str = "https://api.twilio.com"
    """REST API; another address only for tests, or for a region."""

    # E-mail
    smtp_host: str = ""
    """Mail server; empty means no e-mail."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """none is only for a server on this machine."""
    mail_from: str = ""
    """Sender, "reception@example.org"; delivery receipts come back to it (voicebot messages receipt)."""
    mail_folder: Path | None = None
    """E-mails are written here as files instead of being sent."""

    # Messages and people on call
    deliver_rehearsals: bool = False
    """Calls by keyboard and softphone also send messages and wake people; else nothing of them leaves the house."""
    work_here: bool = True
    """This process sends messages and climbs ladders; False where `voicebot work` does it."""
    node: str = "house"
    """Name of this process among those that share a PostgreSQL database; each has its own."""
    operator_email: str = ""
    """Alarms go here: exhausted ladders, dead letters."""
    agents_number: str = ""
    """Our own reception floor, E.164: the last rung of every ladder; empty means there is none."""
    most_calls_per_day: Annotated[int, Field(ge=1)] = 500
    """Outbound calls and SMS of the house in 24 hours; one more is refused and raises the alarm (toll fraud)."""
    delivery_gives_up_h: Annotated[float, Field(gt=0, le=240)] = 24.0
    """A dispatch that its channel has refused for so long is given to its fallback, else it is a dead letter."""
    private_webhooks: bool = False
    """Webhooks and chat rooms may be at private addresses (10.…, 192.168.…, this machine); never at link-local ones."""

    # Console
    console: bool | None = None
    """Pages for agents, supervisors, QA and clients under /console; None means only when serving on loopback."""
    session_h: Annotated[float, Field(gt=0, le=168)] = 12.0
    """A session ends after this time, and after an hour without a sign of life."""
    oidc_issuer: str = ""
    """OpenID Connect provider, "https://login.example.org/realms/floor"; empty means passwords and sign-in links only."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    audit_kept_days: Annotated[int, Field(ge=1)] = 365
    """Entries of the audit log are kept this long."""

    # Ears
    ears_model: str = ""
    """faster-whisper model: a size ("small"), a folder, or "practice"; empty means the best one on this machine."""
    ears_device: Literal["cpu", "cuda", "auto"] = "cpu"
    ears_compute_type: str = "int8"
    ears_threads: Annotated[int, Field(ge=1, le=64)] = 1
    ears_short_context: bool | None = None
    """Encode only the audio that there is, not 30 s; None means only for the practice ears."""
    ears_limit_s: Seconds = 6.0
    ears_queue: Annotated[int, Field(ge=1, le=1000)] = 32

    # Voice
    voice_engine: Literal["auto", "piper", "practice"] = "auto"
    """auto: Piper where the client's voice is on this machine, else espeak-ng."""
    voice_limit_s: Seconds = 6.0
    voice_queue: Annotated[int, Field(ge=1, le=1000)] = 64

    # Language model
    llm_model: str = "gpt-4.1-mini"
    llm_base_url: str = ""
    """OpenAI-compatible server; empty means OpenAI's own."""
    llm_api_key: SecretStr | None = None
    """Empty means OPENAI_API_KEY; neither means built-in rules only."""
    llm_budget_s: Seconds = 1.2
    """Time that a turn may wait for the language model before the built-in rules answer it."""
    llm_rephrase_budget_s: Seconds = 0.7
    """Time that an approved answer may wait to be said in other words, where a client allows it."""
    llm_price_prompt_per_million: Annotated[float, Field(ge=0)] = 0.0
    """Price of a million prompt tokens in the operator's currency, for the cost of each call; 0 when unknown."""
    llm_price_completion_per_million: Annotated[float, Field(ge=0)] = 0.0

    log_json: bool = False

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'voicebot.db'}"

    @property
    def language_model_key(self) -> str:
        """The key of the language model, or "" when none is configured."""
        if self.llm_api_key:
            return self.llm_api_key.get_secret_value()
        own = os.environ.get("OPENAI_API_KEY", "")
        return own or ("none" if self.llm_base_url else "")

    @property
    def on_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")


def keep_libraries_to_one_thread() -> None:
    """Keeps BLAS to one thread unless the operator says otherwise; call it before numpy is imported.

    Calls run side by side: a decode that spreads over all cores takes longer itself and delays the others
    (docs/speech.md has the measurement).
    """
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Raises: SettingsError naming the variable."""
    try:
        return Settings()
    except ValidationError as wrong:
        names = "; ".join(f"VOICEBOT_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in wrong.errors())
        raise SettingsError(f"Settings cannot be used: {names}.", "Correct the environment or .env.") from wrong
