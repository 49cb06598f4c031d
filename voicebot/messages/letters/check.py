"""Checks the templates of a client before any message needs them: every one is rendered with every sample message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voicebot.clients.check.finding import Finding, error, warning
from voicebot.domain.delivery import Channel, Delivery
from voicebot.domain.instructions import Instructions
from voicebot.errors import TemplateError
from voicebot.messages.letters.letter import write_digest, write_letter
from voicebot.messages.letters.samples import AT, sample_messages
from voicebot.messages.letters.templates import ENDING, PARTS, REMEDY, house_has

FOLDER = "templates"
"""Of the clients' own templates, inside the folder of client files."""


def template_findings(instructions: Instructions, clients_dir: Path) -> Iterator[Finding]:
    """What is wrong with a client's templates: each names its own file and line, and is found once."""
    folder = clients_dir / FOLDER
    own = folder / instructions.id
    for rule in instructions.deliveries:
        if rule.template:
            yield from _chosen(rule, own)
            yield from _rendered(rule, instructions, folder)
    yield from _unused(instructions, own)


def _chosen(rule: Delivery, own: Path) -> Iterator[Finding]:
    path = f"deliveries[{rule.id}].template"
    if rule.channel is Channel.WEBHOOK:
        yield warning("templates.webhook", path, "a webhook carries data, no template is used", "remove template:")
        return
    parts = {Channel.EMAIL: ("subject", "text", "html"), Channel.SMS: ("sms",), Channel.CHAT: ("chat",)}[rule.channel]
    if not any((own / f"{rule.template}.{part}{ENDING}").is_file() for part in parts) and not house_has(rule.template):
        names = ", ".join(f"{rule.template}.{part}{ENDING}" for part in parts)
        yield error(
            "templates.missing", path, f"no template has this name in {own}", f"write one of {names}, or remove template:"
        )


def _rendered(rule: Delivery, instructions: Instructions, folder: Path) -> Iterator[Finding]:
    told: dict[str, str] = {}
    messages = list(sample_messages(instructions))
    for shows, message in messages:
        for link in ("", "https://phone.example.org/m/sample"):
            found: list[TemplateError] = []
            write_letter(
                message,
                instructions,
                rule,
                rule.to[0] if rule.to else "",
                dispatch_id="sample",
                address="somebody@example.org",
                channel=rule.channel,
                now=AT,
                link=link,
                updated=bool(link),
                templates_dir=folder,
                house_secret=b"sample",
                report=found.append,
            )
            told.update((broken.what, shows) for broken in found if broken.what not in told)
    digest: list[TemplateError] = []
    write_digest(
        [message for _, message in messages],
        instructions,
        rule,
        "",
        dispatch_id="sample",
        address="somebody@example.org",
        channel=rule.channel,
        now=AT,
        templates_dir=folder,
        house_secret=b"sample",
        report=digest.append,
    )
    told.update((broken.what, "digest") for broken in digest if broken.what not in told)
    for what, shows in told.items():
        yield error("templates.broken", f"deliveries[{rule.id}].template", f"{what} ({shows} sample)", REMEDY)


def _unused(instructions: Instructions, own: Path) -> Iterator[Finding]:
    used = {rule.template for rule in instructions.deliveries}
    for file in sorted(own.glob("*")) if own.is_dir() else ():
        name, *middle = file.name.removesuffix(ENDING).split(".")
        known = file.name.endswith(ENDING) and middle and middle[-1] in PARTS and middle[:-1] in ([], ["digest"])
        if not known:
            yield warning("templates.name", "deliveries", f"{file} is no template: <name>.<part>{ENDING}", "rename it")
        elif name not in used:
            yield warning(
                "templates.unused", "deliveries", f"{file} is used by no delivery", "write template:, or remove it"
            )
