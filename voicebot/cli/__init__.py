"""The command line: serve, talk, understand, call, demo, clients, models, bench."""

from loguru import logger

from voicebot.settings import keep_libraries_to_one_thread

# Before numpy is imported, or it is not heard.
keep_libraries_to_one_thread()
# pipecat greets on standard error when it is imported, and quotes callers at debug level.
logger.disable("pipecat")

from voicebot.cli.app import app  # noqa: E402

__all__ = ["app"]
