import asyncio
import threading

import pytest

from voicebot.errors import SpeechBusy, SpeechError, SpeechTimedOut
from voicebot.speech.engine_queue import EngineQueue
from voicebot.speech.ports import Priority

TURN, SPECULATIVE, BACKGROUND = Priority.TURN, Priority.SPECULATIVE, Priority.BACKGROUND


@pytest.fixture
async def queue():
    queue = EngineQueue("test", room=3, limit_s=30)
    yield queue
    await queue.close()


class Gate:
    """Work that holds its worker until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.seen_withdrawn: bool | None = None

    def work(self, withdrawn):
        self.entered.set()
        self.opened.wait(30)
        self.seen_withdrawn = withdrawn()
        return "gate"

    async def hold(self, queue: EngineQueue) -> asyncio.Task:
        task = asyncio.create_task(queue.submit(self.work))
        await asyncio.to_thread(self.entered.wait, 30)
        return task


async def start(*coroutines):
    tasks = [asyncio.create_task(c) for c in coroutines]
    await asyncio.sleep(0)
    return tasks


async def test_result_comes_with_its_times(queue):
    done = await queue.submit(lambda _: 42)
    assert done.value == 42
    assert done.waited_ms >= 0
    assert done.took_ms >= 0


async def test_loop_goes_on_while_a_job_runs(queue):
    gate = Gate()
    task = await gate.hold(queue)
    # Only a running loop can open the gate: were the job on the loop, this line would never be reached.
    gate.opened.set()
    assert (await task).value == "gate"


async def test_turns_go_before_speculation_and_background_in_order_of_arrival(queue):
    gate, order = Gate(), []
    held = await gate.hold(queue)
    tasks = await start(
        queue.submit(lambda _: order.append("background"), priority=BACKGROUND),
        queue.submit(lambda _: order.append("speculative"), priority=SPECULATIVE),
        queue.submit(lambda _: order.append("turn"), priority=TURN),
    )
    gate.opened.set()
    await asyncio.gather(held, *tasks)
    assert order == ["turn", "speculative", "background"]


async def test_a_waiting_job_that_is_cancelled_never_runs(queue):
    gate, ran = Gate(), []
    held = await gate.hold(queue)
    (task,) = await start(queue.submit(lambda _: ran.append("cancelled")))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert queue.waiting == 0
    gate.opened.set()
    await held
    await queue.submit(lambda _: ran.append("next"))
    assert ran == ["next"]


async def test_a_running_job_that_is_cancelled_is_told_and_its_result_dropped(queue):
    gate = Gate()
    task = await gate.hold(queue)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.opened.set()
    assert (await queue.submit(lambda _: "next")).value == "next"
    assert gate.seen_withdrawn is True


@pytest.mark.looptime
async def test_time_limit_counts_waiting_too(queue):
    gate = Gate()
    with pytest.raises(SpeechTimedOut, match="30 s"):
        await queue.submit(gate.work)
    with pytest.raises(SpeechTimedOut, match=r"0\.5 s"):
        await queue.submit(lambda _: "behind the gate", limit_s=0.5)
    assert queue.waiting == 0
    gate.opened.set()


async def test_a_full_queue_refuses_jobs_of_the_lowest_priority_there(queue):
    gate = Gate()
    held = await gate.hold(queue)
    tasks = await start(*(queue.submit(lambda _, n=n: n) for n in range(3)))
    with pytest.raises(SpeechBusy):
        await queue.submit(lambda _: "one turn too many")
    with pytest.raises(SpeechBusy):
        await queue.submit(lambda _: "speculation", priority=SPECULATIVE)
    gate.opened.set()
    assert [(await t).value for t in (held, *tasks)] == ["gate", 0, 1, 2]


async def test_a_turn_evicts_the_newest_job_of_the_lowest_priority(queue):
    gate = Gate()
    held = await gate.hold(queue)
    speculative, first, second = await start(
        queue.submit(lambda _: "speculative", priority=SPECULATIVE),
        queue.submit(lambda _: "first", priority=BACKGROUND),
        queue.submit(lambda _: "second", priority=BACKGROUND),
    )
    (turn,) = await start(queue.submit(lambda _: "turn", priority=TURN))
    with pytest.raises(SpeechBusy):
        await second
    gate.opened.set()
    assert [(await t).value for t in (held, turn, speculative, first)] == ["gate", "turn", "speculative", "first"]


async def test_workers_of_one_queue_run_at_the_same_time():
    queue = EngineQueue("pair", workers=2)
    meeting = threading.Barrier(2)
    both = await asyncio.gather(*(queue.submit(lambda _: meeting.wait(30)) for _ in range(2)))
    assert sorted(done.value for done in both) == [0, 1]
    await queue.close()


async def test_an_error_of_the_engine_reaches_its_caller_and_spares_the_worker(queue):
    with pytest.raises(SpeechError, match="ZeroDivisionError") as failed:
        await queue.submit(lambda _: 1 / 0)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert (await queue.submit(lambda _: "alive")).value == "alive"


async def test_closing_lets_the_running_job_end_and_refuses_the_rest():
    queue, gate = EngineQueue("closing"), Gate()
    held = await gate.hold(queue)
    (waiting,) = await start(queue.submit(lambda _: "never"))
    closing = asyncio.create_task(queue.close())
    with pytest.raises(SpeechError, match="closing"):
        await waiting
    gate.opened.set()
    await closing
    assert (await held).value == "gate"
    with pytest.raises(SpeechError, match="closing"):
        await queue.submit(lambda _: "late")
    assert not any(t.name.startswith("closing-") for t in threading.enumerate())
    await queue.close()
