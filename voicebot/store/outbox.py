"""The outbox: durable work enqueued in the transaction that makes it due. Both are kept, or neither is."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.engine import URL, Connection, Engine

from voicebot.domain.work import Work

APPLICATION = "voicebot"
APPLICATION_VERSION = "1"
"""Grows only when workflows change so that work begun by an older version could not go on; work of other versions waits."""
QUEUE = "after_call"


@dataclass(frozen=True, slots=True)
class Lane:
    """Durable work of one sort: its processes see no other's queue, and take up no other's work.

    application: of the engine. version: of the code that may do it. queue: where it waits. at_once: pieces of work that one
    process does side by side, None for no limit.
    """

    application: str
    version: str
    queue: str
    at_once: int | None = None


AFTER_CALL = Lane(APPLICATION, APPLICATION_VERSION, QUEUE)

SERIALIZER = DBOSPortableJSONSerializer()
"""Rows that people and other languages can read; never pickle."""


class Outbox:
    """What a transaction hands to the durable workflows (see voicebot.store.durable)."""

    def __init__(self, engine: Engine, lane: Lane = AFTER_CALL) -> None:
        self._lane = lane
        self._client = DBOSClient(
            system_database_engine=engine, serializer=SERIALIZER, application_name=lane.application, lazy=True
        )

    def enqueue(self, connection: Connection, work: Iterable[Work]) -> None:
        """Enqueues each piece of work once; one that is there already, done or not, is left."""
        for piece in work:
            self.start(connection, piece.kind.value, piece.id, {"call": piece.call, "revision": piece.revision})

    def start(
        self,
        connection: Connection,
        workflow: str,
        workflow_id: str,
        argument: dict[str, Any],
        *,
        delay_s: float = 0.0,
    ) -> None:
        """Enqueues the workflow of that name, once for each id. delay_s: real seconds before it begins."""
        options: EnqueueOptions = {
            "queue_name": self._lane.queue,
            "workflow_name": workflow,
            "workflow_id": workflow_id,
            "app_version": self._lane.version,
        }
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        self._client.enqueue_in_transaction(connection, options, argument)

    def ids(self, prefix: str) -> list[str]:
        """Ids of workflows that begin so, done or not."""
        found = self._client.list_workflows(workflow_id_prefix=prefix, load_input=False, load_output=False)
        return [workflow.workflow_id for workflow in found]

    def nudge(self, connection: Connection, workflow_id: str, topic: str, what: dict[str, Any], *, key: str = "") -> None:
        """Sends `what` to a workflow that waits for it. key: the same nudge again has the same key and is sent once."""
        self._client.send_in_transaction(connection, workflow_id, what, topic, key or None)


def migrate_outbox(url: URL) -> None:
    """Makes or changes the tables of the durable engine, beside ours."""
    quiet_engine_log()
    DBOS.migrate(url.render_as_string(hide_password=False))


def quiet_engine_log() -> None:
    # It logs what workflows are called with: ids only, but a line for each.
    logging.getLogger("dbos").setLevel(logging.WARNING)
