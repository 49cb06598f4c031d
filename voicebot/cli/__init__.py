"""The command line: serve, talk, understand, call, demo, clients, models, bench."""

from loguru import logger

# pipecat greets on standard error when it is imported, and quotes callers at debug level.
logger.disable("pipecat")

from voicebot.cli.app import app  # noqa: E402

__all__ = ["app"]
