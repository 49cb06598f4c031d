"""voicebot eval replay: past calls under changed instructions, prompts or models."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from voicebot.cli.eval_replay_table import show_report
from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.client_file import ClientFile, read_client
from voicebot.errors import EvalFileError, SettingsError
from voicebot.settings import Settings, settings

if TYPE_CHECKING:
    from voicebot.domain.orientation import Facilities
    from voicebot.domain.replay import ReplayReport
    from voicebot.quality.records.transcript import Transcript
    from voicebot.quality.replaying.gather import Gathered
    from voicebot.quality.replaying.replay_calls import Outcomes
    from voicebot.quality.replaying.replay_calls import Progress as Told

_WHOLE = "The newest calls of the client's own, from the store."


def replay(
    against: Annotated[Path, typer.Option(help="The changed client file, client_configs/<client>.yaml.")],
    calls: Annotated[list[str] | None, typer.Option(help="Only these calls, by id.")] = None,
    client: Annotated[str, typer.Option(help="Client of transcripts that name none.")] = "",
    since: Annotated[str, typer.Option(help='Calls that began then or later, "2026-11-23" or "2026-11-23 22:15" UTC.')] = "",
    last: Annotated[int, typer.Option(min=1, help=_WHOLE)] = 200,
    transcripts: Annotated[
        Path | None, typer.Option(help="Calls of this file instead of the store (docs/replay.md).")
    ] = None,
    before: Annotated[
        Path | None, typer.Option(help="What the calls are compared with, instead of what each obeyed.")
    ] = None,
    model: Annotated[bool, typer.Option("--model", help="Ask the language model again for the changed way.")] = False,
    prompts: Annotated[Path | None, typer.Option(help="Folder of changed prompts, with --model.")] = None,
    acts: Annotated[bool, typer.Option("--acts", help="Take what was understood from the records.")] = False,
    can: Annotated[str, typer.Option(help='What the house could do where no call tells: "transfer,on_call".')] = "",
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes; rules only.")] = 1,
    fail_on: Annotated[str, typer.Option(help='Exit status 1 when one of these flips: "urgency,safety_script".')] = "",
) -> None:
    """Put past calls through changed instructions: whose outcome flips, side by side, and by which rule."""
    with told_to_operator():
        from voicebot.domain.replay import replay_json
        from voicebot.quality.replaying.replay_calls import KINDS
        from voicebot.quality.replaying.side_by_side import replay_page

        set_up_logs(as_json=False, quiet=True)
        kinds = tuple(kind.strip() for kind in fail_on.split(",") if kind.strip())
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise SettingsError(f"--fail-on: {', '.join(unknown)} cannot flip.", f"Choose from {', '.join(sorted(KINDS))}.")
        after = read_client(against)
        current = settings()
        if prompts is not None:
            current = current.model_copy(update={"prompts_dir": prompts})
        source = _Source(current, transcripts, tuple(calls or ()), client, _moment(since), last)
        gathered = asyncio.run(source.gathered(after, before, _facilities(can), recorded=acts))
        report = _replayed(current, gathered, jobs, with_model=model)
        show_report(report, after)
        if json is not None:
            json.write_bytes(replay_json.dump_json(report, indent=2))
        if html is not None:
            html.write_text(replay_page(report), encoding="utf-8")
        if any(flip.what in kinds for call in report.flipped for flip in call.flips):
            raise typer.Exit(FAILED)


class _Source:
    """Where the calls come from: a file of transcripts, else the store."""

    def __init__(
        self, current: Settings, file: Path | None, ids: tuple[str, ...], client: str, since: datetime | None, last: int
    ) -> None:
        self._settings = current
        self._file = file
        self._ids = ids
        self._client = client
        self._since = since
        self._last = last

    async def gathered(self, after: ClientFile, before: Path | None, can: Facilities, *, recorded: bool) -> Gathered:
        from voicebot.clients.archive import InstructionsArchive
        from voicebot.quality.replaying.gather import always, gather, versions_of
        from voicebot.quality.replaying.replay_call import Hear
        from voicebot.wiring.house import archive_of

        if before is not None:
            version_of = always(read_client(before))
        else:
            in_force = read_client(self._settings.clients_dir / f"{after.instructions.id}.yaml")
            version_of = versions_of(InstructionsArchive(archive_of(self._settings)), in_force)
        client = self._client or after.instructions.id
        found = await (self._from_file(client) if self._file else self._from_store(client))
        gathered = gather(found, after, version_of, can=can, hear=Hear.RECORDED if recorded else Hear.AS_RECORDED_BY_MODEL)
        if not gathered.task.calls:
            where = str(self._file or "the store")
            raise EvalFileError(where, [f"no call of {after.instructions.id} can be replayed"], "Name other calls.")
        return gathered

    async def _from_file(self, client: str) -> list[Transcript]:
        from voicebot.quality.records.formats import Reading
        from voicebot.quality.records.importing import ImportReport, import_calls

        report, paths = ImportReport(), [self._file] if self._file else []
        found = [call async for call in import_calls(paths, Reading(), report, client=client)]
        for remark in report.remarks:
            if remark.unreadable:
                Console(stderr=True, highlight=False).print(f"{escape(remark.place)}: {escape(remark.what)}")
        wanted = [t for t in found if not self._ids or t.id in self._ids]
        since = self._since
        wanted = [t for t in wanted if since is None or (t.started_at is not None and t.started_at >= since)]
        newest = sorted(wanted, key=lambda t: t.started_at or datetime.min.replace(tzinfo=UTC), reverse=True)[: self._last]
        return [t for t in wanted if t in newest]

    async def _from_store(self, client: str) -> list[Transcript]:
        from voicebot.quality.records.store_calls import Shelf, Wanted, read_store
        from voicebot.store.call_book import CallBook

        book = await CallBook.open(self._settings.database)
        try:
            wanted = Wanted(client=client, since=self._since, ids=self._ids, newest=self._last)
            return [transcript async for transcript in read_store(Shelf(book), wanted)]
        finally:
            await book.close()


def _replayed(current: Settings, gathered: Gathered, jobs: int, *, with_model: bool) -> ReplayReport:
    from voicebot.quality.replaying.replay_calls import replay_here, replay_on_cores

    with _bar() as bar:
        line = bar.add_task("replaying", total=len(gathered.task.calls))

        def progress(done: int, _of: int) -> None:
            bar.update(line, completed=done)

        if with_model:
            outcomes = asyncio.run(_by_model(current, gathered, progress))
        elif jobs > 1:
            outcomes = replay_on_cores(gathered.task, jobs, progress)
        else:
            outcomes = asyncio.run(replay_here(gathered.task, progress))
    return outcomes.report(gathered.skipped, gathered.assumed)


async def _by_model(current: Settings, gathered: Gathered, progress: Told) -> Outcomes:
    """The changed way is understood by the model again; the way before as it was, or by the rules."""
    from voicebot.quality.replaying.replay_calls import replay_here
    from voicebot.wiring.house import understanding_of

    reader, language_model = understanding_of(current)
    if language_model is None:
        raise SettingsError("--model: no language model is configured.", "Set VOICEBOT_LLM_API_KEY, or leave --model out.")
    try:
        return await replay_here(gathered.task, progress, after_understanding=reader)
    finally:
        await language_model.close()


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _facilities(written: str) -> Facilities:
    from voicebot.domain.orientation import Facilities
    from voicebot.quality.replaying.house_then import FACILITIES

    names = [name.strip() for name in written.split(",") if name.strip()]
    if unknown := sorted(set(names) - set(FACILITIES)):
        raise SettingsError(
            f"--can: {', '.join(unknown)} is nothing a house can do.", f"Choose from {', '.join(FACILITIES)}."
        )
    return Facilities(**dict.fromkeys(names, True))


def _moment(since: str) -> datetime | None:
    if not since:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as wrong:
        raise SettingsError(f'--since: "{since}" is no moment.', 'Write it as "2026-11-23 22:15".') from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
