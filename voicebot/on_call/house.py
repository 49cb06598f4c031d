"""The on-call duty of the house, put together: the rows, the desk and the workflows that climb."""

from __future__ import annotations

from collections.abc import Callable

from voicebot.channels.ports import Sender, Telephone
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.tempo import Tempo
from voicebot.on_call.desk import OnCallDesk
from voicebot.on_call.ringing import Ringing
from voicebot.on_call.steps import LadderSteps
from voicebot.on_call.telling import LinkOf, Telling
from voicebot.on_call.workflow import register_ladder
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook


class OnCall:
    """The desk serves any event loop; telephone, sms and email are used on the durable engine's loop only.

    Args:
        instructions_of: of the client, as the call obeys them. Raises: InstructionsError.
        telephone, sms, email: None where the house has none; guarded against toll fraud by whoever gives them.
        link_of: see telling.LinkOf. operator_email, agents_number: see Settings.
        may_connect: can a contact be connected with this call's caller now?
    """

    def __init__(
        self,
        calls: CallBook,
        instructions_of: Callable[[Call], Instructions],
        *,
        tempo: Tempo,
        telephone: Telephone | None = None,
        sms: Sender | None = None,
        email: Sender | None = None,
        link_of: LinkOf = lambda _ladder, _contact: "",
        operator_email: str = "",
        agents_number: str = "",
        may_connect: Callable[[Call], bool] = lambda _: False,
    ) -> None:
        self.ladders = LadderBook(calls.database)
        self.desk = OnCallDesk(self.ladders, calls, instructions_of, tempo, may_connect)
        self._tempo = tempo
        telling = Telling(
            self.ladders,
            calls,
            instructions_of,
            tempo,
            sms=sms,
            email=email,
            link_of=link_of,
            operator_email=operator_email,
        )
        ringing = Ringing(self.ladders, telephone, tempo)
        self._steps = LadderSteps(self.ladders, calls, instructions_of, ringing, telling, tempo, agents_number)

    def register(self) -> None:
        """Declares the workflows; for store.durable.durable_engine."""
        register_ladder(self._steps, self._tempo)
