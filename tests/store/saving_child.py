"""Saves calls and events for ever, and prints each save that was acknowledged; its parent kills it."""

from __future__ import annotations

import asyncio
import itertools
import sys

from stored_samples import a_call, a_message, an_event

from voicebot.store import CallBook

EVENTS_PER_SAVE = 3


async def save_for_ever(database: str, round_name: str) -> None:
    book = await CallBook.open(database)
    await asyncio.gather(*(save_one_call(book, f"{round_name}-{lane}") for lane in range(3)))


async def save_one_call(book: CallBook, call_id: str) -> None:
    for turn in itertools.count(1):
        first = (turn - 1) * EVENTS_PER_SAVE + 1
        events = [an_event(number, turn=turn) for number in range(first, first + EVENTS_PER_SAVE)]
        await book.save(a_call(call_id, turns=turn), events, a_message(call_id, verbatim=tuple("x" * turn)))
        # One write: the parent never reads half a line as a whole one.
        sys.stdout.write(f"saved {call_id} {turn}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(save_for_ever(sys.argv[1], sys.argv[2]))
