"""Climbs one ladder in a process of its own that kills itself at a chosen point; what the carrier did is kept in files.

Arguments: database, folder of the carrier, time.time() at which the house's clock began, point to die at ("" for none).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from on_call_house import N1, a_house, client, fast_tempo, save_urgent_call, urgent_call

from tests.fakes.people_on_call import Does, play
from voicebot.channels.ports import Letter, Ring, Taken
from voicebot.domain.tempo import Tempo
from voicebot.errors import UnknownCall
from voicebot.on_call.desk import Answer, OnCallDesk

N1_DOES = (Does.NOTHING, Does.PASSES)
"""What N1 does with their calls; everybody else takes it."""


@dataclass
class Carrier:
    """Telephones and post whose memory outlives this process: a line for each thing done, on disk before it returns."""

    folder: Path
    tempo: Tempo
    dies_at: str
    desk: OnCallDesk | None = None

    async def ring(self, ring: Ring) -> str:
        self._write("rung", f"{ring.attempt} {ring.number}")
        self.die("after_ring")
        self._playing = asyncio.create_task(self._play(ring))
        return f"CA-{ring.attempt}"

    async def rung_before(self, ring: Ring, since: datetime) -> str | None:
        return f"CA-{ring.attempt}" if f"{ring.attempt} {ring.number}" in self.read("rung") else None

    async def hang_up(self, carrier_call_id: str) -> None:
        self._write("hung_up", carrier_call_id)

    async def connect(self, carrier_call_id: str, room: str) -> None:
        raise AssertionError("nobody waits on the line here")

    async def send(self, letter: Letter) -> Taken:
        self._write("sent", letter.id)
        self.die("after_letter")
        return Taken(letter.id)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        return Taken(letter.id) if letter.id in self.read("sent") else None

    async def close(self) -> None:
        """Nothing is open."""

    def read(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def die(self, point: str) -> None:
        if point == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    async def _play(self, ring: Ring) -> None:
        assert self.desk is not None
        calls = sum(line.endswith(N1) for line in self.read("rung"))
        does = N1_DOES[min(calls, len(N1_DOES)) - 1] if ring.number == N1 else Does.TAKES
        await play(self.desk, self.tempo, ring, does, self._pressed)

    def _pressed(self, answer: Answer) -> None:
        self.die("after_pass" if answer is Answer.PASSED else "after_claim")

    def _write(self, name: str, line: str) -> None:
        with (self.folder / name).open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())


async def climb(database: str, folder: Path, began: float, dies_at: str) -> None:
    carrier = Carrier(folder, fast_tempo(began=began), dies_at)
    async with a_house(database, telephone=carrier, post=carrier, began=began, instructions=client()) as house:
        carrier.desk = house.on_call.desk
        try:
            await house.book.call("call-1")
        except UnknownCall:
            await save_urgent_call(house.book, urgent_call(), house.instructions)
            carrier.die("after_save")
        await house.until_over(limit_s=60)
        sys.stdout.write("over\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(climb(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
