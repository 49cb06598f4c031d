"""A house with a queue, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.postgres import running_postgres
from tests.handoff.queue_house import QueueHouse, queue_house
from voicebot.handoff.desk import HandoffDesk


@pytest.fixture(scope="session")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of one server for all tests of this folder; each has a database of its own."""
    folder = tmp_path_factory.mktemp("queue-postgres")
    with running_postgres(folder):
        yield folder


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path, postgres_folder: Path) -> AsyncIterator[QueueHouse]:
    if request.param == "sqlite":
        async with queue_house(f"sqlite:///{tmp_path / 'voicebot.db'}") as made:
            yield made
        return
    with running_postgres(postgres_folder) as url:
        async with queue_house(url) as made:
            yield made


@pytest.fixture
def desk(house: QueueHouse) -> HandoffDesk:
    return house.desk()
