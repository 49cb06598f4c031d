"""voicebot clients history and diff: which versions of a client were in force, and what changed between them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.archive import Accepted, InstructionsArchive
from voicebot.clients.client_file import content_of, digest_of
from voicebot.domain.written import Id
from voicebot.errors import SettingsError, UnknownClient
from voicebot.settings import settings
from voicebot.wiring.house import archive_of

_ID: TypeAdapter[str] = TypeAdapter(Id)
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
NEW_FILE = "the file as it is now"


def history(client: Annotated[str, typer.Argument(help="Client id.")]) -> None:
    """Every version that was in force, newest last: when it was taken, its digest and who wrote it."""
    with told_to_operator():
        accepted = _history(client)
        now = _digest_of_file(client)
        table = Table("taken (UTC)", "version", "digest", "author", "")
        for place, one in enumerate(accepted):
            mark = "in force" if place == len(accepted) - 1 else ""
            mark += " = the file" if mark and one.digest == now else ""
            table.add_row(f"{one.at:%Y-%m-%d %H:%M:%S}", str(one.version), one.digest, one.author, mark)
        Console().print(table)


def diff(
    client: Annotated[str, typer.Argument(help="Client id.")],
    before: Annotated[str, typer.Argument(help="Digest or version; the one in force when none is given.")] = "",
    after: Annotated[str, typer.Argument(help="Digest or version; the file as it is now when none is given.")] = "",
) -> None:
    """What changed between two versions of a client's file, line by line."""
    with told_to_operator():
        accepted = _history(client)
        archive = InstructionsArchive(archive_of(settings()))
        old = _chosen(accepted, before) if before else accepted[-1]
        new = _chosen(accepted, after) if after else None
        path = archive.path_of(client, new) if new else _file_of(client)
        lines = difflib.unified_diff(
            _lines(archive.path_of(client, old)),
            _lines(path),
            _name_of(old),
            _name_of(new) if new else NEW_FILE,
            lineterm="",
        )
        console = Console(highlight=False, soft_wrap=True)
        shown = 0
        for shown, line in enumerate(lines, start=1):  # noqa: B007
            console.print(escape(line), style=_COLOURS.get(line[:1]))
        if not shown:
            console.print("No difference.")


def _history(client: str) -> list[Accepted]:
    """Raises: UnknownClient when no version was ever in force."""
    folder = archive_of(settings())
    try:
        accepted = InstructionsArchive(folder).history(_ID.validate_python(client))
    except ValidationError:
        accepted = []
    if not accepted:
        known = ", ".join(sorted(InstructionsArchive(folder).known())) or "none"
        raise UnknownClient(
            str(folder),
            [f'no version of "{client}" was ever in force here; known: {known}'],
            "Versions are kept once serve or talk has taken them.",
        )
    return accepted


def _chosen(accepted: list[Accepted], wanted: str) -> Accepted:
    """The newest version with this number or digest. Raises: SettingsError."""
    found = next((a for a in reversed(accepted) if a.digest.startswith(wanted) or str(a.version) == wanted), None)
    if found is None:
        raise SettingsError(f'No version "{wanted}" was in force.', "voicebot clients history shows the ones that were.")
    return found


def _name_of(accepted: Accepted) -> str:
    return f"version {accepted.version} {accepted.digest} of {accepted.at:%Y-%m-%d %H:%M}"


def _file_of(client: str) -> Path:
    return settings().clients_dir / f"{client}.yaml"


def _lines(path: Path) -> list[str]:
    """Raises: InstructionsError."""
    return content_of(path).decode("utf-8", "replace").splitlines()


def _digest_of_file(client: str) -> str:
    path = _file_of(client)
    return digest_of(content_of(path)) if path.exists() else ""
