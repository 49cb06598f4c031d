"""Whether a failed request to a language model is worth a second try within the same turn, and after how long."""

from __future__ import annotations

import openai

from voicebot.errors import LanguageModelFailed

LEAST_LEFT_S = 0.4
"""Time that a second try must have; with less the rules answer at once."""
_PAUSE_S = 0.05
_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501


def pause_before_retry_s(failed: Exception) -> float | None:
    """Seconds to wait before the second try, or None when it would fail the same way or was not invited.

    A lost connection and a server error are tried again at once; 429 only when Retry-After says when (RFC 9110, 10.2.3).
    """
    if isinstance(failed, openai.APITimeoutError):
        return None
    if isinstance(failed, openai.APIStatusError):
        invited = _retry_after_s(failed)
        if isinstance(failed, openai.RateLimitError):
            return invited
        if failed.status_code < _SERVER_ERROR or failed.status_code == _NOT_IMPLEMENTED:
            return None
        return _PAUSE_S if invited is None else invited
    if isinstance(failed, LanguageModelFailed):
        return _PAUSE_S if failed.reason == "connection" else None
    if isinstance(failed, openai.ContentFilterFinishReasonError):
        return None
    return _PAUSE_S


def _retry_after_s(failed: openai.APIStatusError) -> float | None:
    """Only seconds and milliseconds are read: a date is never as near as a turn needs."""
    headers = failed.response.headers
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_s = float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
        return max(wait_s, 0.0)
    return None
