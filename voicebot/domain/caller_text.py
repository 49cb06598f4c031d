"""Texts that a client lets us send to its callers by SMS: approved word for word, as its sentences are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from voicebot.domain.language import Language
from voicebot.domain.written import Dated, Id, Localised

TextBody = Annotated[str, StringConstraints(min_length=2, max_length=459, strip_whitespace=True)]


class CallerText(Dated):
    """One SMS. title: what the caller is told it is (« l'adresse du cabinet ») and agents choose by. body: what is sent.

    It goes to the number that the carrier showed, and only when that is a mobile telephone.
    """

    id: Id
    title: Localised
    body: dict[Language, TextBody] = Field(min_length=1)
