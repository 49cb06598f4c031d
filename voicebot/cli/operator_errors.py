"""Errors as an operator reads them: one sentence, a remedy, a code, and an exit status; no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.errors import InstructionsError, VoicebotError

FAILED = 1


@contextmanager
def told_to_operator() -> Iterator[None]:
    """Prints a VoicebotError on standard error and exits with status 1."""
    try:
        yield
    except VoicebotError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        if isinstance(error, InstructionsError):
            console.print(f"[red bold]{error.code}[/] {escape(error.file)}")
            for problem in error.problems:
                console.print(f"  {escape(problem)}")
        else:
            console.print(f"[red bold]{error.code}[/] {escape(error.what)}")
        if error.remedy:
            console.print(f"  [green]→[/] {escape(error.remedy)}")
        raise typer.Exit(FAILED) from error
