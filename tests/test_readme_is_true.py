"""Every command and every path that the README and the documentation name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from voicebot.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = typer.main.get_command(app)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_exist(page: Path) -> None:
    named = re.findall(r"\bvoicebot ([a-z]+)(?: ([a-z]+))?", " ".join(re.findall(r"`[^`\n]+`", page.read_text())))
    context = typer.Context(COMMANDS)
    for first, second in named:
        command = COMMANDS.get_command(context, first)  # type: ignore[attr-defined]
        assert command is not None, f"voicebot {first}"
        if hasattr(command, "commands") and second:
            assert second in command.commands, f"voicebot {first} {second}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_paths_and_links_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:voicebot|tests|tools|prompts|client_configs|docs|evals)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_no_place_is_left_to_fill(page: Path) -> None:
    assert "@@" not in page.read_text(encoding="utf-8")


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named
    assert named <= targets


def test_lock_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|file:|--(extra-)?index", lock)
    packages = [line for line in lock.splitlines() if re.match(r"^[A-Za-z0-9]", line)]
    assert len(packages) > 50
    assert all("==" in line for line in packages)
    assert lock.count("--hash=sha256:") >= len(packages)
