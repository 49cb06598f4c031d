"""A run as JUnit XML, which every CI server shows: one test case per call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from junitparser import Error, Failure, JUnitXml, Properties, Property, TestCase, TestSuite

from voicebot.quality.comparing.comparison import Comparison
from voicebot.quality.judging.verdict import JudgedCase, Verdict
from voicebot.quality.records.transcript import Speaker, Transcript
from voicebot.quality.reports.told_call import Changes
from voicebot.quality.running.result import RunResult

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped."""
_SPEAKERS = {Speaker.CALLER: "caller", Speaker.RECEPTIONIST: "receptionist", Speaker.AGENT: "agent"}


def junit_report(result: RunResult, comparison: Comparison | None = None) -> str:
    """XML as text. A failure's type is "regression" for a call that the baseline passed, else "critical" or "failed".

    Calls that could not be judged are errors. Transcripts, where there are any, are in system-out. time: the call's own
    length in seconds, 0 where nobody timed it.
    """
    changes = Changes(comparison)
    suite = TestSuite(_clean(result.suite))
    suite.timestamp = result.began_at.isoformat()
    about = {
        "code": result.code,
        "understanding": result.understanding,
        "attempts": str(result.attempts),
        "cached": str(result.cached),
        **{f"client.{name}": digest for name, digest in result.clients.items()},
    }
    for name, value in about.items():
        suite.add_property(_clean(name), _clean(value))
    suite.add_testcases([_test_case(case, result.suite, changes) for case in result.cases])
    suite.time = round(result.took_s, 3)
    xml = JUnitXml("voicebot")
    xml.add_testsuite(suite)
    written = xml.tostring()
    return written.decode() if isinstance(written, bytes) else written


def _test_case(case: JudgedCase, suite: str, changes: Changes) -> TestCase:
    name = case.name if case.attempt == 1 else f"{case.name} (attempt {case.attempt})"
    test = TestCase(_clean(name), classname=_clean(f"{suite}.{case.client or 'unknown'}"), time=_length_s(case.transcript))
    lost = changes.lost(case.name)
    if case.trouble:
        trouble = Error(_clean(case.trouble), "not_judged")
        test.result = [trouble]
    elif case.failed:
        kind = "regression" if lost else "critical" if any(v.critical for v in case.failed) else "failed"
        failure = Failure(_clean(f"{kind}: " + ", ".join(dict.fromkeys(v.check for v in case.failed))), kind)
        failure.text = _clean("\n".join(_told(verdict, verdict.check in lost) for verdict in case.failed))
        test.result = [failure]
    test.append(_properties(case, lost))
    if case.transcript is not None:
        test.system_out = _clean("\n".join(_lines(case.transcript)))
    return test


def _properties(case: JudgedCase, lost: list[str]) -> Properties:
    known = {"case": case.case, "digest": case.digest, "scenario": case.scenario, "language": case.language}
    known |= {"outcome": case.outcome, "lost": ", ".join(lost), **{f"tag.{k}": v for k, v in case.tags.items()}}
    properties = Properties()
    for name, value in known.items():
        if value:
            properties.add_property(Property(_clean(name), _clean(value)))
    return properties


def _told(verdict: Verdict, lost: bool) -> str:
    marks = "".join(
        mark for mark, there in ((" [critical]", verdict.critical), (" [lost since the baseline]", lost)) if there
    )
    lines = [f"{verdict.check}{marks}"]
    lines += [f"  {name}: {said}" for name, said in (("expected", verdict.expected), ("found", verdict.found)) if said]
    lines += [f"  rule: {verdict.rule}"] if verdict.rule else []
    lines += [f"  turn {e.turn}: {e.note}".rstrip(": ") for e in verdict.evidence if e.turn]
    return "\n".join(lines)


def _lines(transcript: Transcript) -> Iterator[str]:
    for turn in transcript.turns:
        words = f"[keys {turn.keys}]" if turn.keys else turn.text or "[silence]"
        yield f"{turn.number:>3} {_SPEAKERS[turn.speaker]}: {words}"


def _length_s(transcript: Transcript | None) -> float:
    times = [turn.ended_s or turn.started_s or 0.0 for turn in transcript.turns] if transcript else []
    return round(max(times, default=0.0), 3)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
