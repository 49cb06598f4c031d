"""A judging process: cases come in on standard input, one JSON line each, and judged cases go out in the same order.

Started as `python -m voicebot.quality.running.worker` by voicebot.quality.running.pool; ends when its input ends.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from typing import BinaryIO

import structlog
from pydantic import TypeAdapter

from voicebot.quality.running.cases import case_json
from voicebot.quality.running.judge_case import Ground, case_judge, line_of
from voicebot.settings import settings

ground_json: TypeAdapter[Ground] = TypeAdapter(Ground)


async def work(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """First line: the ground. Each further line: a case."""
    ground = ground_json.validate_json(incoming.readline())
    async with case_judge(ground, settings()) as judge:
        # What is loaded by now stays: collecting it again and again would cost more than all judging.
        gc.freeze()
        for line in incoming:
            judged = await judge.judge(case_json.validate_json(line))
            outgoing.write(line_of(judged) + b"\n")
            outgoing.flush()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    # Whatever a library prints must not come between the results.
    with os.fdopen(os.dup(1), "wb") as outgoing:
        os.dup2(2, 1)
        try:
            asyncio.run(work(sys.stdin.buffer, outgoing))
        except BrokenPipeError:
            os._exit(0)


if __name__ == "__main__":
    main()
