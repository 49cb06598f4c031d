"""How long a refused dispatch waits before it is tried again: exponential backoff with full jitter."""

from __future__ import annotations

FIRST_S = 15.0
LONGEST_S = 900.0
FIRST_URGENT_S = 4.0
LONGEST_URGENT_S = 60.0
LEAST_S = 1.0
"""Full jitter may draw zero: not a second is too soon for a server that said no."""
LONGEST_ASKED_S = 6 * 3600.0
"""A server that asks for more than that is asked again anyway."""


def wait_s(refusals: int, chance: float, *, urgent: bool, retry_after_s: float | None = None) -> float:
    """Seconds until the next try. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, full jitter.

    Args:
        refusals: how often it was refused so far, from 1. chance: drawn from [0, 1).
        retry_after_s: what the other side asked for; never tried before that.
    """
    first, longest = (FIRST_URGENT_S, LONGEST_URGENT_S) if urgent else (FIRST_S, LONGEST_S)
    ceiling = min(longest, first * 2 ** min(refusals - 1, 20))
    drawn = max(LEAST_S, chance * ceiling)
    if retry_after_s is None:
        return drawn
    # A little later than asked, each at its own moment: a server that comes back is not met by everybody at once.
    return min(retry_after_s, LONGEST_ASKED_S) + chance * first
