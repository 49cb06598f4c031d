"""The tables of the call book, in types that SQLite and PostgreSQL share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC moment. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("carrier", sa.String(32), nullable=False),
    sa.Column("carrier_call_id", sa.String(128), nullable=False),
    sa.Column("caller_number", sa.String(32), nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("ended", sa.String(32)),
    sa.Column("resumed", sa.Integer, nullable=False),
    sa.Column("saved_at", UtcTime, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Index("ix_calls_carrier_carrier_call_id", "carrier", "carrier_call_id"),
    sa.Index("ix_calls_client_started_at", "client", "started_at"),
    sa.Index("ix_calls_started_at", "started_at"),
    sa.Index("ix_calls_ended_saved_at", "ended", "saved_at"),
    sa.Index("ix_calls_caller_number", "caller_number"),
)
"""One row per call. state: the whole domain Call as JSON; the other columns are what rows are found by."""

call_events = sa.Table(
    "call_events",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Index(
        "ix_call_events_trouble",
        "call",
        sqlite_where=sa.text("kind = 'trouble'"),
        postgresql_where=sa.text("kind = 'trouble'"),
    ),
)
"""What happened in a call, in order. Rows are added, never changed."""

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("urgency", sa.String(8), nullable=False),
    sa.Column("taken_at", UtcTime, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Index("ix_messages_client_taken_at", "client", "taken_at"),
    sa.Index("ix_messages_taken_at_call", "taken_at", "call"),
)
"""What a caller left: one message per call. content: the whole domain Message as JSON."""

dispatches = sa.Table(
    "dispatches",
    metadata,
    sa.Column("id", sa.String(160), primary_key=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("message", sa.String(80), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("recipient", sa.String(64), nullable=False),
    sa.Column("address", sa.String(512), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("revision", sa.String(32), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("digest", sa.String(160), nullable=False),
    sa.Column("fallback_of", sa.String(160), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("provider_id", sa.String(256), nullable=False),
    sa.Column("trouble", sa.String(64), nullable=False),
    sa.Index("ix_dispatches_call", "call"),
    sa.Index("ix_dispatches_status_changed_at", "status", "changed_at"),
    sa.Index("ix_dispatches_client_created_at", "client", "created_at"),
    sa.Index("ix_dispatches_digest", "digest"),
    sa.Index("ix_dispatches_provider_id", "provider_id"),
)
"""One row per domain Dispatch."""

message_events = sa.Table(
    "message_events",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.UniqueConstraint("call", "key"),
)
"""What happened to a message after the call's own events: added by whichever process did it, never changed."""

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("id", sa.String(160), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("recipient", sa.String(64), nullable=False),
    sa.Column("address", sa.String(512), nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Index("ix_digests_rule", "client", "rule", "recipient", "closed"),
)
"""A digest that gathers dispatches until due_at. closed: nothing is added any more."""

ladders = sa.Table(
    "ladders",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("trying", sa.String(64), nullable=False),
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Column("acknowledged_by", sa.String(64), nullable=False),
    sa.Column("acknowledged_name", sa.String(400), nullable=False),
    sa.Column("acknowledged_way", sa.String(16)),
    sa.Column("acknowledged_at", UtcTime),
    sa.Column("eta_min", sa.Integer),
    sa.Column("alarmed_at", UtcTime),
    sa.Index("ix_ladders_client_begun_at", "client", "begun_at"),
    sa.Index("ix_ladders_over", "over"),
)
"""One row per domain Ladder. Who acknowledges is whoever sets acknowledged_by while it is empty."""

reply_codes = sa.Table(
    "reply_codes",
    metadata,
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("code", sa.String(8), primary_key=True),
    sa.Column("ladder", sa.String(80), sa.ForeignKey("ladders.id", ondelete="CASCADE"), nullable=False),
    sa.Column("contact", sa.String(64), nullable=False),
    sa.Column("given_at", UtcTime, nullable=False),
    sa.Index("ix_reply_codes_ladder", "ladder", "contact"),
)
"""The code that a contact's SMS asks for: « répondez OK 4821 ». One code means one ladder for one number."""

ladder_attempts = sa.Table(
    "ladder_attempts",
    metadata,
    sa.Column("id", sa.String(96), primary_key=True),
    sa.Column("ladder", sa.String(80), sa.ForeignKey("ladders.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("contact", sa.String(64), nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Column("carrier_call_id", sa.String(128), nullable=False),
    sa.Column("answered_at", UtcTime),
    sa.Column("heard_at", UtcTime),
    sa.Column("ended", sa.String(16)),
    sa.Column("ended_at", UtcTime),
    sa.Index("ix_ladder_attempts_ladder", "ladder"),
    sa.Index("ix_ladder_attempts_begun_at", "begun_at"),
)
"""One row per domain Attempt."""

outbound_uses = sa.Table(
    "outbound_uses",
    metadata,
    sa.Column("id", sa.String(160), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("what", sa.String(8), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Index("ix_outbound_uses_at", "at"),
)
"""Every call and SMS that the house sent out: what the daily limit against toll fraud counts. what: "call" or "sms"."""

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("clients", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Index("ix_users_email", "email"),
)
"""One row per domain User. password: its Argon2 hash, "" for those who sign in by link or provider only."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(64), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("browser", sa.String(200), nullable=False),
    sa.Index("ix_sessions_user", "user"),
)
"""Who is signed in. id: SHA-256 of what the cookie holds, in hex: rows that leak open no door."""

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(64), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("until", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime),
)
"""One-time links and OIDC states. id: SHA-256 of the secret part, in hex."""

presences = sa.Table(
    "presences",
    metadata,
    sa.Column("agent", sa.String(64), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("idle_since", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("clients", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("handoff", sa.String(96), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("missed", sa.Integer, nullable=False),
)
"""One row per domain Presence. after: "" for None."""

handoffs = sa.Table(
    "handoffs",
    metadata,
    sa.Column("id", sa.String(96), primary_key=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("urgency", sa.String(8), nullable=False),
    sa.Column("ringing", sa.String(64), nullable=False),
    sa.Column("taker", sa.String(64), nullable=False),
    sa.Column("queued_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("agent_line", sa.String(128), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Index("ix_handoffs_call", "call"),
    sa.Index("ix_handoffs_status", "status"),
    sa.Index("ix_handoffs_client_queued_at", "client", "queued_at"),
    sa.Index("ix_handoffs_taker", "taker"),
    sa.Index("ix_handoffs_agent_line", "agent_line"),
)
"""One row per domain Handoff, whole in content; the other columns are what rows are found and claimed by.

Whoever sets taker while it is "" has the caller.
"""

callbacks = sa.Table(
    "callbacks",
    metadata,
    sa.Column("id", sa.String(112), primary_key=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("promised_at", UtcTime, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Index("ix_callbacks_call", "call"),
    sa.Index("ix_callbacks_status_promised_at", "status", "promised_at"),
)
"""One row per domain Callback, whole in content."""

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("detail", sa.String(64), nullable=False),
    sa.Column("was", sa.Text, nullable=False),
    sa.Column("now", sa.Text, nullable=False),
    sa.Column("user", sa.String(64), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("ix_corrections_call", "call"),
    sa.Index("ix_corrections_client_at", "client", "at"),
)
"""What an agent corrected on a card: kept beside what was understood, never over it; reference data for QA."""

message_standings = sa.Table(
    "message_standings",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("read_by", sa.String(64), nullable=False),
    sa.Column("read_at", UtcTime),
    sa.Column("assigned_to", sa.String(64), nullable=False),
    sa.Column("done_by", sa.String(64), nullable=False),
    sa.Column("done_at", UtcTime),
    sa.Index("ix_message_standings_client", "client"),
)
"""How far our own people are with a message; no row while nobody has opened it."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("user", sa.String(64), nullable=False),
    sa.Column("deed", sa.String(48), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("subject", sa.String(160), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("more", sa.JSON, nullable=False),
    sa.Index("ix_audit_at", "at"),
    sa.Index("ix_audit_user_at", "user", "at"),
    sa.Index("ix_audit_client_at", "client", "at"),
)
"""Who saw, heard or changed what. Rows are added; only age takes them away. It outlives what it tells of."""

found_by = sa.Table(
    "found_by",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("ended", sa.String(32)),
    sa.Column("urgency", sa.String(8), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_found_by_started_at_call", "started_at", "call"),
    sa.Index("ix_found_by_client_started_at", "client", "started_at"),
)
"""What a call and its message are found by (voicebot.store.found_by): a row once there is a message, or the call ended."""
