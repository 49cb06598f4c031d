"""The voicebot command and its sub-commands."""

from __future__ import annotations

import typer

from voicebot.cli import (
    bench,
    call,
    clients,
    demo,
    evals,
    messages,
    models,
    oncall,
    serve,
    talk,
    understand,
    users,
    verify,
    work,
)

app = typer.Typer(
    name="voicebot",
    help="A telephone receptionist: a model understands words, rules decide, approved sentences answer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("work")(work.work)
app.command("call")(call.call)
app.command("talk")(talk.talk)
app.command("understand")(understand.understand)
app.add_typer(bench.app, name="bench")
app.add_typer(clients.app, name="clients")
app.add_typer(evals.app, name="eval")
app.add_typer(messages.app, name="messages")
app.add_typer(models.app, name="models")
app.add_typer(oncall.app, name="oncall")
app.add_typer(users.app, name="users")
app.add_typer(verify.app, name="verify")
