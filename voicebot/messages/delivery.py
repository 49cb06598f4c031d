"""The delivery of messages, put together: workflows for the engine, a desk for what is told, and how healthy it is."""

from __future__ import annotations

from collections.abc import Mapping

from voicebot.channels.ports import Sender
from voicebot.domain.delivery import Channel
from voicebot.messages.caller_texts import CallerTexts
from voicebot.messages.desk import DeliveryDesk
from voicebot.messages.health import DeliveryHealth
from voicebot.messages.settling import Settling
from voicebot.messages.terms import LetterWriter, Terms
from voicebot.messages.workflow import DeliveryWorkflows
from voicebot.store.call_book import CallBook
from voicebot.store.delivery_book import DeliveryBook
from voicebot.store.open_database import OpenDatabase


class Deliveries:
    """One per process that sends.

    Args:
        senders: of the configured channels; a dispatch by another one fails as "not_configured". They are used on the
            engine's loop, and their owner closes them.
        caller_sms: texts callers and nobody else (channels.allowed_numbers.CallerSms); None where no SMS can be sent.

    Attributes:
        desk: for carriers' callbacks, receipts, links and operators. health: for Facilities.delivery, at once.
    """

    def __init__(
        self,
        database: OpenDatabase,
        terms: Terms,
        writer: LetterWriter,
        senders: Mapping[Channel, Sender],
        caller_sms: Sender | None = None,
    ) -> None:
        book, settling = DeliveryBook(database), Settling(terms)
        self.health = DeliveryHealth(senders.keys(), reaches_operator=bool(terms.operator_email))
        self.desk = DeliveryDesk(book, terms, settling)
        self._workflows = DeliveryWorkflows(book, terms, settling, writer, senders, self.health)
        self._texts = CallerTexts(CallBook(database, terms.tempo.now), terms, caller_sms)

    def register(self) -> None:
        """Declares the workflows; call it in the `register` of voicebot.store.durable.durable_engine."""
        self._workflows.register()
        self._texts.register()


def desk_alone(database: OpenDatabase, terms: Terms) -> DeliveryDesk:
    """The desk of a process that sends nothing: a command, a process that only answers calls."""
    return DeliveryDesk(DeliveryBook(database), terms, Settling(terms))
