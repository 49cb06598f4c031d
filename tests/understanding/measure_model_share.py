"""How many turns need no language model: every labelled utterance read by the rules, and whether they were certain.

Run: python -m tests.understanding.measure_model_share
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from pathlib import Path

from voicebot.clients.directory import load_clients
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import Detail
from voicebot.quality.labelled_utterances import Label, read_labelled
from voicebot.understanding.model.prompt import Prompts
from voicebot.understanding.model.with_fallback import is_certain
from voicebot.understanding.ports import Context
from voicebot.understanding.rules import read_in_full

ROOT = Path(__file__).parents[2]


def _context(label: Label, clients: dict[str, object]) -> Context | None:
    client = clients.get(label.client or "")
    if client is None:
        return None
    awaited = Awaited(label.asked) if label.asked in set(Awaited) else Awaited.DETAIL
    asked = Expectation(awaited, label.asked if awaited is Awaited.DETAIL else None)
    known = {name: Detail(value, value) for name, value in label.known.items()}
    return Context(client, label.language, asked, None, known, label.at.replace(tzinfo=UTC))  # type: ignore[arg-type]


def main() -> None:
    clients = load_clients(ROOT / "client_configs").instructions
    prompts = Prompts(ROOT / "prompts")
    asked, turns = Counter[str](), Counter[str]()
    letters: list[int] = []
    for row in read_labelled([ROOT / "evals" / "understanding"]):
        context = _context(row.label, dict(clients))
        if context is None:
            continue
        turns[row.file] += 1
        if not is_certain(read_in_full(row.label.say, context), row.label.say, context):
            asked[row.file] += 1
            prompt = prompts.of(row.label.say, context)
            letters.append(len(prompt.system) + len(prompt.user))
    for name, total in sorted(turns.items()):
        print(f"{name:45} {total:5} turns  {asked[name] / total:6.1%} need the model")
    every = sum(turns.values())
    print(f"{'all':45} {every:5} turns  {sum(asked.values()) / every:6.1%} need the model")
    letters.sort()
    print(f"letters of a prompt: median {letters[len(letters) // 2]}, p95 {letters[int(len(letters) * 0.95)]}")


if __name__ == "__main__":
    main()
