"""Short-lived signed tokens: what a media stream shows to prove that it belongs to a call that we accepted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from voicebot.errors import BadSignature
from voicebot.handoff.ports import Purpose
from voicebot.telephony.ports import STREAM_LIMIT_S, HeadsetPass
from voicebot.voice.line import Opening

HEADSET_LIMIT_S = 60.0
"""Time to put a headset on: its page may ask for the microphone first."""


@dataclass(frozen=True, slots=True)
class StreamPass:
    """What a good token entitles to: this carrier call speaks with our call call_id, opened this way."""

    call_id: str
    carrier: str
    carrier_call_id: str
    opening: Opening


class StreamTokens:
    """Issues tokens and redeems each at most once in this process.

    Args:
        secret: shared by all processes of the house.
        limit_s: time to connect after the token was issued.
        clock: seconds since the epoch.
    """

    def __init__(self, secret: str, *, limit_s: float = STREAM_LIMIT_S, clock: Callable[[], float] = time.time) -> None:
        self._streams = URLSafeSerializer(secret, salt="voicebot.media_stream")
        self._headsets = URLSafeSerializer(secret, salt="voicebot.headset")
        self._followers = URLSafeSerializer(secret, salt="voicebot.follow_call")
        self._limit_s = limit_s
        self._clock = clock
        self._redeemed: dict[str, float] = {}

    def issue(self, stream: StreamPass) -> str:
        """A token in letters, digits, "-", "_" and "."; under 300 characters for usual ids."""
        nonce = secrets.token_urlsafe(9)
        until = self._clock() + self._limit_s
        return self._streams.dumps(
            [stream.call_id, stream.carrier, stream.carrier_call_id, stream.opening.value, nonce, until]
        )

    def redeem(self, token: str, *, carrier: str) -> StreamPass:
        """Raises: BadSignature when token is missing, forged, late, already used or another carrier's."""
        try:
            call_id, of_carrier, carrier_call_id, opening, nonce, until = self._streams.loads(token)
        except (BadData, ValueError, TypeError) as wrong:
            raise BadSignature("A media stream's token is missing or forged.") from wrong
        if of_carrier != carrier:
            raise BadSignature("A media stream's token belongs to another carrier.")
        self._use(nonce, until)
        return StreamPass(call_id, of_carrier, carrier_call_id, Opening(opening))

    def issue_headset(self, headset: HeadsetPass) -> str:
        """A token for one media stream of one headset, within HEADSET_LIMIT_S; letters, digits, "-", "_" and "."."""
        nonce = secrets.token_urlsafe(9)
        until = self._clock() + HEADSET_LIMIT_S
        return self._headsets.dumps([headset.call_id, headset.user, headset.purpose.value, headset.handoff, nonce, until])

    def redeem_headset(self, token: str) -> HeadsetPass:
        """Raises: BadSignature when token is missing, forged, late or already used."""
        try:
            call_id, user, purpose, handoff, nonce, until = self._headsets.loads(token)
        except (BadData, ValueError, TypeError) as wrong:
            raise BadSignature("A headset's token is missing or forged.") from wrong
        self._use(nonce, until)
        return HeadsetPass(call_id, user, Purpose(purpose), handoff)

    def _use(self, nonce: str, until: float) -> None:
        now = self._clock()
        if now > until:
            raise BadSignature("A media stream's token came too late.")
        self._redeemed = {used: end for used, end in self._redeemed.items() if end >= now}
        if nonce in self._redeemed:
            raise BadSignature("A media stream's token was already used.")
        self._redeemed[nonce] = until

    def ticket(self, call_id: str) -> str:
        """Entitles to follow a call's events; valid as long as the secret."""
        return self._followers.dumps(call_id)

    def call_of(self, ticket: str) -> str:
        """The call of a ticket. Raises: BadSignature."""
        try:
            return str(self._followers.loads(ticket))
        except BadData as wrong:
            raise BadSignature("A ticket to follow a call is forged.") from wrong
