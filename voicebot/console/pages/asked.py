"""What the address of a list asks for: filters, days, the place where a page begins; and addresses of other pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from voicebot.console.house import ConsoleHouse
from voicebot.domain.language import Language
from voicebot.store.message_search import Place

FLOOR_ZONE = ZoneInfo("Europe/Paris")
"""Days of filters are days of our floor; moments of one call are told in its client's zone."""
PAGE_SIZE = 50

_E = TypeVar("_E", bound=StrEnum)


class Asked:
    """The query of a list's address. What cannot be understood is as if it were not there: an old link shows a list."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = {name: value.strip()[:200] for name, value in query.items() if value.strip()}

    def text(self, name: str) -> str:
        return self._query.get(name, "")

    def one_of(self, name: str, kind: type[_E]) -> _E | None:
        try:
            return kind(self.text(name))
        except ValueError:
            return None

    def yes(self, name: str) -> bool:
        return self.text(name) == "1"

    def since(self, name: str) -> datetime | None:
        """Beginning of a day "2026-11-23" on our floor, aware."""
        day = self._day(name)
        return _begins(day) if day else None

    def until(self, name: str) -> datetime | None:
        """End of a day, aware."""
        day = self._day(name)
        return _begins(day + timedelta(days=1)) if day else None

    def place(self, name: str) -> Place | None:
        moment, _, call = self.text(name).partition("~")
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return (at, call) if at.tzinfo and call else None

    def address(self, path: str, *without: str, **other: str) -> str:
        """path with this query, some names left out, others put in its place."""
        kept = {name: value for name, value in self._query.items() if name not in without} | other
        return f"{path}?{urlencode(kept)}" if kept else path

    def _day(self, name: str) -> date | None:
        try:
            day = date.fromisoformat(self.text(name))
        except ValueError:
            return None
        # Moments of the first and last years have no beginning or end in every zone.
        return day if 1970 <= day.year <= 9000 else None


def place_text(place: Place) -> str:
    return f"{place[0].astimezone(UTC).isoformat()}~{place[1]}"


def zone_of(house: ConsoleHouse, client: str) -> ZoneInfo:
    known = house.clients().instructions.get(client)
    return known.identity.zone if known else FLOOR_ZONE


def client_name(house: ConsoleHouse, client: str) -> str:
    """As people say it; the id of a client whose file is gone."""
    known = house.clients().instructions.get(client)
    return known.identity.name if known else client


def clients_to_choose(house: ConsoleHouse, clients: tuple[str, ...]) -> list[tuple[str, str]]:
    """(id, name), by name."""
    return sorted(((one, client_name(house, one)) for one in clients), key=lambda pair: pair[1].casefold())


def day_and_hour(moment: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "23/11/2026 22:15", "23 Nov 2026 22:15"; for lists, where it stands under others of its kind."""
    local = moment.astimezone(zone)
    return f"{local:%d/%m/%Y %H:%M}" if language is Language.FRENCH else f"{local:%d %b %Y %H:%M}"


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), FLOOR_ZONE).astimezone(UTC)
