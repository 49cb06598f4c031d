"""The people on call of the campaign: some take it, some pass, some sleep, some have a voicemail."""

from __future__ import annotations

import random

from voicebot.quality.synthetic_callees import (
    Callee,
    busy,
    failed,
    hangs_up_after,
    hears_again,
    no_answer,
    presses,
    presses_late,
    silent,
    voicemail,
)


def callee_of(chance: random.Random) -> Callee:
    """What one person does at one call."""
    return chance.choices(
        [
            no_answer(),
            busy(),
            failed(),
            voicemail(),
            silent(),
            presses("2"),
            hangs_up_after(1),
            presses_late(),
            hears_again(),
            presses("1"),
            presses("1", eta=20),
        ],
        [22, 8, 4, 12, 8, 10, 6, 5, 5, 10, 10],
    )[0]
