"""Where others tell what became of a dispatch (carrier, mail server, reader) and ask for it to be sent again."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.errors import UnknownMessage
from voicebot.messages import happenings
from voicebot.messages.settling import Settling
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import TO_PEOPLE, address_of, dead_letters, fitting_id, replacement, rule_of
from voicebot.store.delivery_book import DeliveryBook, DeliveryRows, Recorded

_FORWARD = (DispatchStatus.QUEUED, DispatchStatus.SENT, DispatchStatus.DELIVERED, DispatchStatus.READ)


class DeliveryDesk:
    """One per house; may be used on any event loop, in any process that shares the database.

    All methods raise UnknownMessage for an id that nobody knows, StoreError when rows cannot be written.
    """

    def __init__(self, book: DeliveryBook, terms: Terms, settling: Settling) -> None:
        self._book = book
        self._terms = terms
        self._settling = settling

    async def dispatch_told(
        self,
        dispatch_id: str,
        status: DispatchStatus,
        *,
        provider_id: str = "",
        trouble: str = "",
        who: str = "carrier",
    ) -> None:
        """A carrier or mail server says what became of a dispatch, or of all that a digest gathered.

        A status never goes backwards: what comes late is left. FAILED sends the fallback, or makes a dead letter.

        Args:
            provider_id: what the channel calls it; news of another try than the last one cannot make it fail.
            trouble: code of the failure. who: see MessageEventKind.
        """
        await self._book.write(lambda rows: self._told(rows, dispatch_id, status, provider_id, trouble, who))

    async def read(self, dispatch_id: str, who: str) -> None:
        """Somebody says that they read it: by the link in the letter, or at the console."""
        await self.dispatch_told(dispatch_id, DispatchStatus.READ, who=who)

    async def resend(
        self, dispatch_id: str, who: str, *, channel: Channel | None = None, to: str = ""
    ) -> tuple[Dispatch, ...]:
        """Sends a dispatch again at once, whatever the hour, or every dead letter of a message.

        What never got out keeps its id, so that a receiver who has it after all knows it again. What was taken once, or
        goes elsewhere now, gets a new id: a mail program would hide the double.

        Args:
            dispatch_id: of a dispatch, or of a message or call: its dead letters, or all of it when none is dead.
            who: "operator:<name>". channel, to: another channel and address; "" means where the client's file says now.

        Returns: the dispatches that are queued now.
        """
        return await self._book.write(lambda rows: self._resend(rows, dispatch_id, who, channel, to))

    def _told(
        self, rows: DeliveryRows, identity: str, status: DispatchStatus, provider_id: str, trouble: str, who: str
    ) -> None:
        one = rows.dispatch(identity)
        found = [one] if one else rows.of_digest(identity)
        if not found:
            raise _unknown(identity)
        failing: list[Dispatch] = []
        for dispatch in found:
            if status is DispatchStatus.FAILED:
                other_try = bool(provider_id and dispatch.provider_id and provider_id != dispatch.provider_id)
                if dispatch.status in (DispatchStatus.QUEUED, DispatchStatus.SENT) and not other_try:
                    failing.append(replace(dispatch, provider_id=provider_id or dispatch.provider_id))
            elif _is_news(dispatch.status, status):
                now = self._terms.tempo.now()
                told = replace(
                    dispatch,
                    status=status,
                    provider_id=dispatch.provider_id or provider_id,
                    trouble="",
                    changed_at=now,
                )
                rows.put(told)
                rows.note([happenings.status(told, now, status, who)])
        if failing:
            now = self._terms.tempo.now()
            rows.note(happenings.status(d, now, DispatchStatus.FAILED, who) for d in failing)
            digest = rows.digest(identity) if one is None else None
            self._settling.failed(rows, failing, trouble or "undelivered", digest)

    def _resend(self, rows: DeliveryRows, identity: str, who: str, channel: Channel | None, to: str) -> tuple[Dispatch, ...]:
        one = rows.dispatch(identity)
        call = one.call if one else rows.call_of_message(identity)
        recorded = rows.recorded(call) if call else None
        if call is None or recorded is None:
            raise _unknown(identity)
        of_call = rows.of_call(call)
        firsts = [d for d in of_call if not d.fallback_of]
        chosen = [one] if one else dead_letters(of_call) or firsts
        return tuple(self._again(rows, d, recorded, who, channel, to, len(of_call) + n) for n, d in enumerate(chosen))

    def _again(
        self,
        rows: DeliveryRows,
        dispatch: Dispatch,
        recorded: Recorded,
        who: str,
        channel: Channel | None,
        to: str,
        number: int,
    ) -> Dispatch:
        now = self._terms.tempo.now()
        by = channel or dispatch.channel
        address = to or self._address(dispatch, by)
        out = dispatch.status not in (DispatchStatus.QUEUED, DispatchStatus.FAILED)
        if out or by is not dispatch.channel:
            again = replacement(dispatch, fitting_id(f"{dispatch.id}-again-{number}"), by, dispatch.recipient, address, now)
        else:
            # Another moment than any before: what still waits for the old one finds that it was overtaken.
            again = replace(
                dispatch,
                status=DispatchStatus.QUEUED,
                address=address,
                digest="",
                due_at=now,
                changed_at=now,
                trouble="",
                provider_id="",
            )
        rows.note([happenings.resent(again, now, who, dispatch.id)])
        self._settling.queue(rows, again, recorded.message)
        return again

    def _address(self, dispatch: Dispatch, channel: Channel) -> str:
        """Where the client's file says now that this recipient is reached; where it was sent, when it says nothing."""
        instructions = self._terms.instructions_of(dispatch.client)
        person = instructions.person(dispatch.recipient)
        own = rule_of(dispatch, instructions).address if channel not in TO_PEOPLE else ""
        known = address_of(person, channel) if person else own
        return known or (dispatch.address if channel is dispatch.channel else "")


def _is_news(known: DispatchStatus, told: DispatchStatus) -> bool:
    if known is DispatchStatus.FAILED:
        # We gave it up, and yet the other end has it: that is the truth.
        return told in (DispatchStatus.DELIVERED, DispatchStatus.READ)
    return _FORWARD.index(told) > _FORWARD.index(known)


def _unknown(identity: str) -> UnknownMessage:
    return UnknownMessage(
        f'No message, dispatch or digest has the id "{identity}".', "voicebot messages list shows the ones that there are."
    )
