"""A labelled utterance as a case: each label a verdict."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.directory import Clients
from voicebot.quality.judging.verdict import Area, Evidence, Verdict
from voicebot.quality.labelled_utterances import Label, LabelledUtterance
from voicebot.quality.understanding_evals import Report, judge
from voicebot.understanding.ports import Understanding

_AREAS = {
    "danger": Area.URGENCY,
    "human": Area.HANDOFF,
    "person": Area.HANDOFF,
    "caller_kind": Area.FILTER,
    "scenario": Area.INSTRUCTIONS,
    "faq": Area.INSTRUCTIONS,
}


async def judge_utterance(
    labelled: LabelledUtterance, clients: Clients, understanding: Understanding
) -> tuple[Verdict, ...]:
    """Verdicts "understanding.danger.recall", "understanding.detail.phone" … as `voicebot eval understanding` counts.

    Raises: EvalFileError for a client, detail or act that does not exist.
    """
    report = await judge([labelled], clients, understanding)
    return tuple(_verdicts(labelled.label, report))


def _verdicts(label: Label, report: Report) -> Iterator[Verdict]:
    failures = {failure.what: (failure.wanted, failure.found) for failure in report.failures}
    yield _verdict("danger.recall" if label.danger else "danger.quiet", "danger", failures, critical=bool(label.danger))
    yield _verdict("human", "human", failures)
    for name in ("person", "scenario", "faq", "caller_kind", "answer"):
        if getattr(label, name) is not None:
            yield _verdict(name, name, failures)
    judged = {"danger", "human", "person", "scenario", "faq", "caller_kind", "answer"}
    for detail in label.details:
        judged.add(f"detail {detail}")
        yield _verdict(f"detail.{detail}", f"detail {detail}", failures)
    if label.acts is not None:
        wrong = {what: told for what, told in failures.items() if what not in judged}
        yield _verdict("acts", next(iter(wrong), "acts"), wrong)


def _verdict(check: str, what: str, failures: dict[str, tuple[str, str]], *, critical: bool = False) -> Verdict:
    wanted, found = failures.get(what, ("", ""))
    return Verdict(
        check=f"understanding.{check}",
        area=_AREAS.get(what, Area.MESSAGE),
        passed=what not in failures,
        expected=wanted,
        found=found,
        critical=critical,
        evidence=(Evidence(1, note=what),) if what in failures else (),
    )
