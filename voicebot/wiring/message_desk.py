"""What the pages behind the links of messages show, and what is told about messages under way."""

from __future__ import annotations

from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.errors import UnknownMessage
from voicebot.messages.desk import DeliveryDesk
from voicebot.messages.letters.telling import Circumstances, tell
from voicebot.store.delivery_book import DeliveryBook, DeliveryRows, Recorded
from voicebot.store.ladder_book import LadderBook
from voicebot.telephony.ports import MessageCard, OnCallCard
from voicebot.wiring.house import House

ON_CALL = "-on-call"
"""How ids of ladders end, and ids of their letters go on."""


class MessageCards:
    """A telephony.ports.MessageDesk."""

    def __init__(self, house: House, desk: DeliveryDesk, ladders: LadderBook) -> None:
        self._house = house
        self._desk = desk
        self._ladders = ladders
        self._book = DeliveryBook(house.book.database)

    async def dispatch_told(
        self, dispatch_id: str, status: DispatchStatus, *, provider_id: str = "", trouble: str = ""
    ) -> None:
        if status is DispatchStatus.READ:
            dispatch, _ = await self._dispatch(dispatch_id)
            await self._desk.read(dispatch_id, dispatch.recipient or dispatch.rule)
            return
        if ON_CALL in dispatch_id:
            await self._contact_told(dispatch_id, status, trouble)
            return
        await self._desk.dispatch_told(dispatch_id, status, provider_id=provider_id, trouble=trouble)

    async def on_call_card(self, ladder_id: str, contact_id: str) -> OnCallCard:
        ladder = await self._ladders.ladder(ladder_id)
        contact = next((c for c in ladder.plan.contacts if c.id == contact_id), None)
        if contact is None:
            raise UnknownMessage(f'Ladder {ladder_id} has no contact "{contact_id}".')
        call = await self._house.book.call(ladder.call)
        message = await self._house.book.message(ladder.call)
        instructions = self._house.register.instructions_of(call)
        urgency = (message.urgency if message else call.urgency) or call.urgency
        if urgency is None:
            raise UnknownMessage(f"Call {call.id} is not urgent.")
        return OnCallCard(
            client_name=instructions.identity.name,
            urgency=urgency.level,
            language=instructions.language,
            contact_name=contact.name,
            taken_by=ladder.acknowledged_name,
        )

    async def message_card(self, dispatch_id: str) -> MessageCard:
        dispatch, recorded = await self._dispatch(dispatch_id)
        instructions = self._house.register.instructions_of(recorded.call)
        # A link may be passed on or looked at over a shoulder: it shows no more than an e-mail may tell.
        told = tell(recorded.message, instructions, Channel.EMAIL, Circumstances(self._house.clock(), call=recorded.call))
        lines = tuple((row.label, str(row)) for row in told.rows if row.value)
        read = dispatch.status is DispatchStatus.READ
        return MessageCard(instructions.identity.name, instructions.language, () if told.secret else lines, read)

    async def _contact_told(self, letter_id: str, status: DispatchStatus, trouble: str) -> None:
        """What became of an SMS to a contact: noted, and nothing hangs on it; the telephone rings all the same."""
        ladder = await self._ladders.ladder(letter_id.partition(ON_CALL)[0] + ON_CALL)
        told = {"dispatch": letter_id, "status": status.value, "who": "carrier"} | ({"trouble": trouble} if trouble else {})
        key, now = f"{letter_id}-{status.value}", self._house.clock()
        event = MessageEvent(key, ladder.call, now, MessageEventKind.DISPATCH_STATUS, told)
        await self._house.book.note_after_call([event])

    async def _dispatch(self, dispatch_id: str) -> tuple[Dispatch, Recorded]:
        def find(rows: DeliveryRows) -> tuple[Dispatch, Recorded] | None:
            dispatch = rows.dispatch(dispatch_id, lock=False)
            recorded = rows.recorded(dispatch.call) if dispatch else None
            return (dispatch, recorded) if dispatch and recorded else None

        found = await self._book.read(find)
        if found is None:
            raise UnknownMessage(f'No dispatch has the id "{dispatch_id}".')
        return found
