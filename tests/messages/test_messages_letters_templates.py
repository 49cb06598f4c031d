"""Templates of clients: their own words per part, no way out of the sandbox, and a broken one never loses a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from letter_samples import HEATING, LEAK, digest, letter
from typer.testing import CliRunner

from voicebot.channels.sms_length import sms_length
from voicebot.cli import app
from voicebot.clients.check.finding import Severity
from voicebot.clients.client_file import read_client_file
from voicebot.domain.delivery import Channel, Delivery
from voicebot.domain.instructions import Instructions
from voicebot.errors import TemplateError
from voicebot.messages.letters.check import template_findings
from voicebot.messages.letters.letter import write_letter
from voicebot.messages.letters.samples import AT, sample_messages
from voicebot.settings import settings

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "client_configs").glob("*.yaml"))
FICHE = (ROOT / "tests" / "clients" / "chauffage-morel.yaml").read_text(encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "templates" / HEATING.id
    folder.mkdir(parents=True)
    return folder


def written(own: Path, part: str, text: str, channel: Channel = Channel.EMAIL) -> tuple[Any, list[TemplateError]]:
    """A letter by a client's template of one part, and what was reported."""
    (own / f"mine.{part}.j2").write_text(text, encoding="utf-8")
    troubles: list[TemplateError] = []
    return letter(LEAK, HEATING, channel, own.parent, "mine", report=troubles.append), troubles


def deliver(*rules: dict[str, Any]) -> Instructions:
    return HEATING.model_copy(update={"deliveries": tuple(Delivery.model_validate({"to": ["morel"], **r}) for r in rules)})


def test_client_words_one_part_and_the_house_the_others(own: Path) -> None:
    mine, troubles = written(own, "subject", "Fuite chez {{ m.caller }}")
    house = letter(LEAK, HEATING, Channel.EMAIL)
    assert mine.subject == "Fuite chez Héloïse Durand"
    assert (mine.text, mine.html) == (house.text, house.html)
    assert troubles == []


def test_client_can_build_on_the_layout_of_the_house(own: Path) -> None:
    text = '{% extends "message_layout.html.j2" %}{% block heading %}Chez {{ m.caller }} & fils{% endblock %}'
    mine, _ = written(own, "html", text)
    assert "Chez Héloïse Durand & fils" in mine.html
    assert "06 39 98 12 34" in mine.html


def test_client_digest(own: Path) -> None:
    (own / "mine.digest.text.j2").write_text("{% for m in d.messages %}{{ m.level }} {{ m.caller }};{% endfor %}", "utf-8")
    assert digest([LEAK, LEAK], HEATING, Channel.EMAIL, "mine", templates_dir=own.parent).text == (
        "P1 Héloïse Durand;P1 Héloïse Durand;"
    )


def test_sms_of_a_client_is_shortened_too(own: Path) -> None:
    mine, _ = written(
        own, "sms", "{{ m.caller }}: {{ m.reason }} {{ m.reason }} {{ m.promise }} {{ m.link }}" * 3, Channel.SMS
    )
    assert sms_length(mine.text).segments <= 3


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("un\ndeux\n{% if m.caller %}", 3, "Unexpected end"),
        ("un\n{{ m.callerr }}", 2, "callerr"),
        ("{{ unknown }}", 1, "unknown"),
        ("\n\n\n{{ m.missing[7] }}", 4, "7"),
        ("{% include '../../../../etc/passwd' %}", 1, "no template"),
        ("{% include '/etc/passwd' %}", 1, "no template"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("{{ m.caller | nonsense }}", 1, "nonsense"),
        ("{{ ''.__class__.__mro__ }}", 1, "unsafe"),
        ("\n{{ m.__init__.__globals__ }}", 2, "unsafe"),
        ("{{ m.tell.__globals__ }}", 1, "tell"),
        ("{{ cycler.__init__.__globals__.os }}", 1, "unsafe"),
        ("{% for i in range(10000000) %}.{% endfor %}", 1, "OverflowError"),
        ("{% include 'mine.text.j2' %}", 1, "RecursionError"),
    ],
)
def test_broken_template_is_named_by_file_and_line_and_the_house_writes(own: Path, text: str, line: int, why: str) -> None:
    mine, troubles = written(own, "text", text)
    assert mine.text == letter(LEAK, HEATING, Channel.EMAIL).text
    assert len(troubles) == 1
    assert f", line {line}: " in troubles[0].what
    assert "mine.text.j2" in troubles[0].what or "include" in text
    assert why in troubles[0].what
    assert "voicebot clients check" in troubles[0].remedy


def test_trouble_holds_no_word_of_the_caller(own: Path) -> None:
    _, troubles = written(own, "text", "{{ (m.caller ~ m.reason) | int('x') + [m.reason][m.reason] }}{{ m.reason + 1 }}")
    assert troubles
    assert not {"Durand", "ballon", "garage"} & set(troubles[0].what.replace("'", " ").split())


@pytest.mark.parametrize("text", ["{{ m.caller }}", '["a list"]', '{"text": {{ m.caller }}}', ""])
def test_chat_template_that_makes_no_json_is_broken(own: Path, text: str) -> None:
    mine, troubles = written(own, "chat", text, Channel.CHAT)
    assert mine.payload == letter(LEAK, HEATING, Channel.CHAT).payload
    assert len(troubles) == 1
    assert "JSON" in troubles[0].what


def test_check_finds_every_broken_template_of_a_client(own: Path) -> None:
    client = deliver(
        {"id": "mail", "channel": "email", "template": "mine"},
        {"id": "text", "channel": "sms", "template": "absent"},
        {"id": "hook", "channel": "webhook", "address": "https://example.org/", "template": "mine"},
        {"id": "room", "channel": "chat", "address": "https://example.org/", "template": "slack"},
    )
    (own / "mine.subject.j2").write_text("{{ m.nothing }}", encoding="utf-8")
    (own / "mine.text.j2").write_text("{% if not m.complete %}{{ m.only_here }}{% endif %}", encoding="utf-8")
    (own / "mine.digest.text.j2").write_text("{{ d.nowhere }}", encoding="utf-8")
    (own / "other.sms.j2").write_text("unused", encoding="utf-8")
    (own / "notes.md").write_text("no template", encoding="utf-8")
    found = {(f.check, f.path): f for f in template_findings(client, own.parents[1])}
    broken = [f.what for f in template_findings(client, own.parents[1]) if f.check == "templates.broken"]
    assert sorted(what.partition("mine.")[2].partition(",")[0] for what in broken) == [
        "digest.text.j2",
        "subject.j2",
        "text.j2",
    ]
    assert any("only_here" in what and "partial sample" in what for what in broken)
    assert found["templates.missing", "deliveries[text].template"].severity is Severity.ERROR
    assert ("templates.webhook", "deliveries[hook].template") in found
    assert ("templates.unused", "deliveries") in found
    assert ("templates.name", "deliveries") in found
    assert not any(path == "deliveries[room].template" for _, path in found)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_sample_of_every_shipped_client_can_be_written(path: Path) -> None:
    client = read_client_file(path)
    assert list(template_findings(client, path.parent)) == []
    for rule in client.deliveries:
        for _, message in sample_messages(client):
            written = write_letter(
                message, client, rule, "", dispatch_id="d", address="a@example.org", channel=rule.channel, now=AT,
                templates_dir=path.parent / "templates", house_secret=b"x", link="https://phone.example.org/m/abc",
            )  # fmt: skip
            assert written.text
            assert rule.channel is not Channel.SMS or sms_length(written.text).segments <= 2


def test_lift_company_reads_first_where_to_go() -> None:
    client = read_client_file(ROOT / "client_configs" / "ascenseurs-vertex.yaml")
    _, message = next(iter(sample_messages(client)))
    written = write_letter(
        message, client, client.deliveries[0], "", dispatch_id="d", address="+33639981234", channel=Channel.SMS, now=AT,
        templates_dir=ROOT / "client_configs" / "templates",
    )  # fmt: skip
    assert written.text.startswith("P2 ascenseur à l'arret, personne dedans. 12 rue des Lilas, 21000 Dijon")
    assert "Appareil AB1234. 3 dans la cabine, malaise : non." in written.text


def test_command_shows_file_and_line_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(tmp_path))
    settings.cache_clear()
    bare = FICHE[: FICHE.index("\nexamples:")] + "\n"
    rule = "  - {id: own-words, channel: email, to: [sophie-lambert], urgency: [p3], template: mine}\n"
    with_rule = bare.replace("deliveries:\n", f"deliveries:\n{rule}", 1)
    (tmp_path / "chauffage-morel.yaml").write_text(with_rule, encoding="utf-8")
    folder = tmp_path / "templates" / "chauffage-morel"
    folder.mkdir(parents=True)
    (folder / "mine.text.j2").write_text("Bonjour\n{{ m.nobody }}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["clients", "check", "--no-examples"])
    settings.cache_clear()
    assert result.exit_code == 1
    line = next(n for n, text in enumerate(with_rule.splitlines(), 1) if "own-words" in text)
    assert f"error line {line}, deliveries[own-words].template:" in result.stdout
    assert "mine.text.j2, line 2:" in result.stdout
