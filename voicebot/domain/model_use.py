"""What a language model was asked and what that cost, per reading and per call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelUse:
    """requests: attempts, failed ones included. prompt_tokens, completion_tokens: as the server counts them.

    cost: in the currency of the operator's price list (settings.llm_price_…), 0 when no price is set.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: ModelUse) -> ModelUse:
        return ModelUse(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
        )


NO_MODEL_USE = ModelUse()
