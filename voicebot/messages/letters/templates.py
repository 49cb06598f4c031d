"""Templates: the house's and each client's own, rendered in a sandbox; what is wrong is named with file and line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from voicebot.domain.language import Language
from voicebot.errors import TemplateError

HOUSE = Path(__file__).with_name("templates")
ENDING = ".j2"
REMEDY = "Correct the template, then run: voicebot clients check."
PARTS = ("subject", "text", "html", "sms", "chat")
_LONGEST_TEMPLATE_BYTES = 100_000

Report = Callable[[TemplateError], None]
"""Is told of a client's template that could not be used; the house's was used instead."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Where templates of one client are found.

    own: the client's folder, None when it has none. language: of the house's templates. name: chosen by the delivery, "" for
    the house's. digest: those of digests.
    """

    language: Language
    own: Path | None = None
    name: str = ""
    digest: bool = False

    def render(self, part: str, variables: dict[str, Any], report: Report) -> str:
        """One part of a letter: the client's own template, or the house's when there is none or it is broken.

        Raises: TemplateError only for a template of the house.
        """
        if mine := self.own_file(part):
            try:
                return _render(_environment(self.language, self.own), mine.name, variables)
            except TemplateError as broken:
                report(broken)
        return self.render_house(part, variables)

    def render_house(self, part: str, variables: dict[str, Any]) -> str:
        """The same by the house's template. Raises: TemplateError."""
        name = next(name for name in self._house_names(part) if (HOUSE / self.language / name).is_file())
        return _render(_environment(self.language, None), name, variables)

    def own_file(self, part: str) -> Path | None:
        """The client's own template of a part."""
        middle = "digest." if self.digest else ""
        file = self.own / f"{self.name}.{middle}{part}{ENDING}" if self.own and self.name else None
        return file if file and file.is_file() else None

    def _house_names(self, part: str) -> Iterator[str]:
        if self.name and self.digest:
            yield f"{self.name}.digest.{part}{ENDING}"
        elif self.name:
            yield f"{self.name}.{part}{ENDING}"
        yield f"{'digest' if self.digest else 'message'}.{part}{ENDING}"


def render_alarm(part: str, language: Language, variables: dict[str, Any]) -> str:
    """Raises: TemplateError."""
    return _render(_environment(language, None), f"alarm.{part}{ENDING}", variables)


def house_has(name: str) -> bool:
    """Does the house have templates of this name, as "slack"?"""
    return any(HOUSE.glob(f"*/{name}.*{ENDING}"))


def _sentence(text: object) -> str:
    """The first letter as a capital, the others as they are."""
    return str(text)[:1].upper() + str(text)[1:]


def _as_chat(text: object) -> str:
    """Text for a chat room of any make: « <!channel> » calls nobody, « <http…|here> » is no link."""
    return str(text).strip().replace("<", "‹").replace(">", "›")


def _as_slack(text: object) -> str:
    """Source: Slack's "Formatting text for app surfaces": these three signs are escaped."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _as_teams(text: object) -> str:
    """Adaptive cards read a part of Markdown: brackets would make links, stars and underscores bold and italics."""
    plain = str(text).strip().replace("[", "(").replace("]", ")").replace("*", "·").replace("\n", "\n\n")
    return plain.replace("_", "\\_")


@lru_cache(maxsize=256)
def _environment(language: Language, own: Path | None) -> ImmutableSandboxedEnvironment:
    folders = [FileSystemLoader(own)] if own else []
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*folders, FileSystemLoader([HOUSE / language, HOUSE])]),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(f".html{ENDING}")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.pop("lipsum", None)
    environment.filters |= {"sentence": _sentence, "as_chat": _as_chat, "as_slack": _as_slack, "as_teams": _as_teams}
    return environment


def _render(environment: ImmutableSandboxedEnvironment, name: str, variables: dict[str, Any]) -> str:
    try:
        source = environment.get_template(name)
        if source.filename and Path(source.filename).stat().st_size > _LONGEST_TEMPLATE_BYTES:
            raise _trouble(source.filename, 1, f"is longer than {_LONGEST_TEMPLATE_BYTES} bytes")
        return source.render(variables)
    except TemplateError:
        raise
    except TemplateSyntaxError as wrong:
        raise _trouble(wrong.filename or wrong.name or name, wrong.lineno, wrong.message or "cannot be read") from wrong
    except TemplateNotFound as missing:
        raise _trouble(name, 1, f'names "{missing.name}", which is no template') from missing
    except Exception as broken:
        # An expression of a template can fail in every way that Python can.
        file, line = _place(broken, name)
        raise _trouble(file, line, _why(broken, file)) from broken


def _why(error: Exception, file: str) -> str:
    """The error in its own words where these are the template's: a key that is looked up may be a caller's word."""
    source = Path(file).read_text(encoding="utf-8") if Path(file).is_file() else ""
    quoted = re.findall(r"'([^']*)'", str(error))
    of_template = isinstance(error, UndefinedError) and all(q in source or q.endswith(" object") for q in quoted)
    if of_template or isinstance(error, SecurityError):
        return str(error)
    return f"fails ({type(error).__name__})"


def _place(error: Exception, name: str) -> tuple[str, int]:
    """File and line of the template; jinja2 writes them into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(ENDING)]
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else (name, 1)


def _trouble(file: str, line: int, why: str) -> TemplateError:
    why = why.replace("voicebot.messages.letters.tellable.", "").replace("'Tellable object'", '"m"')
    return TemplateError(f"{file}, line {line}: {why.rstrip('.')}.", REMEDY)
