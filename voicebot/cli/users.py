"""voicebot users: who may sign in to the console; passwords are asked for, never written on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.console.access.users import checked
from voicebot.console.door.door import LINK_LASTS, Door
from voicebot.console.door.passwords import LONGEST, SHORTEST
from voicebot.domain.agent import Role, User
from voicebot.domain.language import Language
from voicebot.domain.telephone_numbers import number_ends
from voicebot.errors import UserRefused
from voicebot.settings import settings
from voicebot.store.audit_book import AuditBook
from voicebot.store.open_database import OpenDatabase
from voicebot.wiring.house import real_clock

app = typer.Typer(help="People who sign in to the console.", no_args_is_help=True)
UserId = Annotated[str, typer.Argument(help="Short name that is typed to sign in, claire.petit.")]
BY = "command line"
"""Who did it, in the audit."""

_T = TypeVar("_T")


@app.command()
def add(
    user: UserId,
    name: Annotated[str, typer.Option(help="As callers hear it, “Claire Petit”.")],
    role: Annotated[Role, typer.Option(help="agent, supervisor, qa, client_viewer or admin.")],
    client: Annotated[list[str] | None, typer.Option(help="Client id; once for each. None: all of them.")] = None,
    language: Annotated[list[Language] | None, typer.Option(help="Spoken with callers; once for each.")] = None,
    phone: Annotated[str, typer.Option(help="Where calls may ring, +33 6 39 98 12 34.")] = "",
    email: Annotated[str, typer.Option(help="For signing in by the OpenID Connect provider.")] = "",
    pages_in: Annotated[Language, typer.Option(help="Language of the console's pages.")] = Language.FRENCH,
    link: Annotated[bool, typer.Option("--link", help="Print a link that signs them in, once.")] = False,
) -> None:
    """Adds somebody."""

    async def deed(door: Door, audit: AuditBook) -> str:
        spoken = tuple(language or (Language.FRENCH,))
        wanted = User(user, name, role, email, tuple(client or ()), spoken, phone, pages_in)
        good = checked(wanted, _known_clients())
        await door.users.add(good)
        await _note(audit, "added", good.id)
        return await _linked(door, audit, good.id) if link else ""

    made = _on_the_book(deed)
    _say(f"{escape(user)} may sign in as {role.value}." if made else f"{escape(user)} is added as {role.value}.")
    if made:
        _say_link(made)
    else:
        _say(f"  [green]→[/] voicebot users link {escape(user)}, or voicebot users password {escape(user)}")


@app.command("list")
def listed(
    numbers: Annotated[bool, typer.Option("--numbers", help="Show whole telephone numbers.")] = False,
) -> None:
    """Shows everybody, those who left too."""

    async def deed(door: Door, audit: AuditBook) -> tuple[list[User], dict[str, str]]:
        signed_in = await audit.last_sign_ins()
        return await door.users.all(), {user: f"{at.astimezone():%Y-%m-%d %H:%M}" for user, at in signed_in.items()}

    users, signed_in = _on_the_book(deed)
    if not users:
        _say("Nobody yet: voicebot users add claire.petit --name “Claire Petit” --role admin --link")
        return
    table = Table("user", "name", "role", "clients", "languages", "telephone", "last sign-in", "")
    for one in users:
        spoken = ", ".join(language.value for language in one.languages)
        phone = one.phone if numbers or not one.phone else number_ends(one.phone)
        clients = escape(", ".join(one.clients)) or "all"
        off = "" if one.active else "[yellow]off[/]"
        table.add_row(one.id, escape(one.name), one.role.value, clients, spoken, phone, signed_in.get(one.id, "never"), off)
    Console(highlight=False).print(table)


@app.command("link")
def link_of(user: UserId) -> None:
    """Prints a link that signs somebody in, once."""

    async def deed(door: Door, audit: AuditBook) -> str:
        if not (await door.users.user(user)).active:
            raise UserRefused("inactive", f'"{user}" is off.', f"voicebot users on {user}")
        return await _linked(door, audit, user)

    _say_link(_on_the_book(deed))


@app.command()
def password(user: UserId) -> None:
    """Asks for a new password, and ends all sessions of theirs."""

    async def known(door: Door, _audit: AuditBook) -> None:
        await door.users.user(user)

    _on_the_book(known)
    new: str = typer.prompt(f"New password ({SHORTEST}-{LONGEST} characters)", hide_input=True, confirmation_prompt=True)

    async def deed(door: Door, audit: AuditBook) -> None:
        await door.users.set_password(user, await door.passwords.hash(new))
        await _note(audit, "password", user)

    _on_the_book(deed)
    _say(f"The password of {escape(user)} is set; their sessions are over.")


@app.command()
def off(user: UserId) -> None:
    """Shuts somebody out, at once and everywhere; what they did stays."""
    _set_active(user, active=False)
    _say(f"{escape(user)} is signed out and cannot sign in any more.")


@app.command()
def on(user: UserId) -> None:
    """Lets somebody sign in again."""
    _set_active(user, active=True)
    _say(f"{escape(user)} may sign in again.")


def _set_active(user: str, *, active: bool) -> None:
    async def deed(door: Door, audit: AuditBook) -> None:
        await door.users.change(replace(await door.users.user(user), active=active))
        await _note(audit, "activated" if active else "deactivated", user)

    _on_the_book(deed)


def _on_the_book(deed: Callable[[Door, AuditBook], Awaitable[_T]]) -> _T:
    async def opened() -> _T:
        current = settings()
        database = await OpenDatabase.open(current.database)
        try:
            audit = AuditBook(database, timedelta(days=current.audit_kept_days), real_clock)
            return await deed(Door(current, database, audit, real_clock), audit)
        finally:
            await database.close()

    with told_to_operator():
        return asyncio.run(opened())
    raise AssertionError("told_to_operator leaves or returns")


async def _linked(door: Door, audit: AuditBook, user: str) -> str:
    current = settings()
    host = f"[{current.host}]" if ":" in current.host else current.host
    made = await door.link_for(user, current.public_url or f"http://{host}:{current.port}")
    await _note(audit, "linked", user)
    return made


async def _note(audit: AuditBook, deed: str, user: str) -> None:
    await audit.note_of("", BY, deed, "users", user)


def _known_clients() -> tuple[str, ...]:
    return tuple(load_clients(settings().clients_dir).instructions)


def _say(line: str) -> None:
    Console(highlight=False, soft_wrap=True).print(line)


def _say_link(made: str) -> None:
    _say(f"Signs in once, within {LINK_LASTS.total_seconds() / 60:.0f} minutes:")
    # Plain: markup would take the link apart.
    typer.echo(made)
