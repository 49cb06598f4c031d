"""A process that has loaded everything and forks victims: each starts in milliseconds, with what it needs already warm.

Reads one JSON object per line from standard input, {"spawn": {...VictimPlan}}; writes {"pid": n} for each, and
{"ended": n, "status": s} when one is gone. It never starts a thread, so that its children are whole.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
from typing import Any

from voicebot.settings import keep_libraries_to_one_thread


def serve_forks() -> None:
    keep_libraries_to_one_thread()
    from tools.chaos.victim import Warm, live

    warm = Warm.load(json.loads(sys.stdin.readline()))
    # What is there now is never collected: a child's collector would copy the whole heap.
    gc.collect()
    gc.freeze()
    _say({"warm": len(warm.conversations)})
    noticed, notice = socket.socketpair()
    noticed.setblocking(False)
    notice.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(notice.fileno())
    wanted = selectors.DefaultSelector()
    wanted.register(sys.stdin.buffer, selectors.EVENT_READ)
    wanted.register(noticed, selectors.EVENT_READ)
    rest = b""
    while True:
        for key, _ in wanted.select():
            if key.fileobj is noticed:
                noticed.recv(4096)
                _reap()
                continue
            read = os.read(sys.stdin.fileno(), 65536)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                _spawn(json.loads(line)["spawn"], live, warm, (wanted, noticed, notice))


def _spawn(plan: dict[str, Any], live: Any, warm: Any, inherited: tuple[Any, ...]) -> None:
    pid = os.fork()
    if pid:
        _say({"pid": pid})
        return
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for thing in inherited:
        thing.close()
    # The parent's pipes stay the zygote's alone.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    try:
        live(plan, warm)
    finally:
        sys.stderr.flush()
        os._exit(1)


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say({"ended": pid, "status": status})


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    serve_forks()
