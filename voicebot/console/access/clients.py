"""Opens, checks and publishes clients' instructions: the only place of the console that reads or writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from voicebot.clients.archive import Accepted
from voicebot.clients.check.finding import Finding
from voicebot.clients.check.instructions import findings_in
from voicebot.clients.client_file import ClientFile, content_of, digest_of
from voicebot.clients.directory import Clients
from voicebot.clients.edits import Edit, edited, values_of
from voicebot.clients.publishing import (
    Checked,
    draft_file,
    next_version,
    problems_of,
    put_back,
    put_in_place,
    signed,
)
from voicebot.clients.roster_calendar import holes_in, roster_calendar
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.delivery import Channel
from voicebot.errors import InstructionsError, StoreError, UnknownClient, VoicebotError

_log = structlog.get_logger()
_HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One client of the list. file: None for a file that is broken and was never obeyed. problems: of a broken file.

    holes: spans of the coming weeks in which nobody is on call, None without a roster.
    """

    id: str
    file: ClientFile | None
    findings: tuple[Finding, ...]
    holes: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedClient:
    """text: of the file as it lies there, or of the version in force for those who may not change it. base: its digest.

    in_force: None when nothing of this client was ever obeyed. may_change: the visitor may publish.
    """

    id: str
    text: str
    base: str
    in_force: ClientFile | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class Sketch:
    """A draft while it is written. values: as JSON, None while the text is no YAML. file: None while it has problems.

    findings: of the compiler; examples are played by check_draft.
    """

    text: str
    values: dict[str, Any] | None
    problems: tuple[str, ...]
    file: ClientFile | None
    findings: tuple[Finding, ...]


async def client_rows(house: ConsoleHouse, visitor: Visitor) -> list[ClientRow]:
    """The clients whose instructions the visitor may see."""
    require(visitor, Kind.CLIENTS)
    clients = house.clients()
    broken = {Path(error.file).stem: tuple(error.problems) for error in clients.broken}
    names = visitor.clients(Kind.CLIENTS, tuple(sorted({*clients.instructions, *broken})))
    return await asyncio.to_thread(lambda: [_row(house, clients, name, broken.get(name, ())) for name in names])


def _row(house: ConsoleHouse, clients: Clients, name: str, problems: tuple[str, ...]) -> ClientRow:
    file = clients.files.get(name)
    if file is None:
        return ClientRow(name, None, (), None, problems)
    now = house.clock()
    found = findings_in(file.instructions, now)
    today = now.astimezone(file.instructions.identity.zone).date()
    calendar = roster_calendar(file.instructions, now)
    return ClientRow(name, file, found, holes_in(calendar, today) if calendar else None, problems)


async def open_client(house: ConsoleHouse, visitor: Visitor, client: str) -> OpenedClient:
    """Raises: NotAllowed, UnknownClient."""
    clients = _seen(house, visitor, client)
    in_force = clients.files.get(client)
    may_change = visitor.may(Kind.CLIENTS, Deed.CHANGE, client)
    content = in_force.content if in_force else b""
    if may_change or in_force is None:
        with suppress(InstructionsError):
            content = await asyncio.to_thread(content_of, house.clients_dir / f"{client}.yaml")
    text = content.decode("utf-8", "replace")
    return OpenedClient(client, _shown(text, visitor, client), digest_of(content), in_force, may_change)


def read_draft(house: ConsoleHouse, visitor: Visitor, client: str, text: str) -> ClientFile:
    """A draft as the file that it would be. Raises: NotAllowed, UnknownClient, InstructionsError with its problems."""
    require(visitor, Kind.CLIENTS, Deed.CHANGE, client)
    return draft_file(house.clients_dir / f"{client}.yaml", text, _seen(house, visitor, client))


async def sketch(house: ConsoleHouse, visitor: Visitor, client: str, text: str, edits: Sequence[Edit] = ()) -> Sketch:
    """A draft after some edits of the form, and what can be said of it at once. Raises: NotAllowed, UnknownClient.

    An edit that cannot be made leaves the text as it was and is told among the problems.
    """
    require(visitor, Kind.CLIENTS, Deed.CHANGE, client)
    _seen(house, visitor, client)
    return await asyncio.to_thread(_sketch, house, visitor, client, text, edits)


def _sketch(house: ConsoleHouse, visitor: Visitor, client: str, text: str, edits: Sequence[Edit]) -> Sketch:
    refused: tuple[str, ...] = ()
    values: dict[str, Any] | None = None
    try:
        for edit in edits:
            text = edited(text, edit)
        values = values_of(text)
    except InstructionsError as wrong:
        refused = tuple(wrong.problems)
        with suppress(InstructionsError):
            values = values_of(text)
    try:
        file = read_draft(house, visitor, client, text)
    except InstructionsError as wrong:
        return Sketch(text, values, refused or tuple(wrong.problems), None, ())
    return Sketch(text, values, refused, file, findings_in(file.instructions, house.clock()))


async def check_draft(house: ConsoleHouse, visitor: Visitor, client: str, text: str) -> tuple[ClientFile, Checked]:
    """All that `voicebot clients check` finds. Raises: NotAllowed, UnknownClient, InstructionsError, StoreError."""
    require(visitor, Kind.CLIENTS, Deed.CHANGE, client)
    file = await asyncio.to_thread(read_draft, house, visitor, client, text)
    return file, await house.check(file, house.clients(), house.clock())


async def publish(
    house: ConsoleHouse, visitor: Visitor, client: str, text: str, base: str, *, deed: str = "published"
) -> ClientFile:
    """Puts a draft in force: numbered, signed with the visitor's name, written whole, archived, obeyed by new calls.

    Args:
        base: digest of the file that the draft was begun on.

    Raises: NotAllowed, UnknownClient; DraftOutdated when somebody else published; InstructionsError with every reason why
        it is refused; StoreError when it cannot be archived. The file and the archive are then as they were.
    """
    require(visitor, Kind.CLIENTS, Deed.CHANGE, client)
    draft, checked = await check_draft(house, visitor, client, text)
    if checked.refused:
        raise InstructionsError(str(draft.path), problems_of(draft, checked), "Correct the draft.")
    in_force = _seen(house, visitor, client).files.get(client)
    history = await asyncio.to_thread(house.archive.history, client)
    version = next_version(in_force.instructions.version if in_force else 0, history)
    numbered = signed(text, version, visitor.user.name)
    file = await asyncio.to_thread(read_draft, house, visitor, client, numbered)
    await _put_in_force(house, file, base)
    told = {"version": version, "digest": file.digest}
    await house.audit.note(visitor, deed, Kind.CLIENTS.value, f"{client} {version}", client=client, **told)
    _log.info("client file published", client=client, user=visitor.user.id, **told)
    return file


async def _put_in_force(house: ConsoleHouse, file: ClientFile, base: str) -> None:
    client = file.instructions.id
    before = await asyncio.to_thread(put_in_place, file.path, file.content, base)
    try:
        await house.read_clients_again()
        if house.clients().digest_of(client) != file.digest:
            problem = "this version cannot be served: a voice of it is missing, or another client has one of its lines"
            raise InstructionsError(str(file.path), [problem], "The log of the server says which.")
        await asyncio.to_thread(house.archive.keep, file, house.clock())
    except (VoicebotError, OSError):
        await asyncio.to_thread(put_back, file.path, before, file.digest)
        await house.read_clients_again()
        raise


async def roll_back(house: ConsoleHouse, visitor: Visitor, client: str, digest: str, base: str) -> ClientFile:
    """Publishes an earlier version again, as a new one. Raises: as publish; StoreError when it is not in the archive."""
    require(visitor, Kind.CLIENTS, Deed.CHANGE, client)
    _seen(house, visitor, client)
    text = await _archived(house, client, digest)
    return await publish(house, visitor, client, text, base, deed="rolled_back")


async def history_of(house: ConsoleHouse, visitor: Visitor, client: str) -> list[Accepted]:
    """What was in force, newest first. Raises: NotAllowed, UnknownClient."""
    _seen(house, visitor, client)
    return list(reversed(await asyncio.to_thread(house.archive.history, client)))


async def version_text(house: ConsoleHouse, visitor: Visitor, client: str, digest: str) -> str:
    """The text of an archived version. Raises: NotAllowed, UnknownClient, StoreError when it is not there."""
    _seen(house, visitor, client)
    return _shown(await _archived(house, client, digest), visitor, client)


async def _archived(house: ConsoleHouse, client: str, digest: str) -> str:
    history = await asyncio.to_thread(house.archive.history, client)
    accepted = next((one for one in reversed(history) if one.digest == digest), None)
    if accepted is None:
        raise UnknownClient(client, [f'no version "{digest[:12]}" was in force'], "The history shows those that were.")
    try:
        content = await asyncio.to_thread(content_of, house.archive.path_of(client, accepted))
    except InstructionsError as gone:
        raise StoreError(
            f"Version {accepted.version} of {client} is not in the archive.", "Restore the data folder."
        ) from gone
    return content.decode("utf-8", "replace")


def _seen(house: ConsoleHouse, visitor: Visitor, client: str) -> Clients:
    """The clients of now, when the visitor may see this one's instructions. Raises: NotAllowed, UnknownClient."""
    require(visitor, Kind.CLIENTS, Deed.SEE, client)
    clients = house.clients()
    if client not in clients.files and client not in {Path(error.file).stem for error in clients.broken}:
        raise UnknownClient(clients.folder, [f'no client has the id "{client[:48]}"'])
    return clients


def _shown(text: str, visitor: Visitor, client: str) -> str:
    """Whoever may not change instructions does not read the addresses that let anybody write to a client's systems."""
    if visitor.may(Kind.CLIENTS, Deed.CHANGE, client):
        return text
    try:
        deliveries = values_of(text).get("deliveries") or []
        for place, rule in enumerate(deliveries):
            if rule.get("address") and rule.get("channel") in (Channel.WEBHOOK.value, Channel.CHAT.value):
                host = urlsplit(str(rule["address"])).hostname or ""
                text = edited(text, Edit(("deliveries", place, "address"), f"https://{host}/{_HIDDEN}"))
    except (InstructionsError, AttributeError):
        return ""
    return text
