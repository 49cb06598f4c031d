"""Prints how long one save takes. Run: python tests/store/measure_saves.py [folder] [saves]"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time

from stored_samples import a_call, a_message, an_event

from voicebot.store import CallBook


def measure_disk(folder: str) -> None:
    """What one transaction costs on this disk at least: an append and its sync."""
    descriptor = os.open(f"{folder}/append", os.O_CREAT | os.O_WRONLY, 0o600)
    times: list[float] = []
    for _ in range(300):
        began = time.perf_counter()
        os.write(descriptor, b"x" * 32768)
        os.fdatasync(descriptor)
        times.append((time.perf_counter() - began) * 1000)
    os.close(descriptor)
    times.sort()
    print(f"the disk alone: append and sync p50 {times[150]:.2f} ms, p99 {times[297]:.2f} ms")


async def measure(folder: str, saves: int) -> None:
    book = await CallBook.open(f"sqlite:///{folder}/voicebot.db")
    for lanes in (1, 10, 30):
        began = time.perf_counter()
        times = await asyncio.gather(*(_one_lane(book, f"{lanes}-{lane}", saves // lanes) for lane in range(lanes)))
        took_s = time.perf_counter() - began
        ms = sorted(took * 1000 for lane in times for took in lane)
        p50, p99 = ms[len(ms) // 2], ms[int(len(ms) * 0.99)]
        print(f"{lanes:3} at once: {len(ms) / took_s:6.0f} saves/s, one save p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    await book.close()


async def _one_lane(book: CallBook, call_id: str, saves: int) -> list[float]:
    times: list[float] = []
    for turn in range(saves):
        events = [an_event(turn * 4 + n, text="une phrase de l'appelant " * 4) for n in range(1, 5)]
        began = time.perf_counter()
        await book.save(a_call(call_id, turns=turn), events, a_message(call_id))
        times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as here:
        measured = sys.argv[1] if len(sys.argv) > 1 else here
        measure_disk(measured)
        asyncio.run(measure(measured, int(sys.argv[2]) if len(sys.argv) > 2 else 2000))
