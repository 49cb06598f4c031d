"""One module for each page of the console; each has `routes(house, frame)`, and PAGES is the one list of them."""

from __future__ import annotations

from voicebot.console.app import Page
from voicebot.console.pages import agents, calls, clients, desk, live, messages, overview, reviews

PAGES: tuple[Page, ...] = (
    desk.routes,
    live.routes,
    messages.routes,
    calls.routes,
    clients.routes,
    reviews.routes,
    overview.routes,
    agents.routes,
)
"""Every page that is served: one line for each module. tests/console/test_console_every_route.py asks each of their routes
with every role, and fails for a path parameter that it has no sample of."""
