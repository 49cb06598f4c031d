"""voicebot messages: what callers left and what became of it; sending again, exporting, receipts, webhook keys."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape

from voicebot.channels.email_receipt import LONGEST_RECEIPT_BYTES, read_receipt
from voicebot.channels.webhook import shown_key, webhook_key
from voicebot.cli.logs import set_up_logs
from voicebot.cli.messages_export import write_export
from voicebot.cli.messages_tables import list_table, show_lines
from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.directory import Clients, load_clients
from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.telephone_numbers import takes_sms
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import Duration, EmailAddress
from voicebot.errors import SettingsError, StoreError, UnknownMessage
from voicebot.messages.delivery import desk_alone
from voicebot.messages.desk import DeliveryDesk
from voicebot.messages.export import ExportFormat
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import dead_letters
from voicebot.settings import Settings, settings
from voicebot.store.message_search import Found, MessageSearch, Wanted
from voicebot.store.open_database import OpenDatabase
from voicebot.wiring.house import real_clock, signing_secret

app = typer.Typer(help="Messages: who got them, and what is to be sent again.", no_args_is_help=True)

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: a mail server that pipes a receipt to us keeps it and comes back."""
_ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)
_DURATION = TypeAdapter(Duration)

Identity = Annotated[str, typer.Argument(metavar="ID", help="Of a message, a call or a dispatch.")]
Client = Annotated[str, typer.Option(help="Client id; all when left out.")]
Since = Annotated[str, typer.Option(help='"2 d", "36 h", or a day or time in UTC, "2026-11-23 22:15".')]
Numbers = Annotated[bool, typer.Option("--numbers", help="Show names, numbers and addresses whole.")]


@app.command("list")
def list_messages(
    client: Client = "",
    status: Annotated[DispatchStatus | None, typer.Option(help="Only messages of which a dispatch has it.")] = None,
    urgency: Annotated[UrgencyLevel | None, typer.Option(help="Only messages of this urgency.")] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Only dead letters: failed for good, and nothing replaces them.")
    ] = False,
    since: Since = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most, newest first.")] = 50,
    numbers: Numbers = False,
) -> None:
    """Messages, newest first, with the status of each dispatch."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        wanted = Wanted(client, status, urgency, dead, _moment(since))
        found = asyncio.run(_listed(settings(), wanted, limit, dead=dead))
        console = Console(highlight=False)
        if not found:
            console.print("No message fits.")
            return
        console.print(list_table(found, numbers=numbers))


@app.command()
def show(identity: Identity, numbers: Numbers = False) -> None:
    """One message: its details, its dispatches, and everything that happened to it, with who and when."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        found, events = asyncio.run(_one(settings(), identity))
        console = Console(highlight=False, soft_wrap=True)
        for line in show_lines(found, events, numbers=numbers):
            console.print(line)


@app.command()
def resend(
    identity: Identity,
    channel: Annotated[Channel | None, typer.Option(help="Another channel than the rule's.")] = None,
    to: Annotated[str, typer.Option(help="Another e-mail address, mobile number (E.164) or URL.")] = "",
    by: Annotated[str, typer.Option(help="Who asks for it; the user of this machine when left out.")] = "",
) -> None:
    """Send a dispatch again at once, or every dead letter of a message, or the whole message when none is dead."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        queued = asyncio.run(_resent(settings(), identity, channel, to, f"operator:{by or _user()}"))
        console = Console(highlight=False, soft_wrap=True)
        for dispatch in queued:
            again = "replaces the one sent before" if dispatch.fallback_of else "as the same dispatch"
            console.print(f"queued again, {again}: [bold]{escape(dispatch.id)}[/] by {dispatch.channel}")
        console.print(f"voicebot messages show {escape(queued[0].call)} tells what becomes of it.")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write; one that exists is replaced.", dir_okay=False)],
    client: Client = "",
    since: Since = "",
    kind: Annotated[
        ExportFormat, typer.Option("--format", help="csv opens in a spreadsheet; jsonl and json hold everything.")
    ] = (ExportFormat.CSV),
) -> None:
    """Write messages with every field, newest first, to a UTF-8 file that only this user can read."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        wanted = Wanted(client, since=_moment(since))
        print(f"{asyncio.run(_exported(settings(), wanted, file, kind))} messages written to {file}")


@app.command()
def receipt() -> None:
    """Read a receipt (an e-mail) from standard input: the mail server pipes what comes back to VOICEBOT_MAIL_FROM here.

    Exit status 0 also for mail that is no receipt, so that nothing bounces; 75 when the database cannot be written.
    """
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        raw = sys.stdin.buffer.read(LONGEST_RECEIPT_BYTES + 1)
        try:
            told = asyncio.run(_told(settings(), raw))
        except UnknownMessage:
            raise
        except StoreError as failure:
            Console(stderr=True).print(f"[red bold]{failure.code}[/] {escape(failure.what)}")
            raise typer.Exit(TRY_AGAIN) from failure
        for line in told or ["This mail is no receipt."]:
            print(line)


@app.command()
def key(
    client: Annotated[str, typer.Argument(help="Client id.")],
    rule: Annotated[str, typer.Argument(help="Id of a delivery in the client's file.")],
) -> None:
    """The key that signs the webhooks of one rule, "whsec_…", to be given to whoever receives them."""
    with told_to_operator():
        instructions = load_clients(settings().clients_dir).of(client)
        webhooks = [d.id for d in instructions.deliveries if Channel.WEBHOOK in (d.channel, d.fallback)]
        if rule not in webhooks:
            known = ", ".join(webhooks) or "none"
            raise SettingsError(
                f'{client} has no webhook delivery "{rule}"; it has: {known}.', "Write channel: webhook in its deliveries."
            )
        print(shown_key(webhook_key(signing_secret(settings()).encode(), client, rule)))


@asynccontextmanager
async def _database(current: Settings) -> AsyncIterator[OpenDatabase]:
    opened = await OpenDatabase.open(current.database)
    try:
        yield opened
    finally:
        await opened.close()


async def _listed(current: Settings, wanted: Wanted, limit: int, *, dead: bool) -> list[Found]:
    found: list[Found] = []
    async with _database(current) as database:
        async for one in MessageSearch(database).newest(wanted):
            if not dead or dead_letters(one.dispatches):
                found.append(one)
            if len(found) >= limit:
                break
    return found


async def _one(current: Settings, identity: str) -> tuple[Found, list[MessageEvent]]:
    async with _database(current) as database:
        return await MessageSearch(database).one(identity)


async def _exported(current: Settings, wanted: Wanted, file: Path, kind: ExportFormat) -> int:
    async with _database(current) as database:
        return await write_export(MessageSearch(database), wanted, file, kind)


def _desk(database: OpenDatabase, current: Settings, clients: Clients) -> DeliveryDesk:
    gives_up_s = current.delivery_gives_up_h * 3600
    return desk_alone(database, Terms(clients.of, Tempo(real_clock), gives_up_s, current.operator_email))


async def _resent(current: Settings, identity: str, channel: Channel | None, to: str, who: str) -> tuple[Dispatch, ...]:
    clients = load_clients(current.clients_dir)
    async with _database(current) as database:
        found, _ = await MessageSearch(database).one(identity)
        clients.of(found.message.client)
        if to:
            one = next((d for d in found.dispatches if d.id == identity), None)
            _check_address(channel or (one.channel if one else Channel.EMAIL), to)
        return await _desk(database, current, clients).resend(identity, who, channel=channel, to=to)


def _check_address(channel: Channel, to: str) -> None:
    """Raises: SettingsError for what cannot be an address of this channel."""
    if channel is Channel.EMAIL:
        try:
            _ADDRESS.validate_python(to)
        except ValidationError as wrong:
            raise SettingsError("--to is not an e-mail address.", "Write it as accueil@example.org.") from wrong
    elif channel is Channel.SMS and not takes_sms(to):
        raise SettingsError("--to is no number that takes SMS.", "Write a mobile as +33639980102.")
    elif channel in (Channel.WEBHOOK, Channel.CHAT) and not to.startswith("https://"):
        raise SettingsError("--to is no https address.", "Write it as https://example.org/hook.")


async def _told(current: Settings, raw: bytes) -> list[str]:
    receipts = read_receipt(raw)
    if not receipts:
        return []
    lines: list[str] = []
    async with _database(current) as database:
        desk = _desk(database, current, load_clients(current.clients_dir))
        for one in receipts:
            line = f"{one.dispatch}: {one.action} {one.code}".rstrip()
            if one.status is not None:
                try:
                    await desk.dispatch_told(one.dispatch, one.status, trouble=_trouble(one.code), who="carrier")
                except UnknownMessage:
                    line += " (of no dispatch of this house)"
            lines.append(line)
    return lines


def _trouble(code: str) -> str:
    # 5.1.x and 5.2.1 tell of the mailbox, RFC 3463.
    return "bad_address" if code.startswith("5.1.") or code == "5.2.1" else "rejected"


def _moment(since: str) -> datetime | None:
    if not since:
        return None
    try:
        return real_clock() - _DURATION.validate_python(since)
    except ValidationError:
        pass
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as wrong:
        raise SettingsError(
            f'--since "{since}" is no time.', 'Write "2 d", "36 h", "2026-11-23" or "2026-11-23 22:15".'
        ) from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # No such user in this container.
        return "command"
