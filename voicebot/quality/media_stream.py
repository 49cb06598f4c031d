"""The carrier's end of one Twilio media stream. Source: twilio.com/docs/voice/media-streams/websocket-messages."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from voicebot.errors import BadMediaMessage, CarrierError
from voicebot.quality.carried_call import FRAME_MS, CallToPlace
from voicebot.quality.earpiece import Earpiece
from voicebot.quality.twiml import ConnectStream
from voicebot.speech.ports import Pcm
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw

OPEN_LIMIT_S = 5.0
CLOSE_LIMIT_S = 2.0
OUTGOING_LIMIT = 500
"""Ten seconds of frames that a stalled server has not taken; more are lost, as on a real line."""


@dataclass
class MediaStream:
    """One open stream. Marks acknowledged are put into cleared or returned by play's caller through played."""

    websocket: ClientConnection
    call: CallToPlace
    earpiece: Earpiece
    sid: str
    clears: int = 0
    lost_frames: int = 0
    cleared: list[str] = field(default_factory=list)
    _outgoing: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(OUTGOING_LIMIT))
    _sequence: int = 0
    _chunk: int = 0

    @classmethod
    async def open(cls, verb: ConnectStream, call: CallToPlace, earpiece: Earpiece, headers: dict[str, str]) -> MediaStream:
        """Raises: CarrierError when the server does not take the websocket (Twilio's error 31920)."""
        try:
            websocket = await connect(
                verb.url,
                additional_headers=headers,
                open_timeout=OPEN_LIMIT_S,
                close_timeout=CLOSE_LIMIT_S,
                ping_interval=None,
                compression=None,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake) as wrong:
            raise CarrierError(f"A media stream was not taken: {type(wrong).__name__}.") from wrong
        stream = cls(websocket, call, earpiece, sid="MZ" + secrets.token_hex(16))
        stream._put({"event": "connected", "protocol": "Call", "version": "1.0.0"}, numbered=False)
        start = {
            "accountSid": call.account_sid,
            "streamSid": stream.sid,
            "callSid": call.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": verb.parameters,
        }
        stream._put({"event": "start", "start": start})
        return stream

    def say(self, pcm: Pcm) -> None:
        """20 ms of the caller."""
        self._chunk += 1
        payload = base64.b64encode(encode_ulaw(pcm)).decode()
        timestamp = str((self._chunk - 1) * FRAME_MS)
        media = {"track": "inbound", "chunk": str(self._chunk), "timestamp": timestamp, "payload": payload}
        self._put({"event": "media", "media": media})

    def press(self, key: str) -> None:
        self._put({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": key}})

    def played(self, name: str) -> None:
        self._put({"event": "mark", "mark": {"name": name}})

    async def run(self) -> None:
        """Sends and receives until the server closes the websocket or it breaks. Raises: BadMediaMessage."""
        sending = asyncio.create_task(self._send())
        try:
            async for message in self.websocket:
                self._receive(message)
        except ConnectionClosed:
            pass
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def stop(self) -> None:
        """The caller hung up: the stop message, then an orderly close."""
        stop = {"accountSid": self.call.account_sid, "callSid": self.call.call_sid}
        self._put({"event": "stop", "stop": stop})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._outgoing.join(), CLOSE_LIMIT_S)
        await self.websocket.close()

    def break_off(self) -> None:
        """As a dying network: no stop, no close frame."""
        self.websocket.transport.abort()

    def _put(self, message: dict[str, Any], *, numbered: bool = True) -> None:
        if numbered:
            self._sequence += 1
            message |= {"sequenceNumber": str(self._sequence), "streamSid": self.sid}
        try:
            self._outgoing.put_nowait(json.dumps(message))
        except asyncio.QueueFull:
            self.lost_frames += 1

    async def _send(self) -> None:
        try:
            while True:
                await self.websocket.send(await self._outgoing.get())
                self._outgoing.task_done()
        except ConnectionClosed:
            return

    def _receive(self, message: str | bytes) -> None:
        try:
            read = json.loads(message)
            event = read["event"]
            if read["streamSid"] != self.sid:
                raise BadMediaMessage("A message names another stream.")
            if event == "media":
                payload = base64.b64decode(read["media"]["payload"], validate=True)
                self.earpiece.queue(decode_ulaw(payload))
            elif event == "mark":
                self.earpiece.mark(read["mark"]["name"])
            elif event == "clear":
                self._clear()
            else:
                raise BadMediaMessage(f"A message has the unknown event {event!r}.")
        except (ValueError, KeyError, TypeError) as wrong:
            # Twilio's error 31951: it then closes the stream.
            raise BadMediaMessage("The server sent a message that Twilio cannot read.") from wrong

    def _clear(self) -> None:
        self.clears += 1
        for name in self.earpiece.clear():
            self.cleared.append(name)
            self.played(name)
