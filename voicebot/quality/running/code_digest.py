"""What results depend on besides the cases: the digest of the sources that judge, and of the understanding."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from re import match
from sys import version_info

import voicebot

ROOMS = (
    "call_file",
    "clients",
    "domain",
    "handoff",
    "llm",
    "policy",
    "quality",
    "reception",
    "replies",
    "speech",
    "store",
    "understanding",
)
"""Rooms whose files a judging process reads; a test compares this with what it really imports."""
APART = (
    "quality/running/run",
    "quality/running/pool",
    "quality/running/shared",
    "quality/running/cache",
    "quality/running/suite",
    "quality/running/targets",
    "quality/running/result",
    "quality/comparing/compare",
    "quality/comparing/paired",
    "quality/comparing/baseline",
    "quality/reports/",
    "quality/replaying/",
    "quality/mutation/",
    "quality/listening/",
    "quality/synthetic_",
    "quality/bench_",
    "quality/demo_",
)
"""Files of these rooms that no verdict depends on: changing a report makes no result stale."""
_FILES = ("*.py", "*.yaml", "*.txt", "*.json")


@cache
def code_digest() -> str:
    """16 hex digits of everything that can change a verdict: our sources and word lists, the libraries, Python."""
    root = Path(voicebot.__file__).parent
    found = sha256(f"python {version_info.major}.{version_info.minor}\n".encode())
    for library in _libraries():
        found.update(f"{library}\n".encode())
    files = {root / "errors.py"}
    for room in ROOMS:
        files |= {file for pattern in _FILES for file in (root / room).rglob(pattern)}
    for file in sorted(files):
        place = file.relative_to(root).as_posix()
        if not place.startswith(APART):
            found.update(place.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def code_told() -> str:
    """ "0.1.0 3f9c…": version and digest, for reports."""
    return f"{version('voicebot')} {code_digest()}"


def prompts_digest(folder: Path) -> str:
    """12 hex digits of the prompt files. Raises: OSError."""
    found = sha256()
    for file in sorted(folder.glob("*.md")):
        found.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return found.hexdigest()[:12]


def _libraries() -> list[str]:
    names = [
        found.group() for line in requires("voicebot") or () if "extra ==" not in line and (found := match(r"[\w.-]+", line))
    ]
    told = []
    for name in sorted(names):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} missing")
    return told
