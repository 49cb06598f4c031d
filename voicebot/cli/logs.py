"""Logs of a process: ids and codes on standard error, as lines for people or JSON for machines."""

from __future__ import annotations

import logging
import sys
import warnings

import structlog
from loguru import logger as pipecat_logger


def set_up_logs(*, as_json: bool, quiet: bool = False) -> None:
    """quiet: only warnings and worse, for commands whose output is for people or machines."""
    level = logging.WARNING if quiet else logging.INFO
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Asked for each time: standard error may be another file by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    # pipecat logs transcripts and frames: nothing of a caller may reach the logs.
    pipecat_logger.remove()
    pipecat_logger.add(sys.stderr, level="ERROR", format="{time} {level} {name}: {message}")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
