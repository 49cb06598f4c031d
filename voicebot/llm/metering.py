"""Counting what a language model costs: requests, tokens and money, those of broken-off and failed requests included."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.model_use import NO_MODEL_USE, ModelUse

LETTERS_PER_TOKEN = 3.0
"""For requests whose tokens the server did not tell, because they were broken off; real text has more letters per token,
so the estimate is on the high side."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Per million tokens, in the operator's currency; 0 when unknown."""

    prompt_per_million: float = 0.0
    completion_per_million: float = 0.0

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (prompt_tokens * self.prompt_per_million + completion_tokens * self.completion_per_million) / _MILLION


NO_PRICE = Price()


class Meter:
    """The running sum of one call or one reading. Whoever breaks a request off still finds its cost here."""

    def __init__(self, use: ModelUse = NO_MODEL_USE) -> None:
        self._use = use

    @property
    def use(self) -> ModelUse:
        return self._use

    def add(self, use: ModelUse) -> None:
        self._use += use


@dataclass(slots=True)
class Attempt:
    """One request on its way.

    prompt_letters: sent. answer_letters: come back so far. prompt_tokens, completion_tokens: as the server counted them.
    charged: False when the server refused the request or never got it.
    """

    prompt_letters: int
    answer_letters: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    charged: bool = True

    def use(self, price: Price) -> ModelUse:
        if not self.charged:
            return ModelUse(requests=1)
        sent = _tokens(self.prompt_letters) if self.prompt_tokens is None else self.prompt_tokens
        answered = _tokens(self.answer_letters) if self.completion_tokens is None else self.completion_tokens
        return ModelUse(1, sent, answered, price.of(sent, answered))


def _tokens(letters: int) -> int:
    return -int(-letters // LETTERS_PER_TOKEN)
