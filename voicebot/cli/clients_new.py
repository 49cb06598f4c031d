"""voicebot clients new: asks what a first client file needs, and writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.client_file import client_of
from voicebot.clients.new.answers import Answers, NewPerson, WrittenNumber, slug
from voicebot.clients.new.first_file import first_file
from voicebot.clients.new.week import week_of
from voicebot.domain.hours import Hours
from voicebot.domain.identity import Sector
from voicebot.domain.written import EmailAddress, Id
from voicebot.errors import InstructionsError, SettingsError
from voicebot.settings import settings
from voicebot.wiring.house import real_clock

_NUMBER: TypeAdapter[str] = TypeAdapter(WrittenNumber)
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailAddress)
_ID: TypeAdapter[str] = TypeAdapter(Id)


def new(
    answers: Annotated[Path | None, typer.Option(help="YAML or JSON file with the answers, instead of questions.")] = None,
) -> None:
    """Write the first file of a new client: questions here, or --answers FILE. Never overwrites a file."""
    with told_to_operator():
        given = read_answers(answers) if answers else ask_answers()
        path = settings().clients_dir / f"{given.id}.yaml"
        text = first_file(given, real_clock())
        client_of(path, text.encode("utf-8"), given.id)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as there:
            raise SettingsError(f"{path} is there already.", "Choose another id, or change that file.") from there
        except OSError as refused:
            raise SettingsError(f"{path} cannot be written: {refused.strerror}.", "Set VOICEBOT_CLIENTS_DIR.") from refused
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"[green]✓[/] {escape(str(path))} written. Complete it, then: voicebot clients check {given.id}")


def read_answers(path: Path) -> Answers:
    """Answers in a YAML or JSON file. Raises: InstructionsError naming each field."""
    try:
        return Answers.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except ValidationError as wrong:
        problems = [f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in wrong.errors()]
        raise InstructionsError(str(path), problems, "Correct the answers.") from wrong
    except (OSError, UnicodeDecodeError, YAMLError) as unreadable:
        raise InstructionsError(str(path), [f"cannot be read: {unreadable}"], "Correct the answers.") from unreadable


def ask_answers() -> Answers:
    """Asks in the terminal, each question until its answer can be used."""
    name = _ask("Name of the client, as it is written")
    given: dict[str, Any] = {"name": name, "id": _ask("Short id, the name of its file", slug(name), _ID.validate_python)}
    given["spoken_name"] = _ask("Name as it is said after « vous êtes bien chez »", name)
    given["author"] = _ask("Your name, as author of the instructions")
    given["sector"] = _ask(f"Sector ({', '.join(Sector)})", Sector.GENERAL.value, lambda text: Sector(text).value)
    given["activity"] = _ask("What the client does, in a few words", "")
    given["address"] = _ask("Address, as it may be told to callers", "")
    given["languages"] = _ask("Languages, the first one first (fr, en)", "fr", _languages)
    given["dialled_numbers"] = _ask("Numbers that callers dial, separated by commas", check=_numbers)
    given["fallback_number"] = _ask("Number of people when the receptionist cannot answer", "", _optional(_NUMBER)) or None
    given["hours"] = _ask("Opening hours", "mon-fri 09:00-12:00 14:00-18:00", week_of)
    given["holidays_region"] = _ask("Public holidays (FR, FR-57 for Alsace-Moselle, FR-GP …)", "FR", _region)
    given["people"] = _ask_people()
    return Answers.model_validate(given)


def _ask_people() -> list[NewPerson]:
    people: list[NewPerson] = []
    while name := _ask("A person whom callers ask for (nothing when that is all)", ""):
        role = _ask("  What does this person do", "")
        phone = _ask("  Number, never told to callers", "", _optional(_NUMBER)) or None
        email = _ask("  E-mail, never told to callers", "", _optional(_EMAIL)) or None
        takes = bool(phone) and typer.confirm("  May calls be put through", default=False)
        duty = bool(phone) and typer.confirm("  Is this person on call for urgencies", default=False)
        people.append(NewPerson(name=name, role=role, phone=phone, email=email, takes_calls=takes, on_call=duty))
    return people


def _ask(question: str, default: str | None = None, check: Callable[[str], Any] | None = None) -> Any:
    """The answer, checked; asked again with the reason while it cannot be used."""
    while True:
        text: str = typer.prompt(question, default=default, show_default=bool(default)).strip()
        try:
            return check(text) if check else text
        except ValidationError as wrong:
            typer.echo(f"  {wrong.errors()[0]['msg']}", err=True)
        except ValueError as wrong:
            typer.echo(f"  {wrong}", err=True)


def _optional(adapter: TypeAdapter[str]) -> Callable[[str], str]:
    return lambda text: adapter.validate_python(text) if text else ""


def _numbers(text: str) -> list[str]:
    return [_NUMBER.validate_python(number) for number in text.split(",")]


def _languages(text: str) -> list[str]:
    languages = list(dict.fromkeys(part.strip() for part in text.split(",")))
    if unknown := set(languages) - {"fr", "en"}:
        raise ValueError(f'"{", ".join(sorted(unknown))}" is not spoken; write fr, en, or both')
    return languages


def _region(text: str) -> str:
    return Hours.model_validate({"weekly": {}, "holidays_region": text}).holidays_region
