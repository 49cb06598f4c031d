"""Reviews: what is mine to judge, drawing samples, one call with its scorecard, disagreements, and how far people agree."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.console import charts
from voicebot.console.access.reviews import ReviewDoor, ReviewFigures, WantedDraw
from voicebot.console.frame import HEADERS, Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.asked import Asked, client_name, clients_to_choose, day_and_hour, zone_of
from voicebot.console.pages.reviews_shown import agreement_shown, call_shown, item_label
from voicebot.console.scope import Deed, Kind, Visitor
from voicebot.domain.review import Only
from voicebot.domain.scorecard import LONGEST_ANSWER
from voicebot.errors import EvalFileError
from voicebot.policy.review_figures import BANDS, items_agreement, scores_of

USUAL_DAYS = 28
Answer = Annotated[str, Field(max_length=LONGEST_ANSWER)]
UserId = Annotated[str, Field(max_length=64)]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answered(_Sent):
    """Labels, or an arbiter's ruling. note: remark."""

    answers: Annotated[dict[str, Answer], Field(max_length=60)] = {}
    note: Annotated[str, Field(max_length=2000)] = ""


class Ruled(Answered):
    """final: it settles the review; else a draft."""

    final: bool = False


class Drawing(_Sent):
    """first, last: days of our floor, "2026-11-23", "" for the usual period. listed: ids of calls, for only "listed"."""

    client: Annotated[str, Field(max_length=64)]
    first: Annotated[str, Field(max_length=10)] = ""
    last: Annotated[str, Field(max_length=10)] = ""
    calls: Annotated[int, Field(ge=1, le=500)] = 20
    only: Only = Only.ALL
    listed: Annotated[tuple[UserId, ...], Field(max_length=2000)] = ()
    people: Annotated[tuple[UserId, ...], Field(max_length=50)] = ()
    seed: Annotated[int | None, Field(ge=0, le=2**53)] = None


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    """GET the queue, drawing, agreement, one call; POST a draw, drafts, labels, rulings."""
    router, page = APIRouter(), _ReviewPages(house, frame)
    router.add_api_route("/reviews", page.queue, methods=["GET"])
    router.add_api_route("/reviews/draw", page.drawing, methods=["GET"])
    router.add_api_route("/reviews/draw", page.draw, methods=["POST"])
    router.add_api_route("/reviews/agreement", page.agreement, methods=["GET"])
    router.add_api_route("/reviews/agreement.csv", page.agreement_csv, methods=["GET"])
    router.add_api_route("/reviews/scores.svg", page.scores, methods=["GET"])
    router.add_api_route("/reviews/{call}", page.one, methods=["GET"])
    router.add_api_route("/reviews/{call}/draft", page.save, methods=["POST"])
    router.add_api_route("/reviews/{call}/submit", page.submit, methods=["POST"])
    router.add_api_route("/reviews/{call}/ruling", page.rule, methods=["POST"])
    return router


class _ReviewPages:
    def __init__(self, house: ConsoleHouse, frame: Frame) -> None:
        self._house = house
        self._frame = frame
        self._door = ReviewDoor(house)

    async def queue(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        own = await self._door.own(visitor)
        open_ = [one for one in own if one.labels.submitted_at is None]
        return self._frame.page(
            visitor,
            "reviews.html",
            tab="queue",
            open_rows=[self._row(one.call, one.client) | {"begun": len(one.labels.answers)} for one in open_],
            to_settle=[self._row(one.call, one.client) for one in await self._door.to_arbitrate(visitor)],
            done=len(own) - len(open_),
            count=len(own),
        )

    async def drawing(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        draws, names = await self._door.draws(visitor), await self._door.names()
        rows = [
            {
                "draw": draw,
                "client": client_name(self._house, draw.client),
                "at": day_and_hour(draw.at, zone_of(self._house, draw.client), visitor.language),
                "by": names.get(draw.by, draw.by),
                "calls": calls,
                "both": both,
                "settled": settled,
            }
            for draw, calls, both, settled in draws
        ]
        now = self._house.clock()
        return self._frame.page(
            visitor,
            "reviews_draw.html",
            tab="draw",
            rows=rows,
            clients=self._clients(visitor),
            people=await self._door.people(visitor),
            kinds=[only.value for only in Only],
            first=(now - timedelta(days=USUAL_DAYS)).date().isoformat(),
            last=now.date().isoformat(),
            may_draw=visitor.may(Kind.REVIEWS, Deed.CHANGE),
        )

    async def draw(self, request: Request, drawing: Drawing) -> Response:
        visitor = await self._frame.visitor(request)
        asked = Asked({"from": drawing.first, "to": drawing.last})
        until = asked.until("to") or self._house.clock()
        since = asked.since("from") or until - timedelta(days=USUAL_DAYS)
        listed = tuple(one.strip() for one in drawing.listed if one.strip())
        wanted = WantedDraw(
            drawing.client, since, until, drawing.calls, drawing.only, listed, drawing.people, drawing.seed
        )  # fmt: skip
        try:
            draw, kept = await self._door.draw(visitor, wanted)
        except EvalFileError as wrong:
            return json_answer({"error": wrong.code, "reason": "scorecard", "what": wrong.what}, 409)
        return json_answer({"draw": draw.id, "seed": draw.seed, "calls": kept, "found": draw.found})

    async def one(self, request: Request, call: str) -> Response:
        visitor = await self._frame.visitor(request)
        opened = await self._door.one(visitor, call)
        queue = [one for one in await self._door.own(visitor) if one.labels.submitted_at is None and one.call != call]
        shown = await call_shown(self._house, self._door, visitor, opened)
        nexts = f"/{queue[0].call}" if queue else ""
        template = "reviews_label.html" if opened.finished is None else "reviews_arbitrate.html"
        return self._frame.page(visitor, template, tab="", next_call=nexts, left=len(queue), **shown)

    async def save(self, request: Request, call: str, answered: Answered) -> Response:
        visitor = await self._frame.visitor(request)
        await self._door.save(visitor, call, answered.answers, answered.note)
        return json_answer({"saved": len(answered.answers)})

    async def submit(self, request: Request, call: str, answered: Answered) -> Response:
        visitor = await self._frame.visitor(request)
        await self._door.submit(visitor, call, answered.answers, answered.note)
        return json_answer({"submitted": True})

    async def rule(self, request: Request, call: str, ruled: Ruled) -> Response:
        visitor = await self._frame.visitor(request)
        await self._door.rule(visitor, call, ruled.answers, ruled.note, final=ruled.final)
        return json_answer({"settled": ruled.final})

    async def agreement(self, request: Request, client: Annotated[str, Query(max_length=64)] = "") -> Response:
        visitor = await self._frame.visitor(request)
        asked, figures = await self._figures(request, visitor, client)
        words = self._frame.words("reviews", visitor.language)
        names = await self._door.names()
        shown = await agreement_shown(self._house, self._door, visitor, figures, names, words)
        return self._frame.page(
            visitor,
            "reviews_agreement.html",
            tab="agreement",
            asked=asked,
            client=client,
            clients=self._clients(visitor),
            address=asked.address(""),
            **shown,
        )

    async def agreement_csv(self, request: Request, client: Annotated[str, Query(max_length=64)] = "") -> Response:
        visitor = await self._frame.visitor(request)
        _, figures = await self._figures(request, visitor, client)
        out = io.StringIO(newline="")
        table = csv.writer(out)
        table.writerow(["scorecard", "item", "question", "kind", "n", "same", "share", "kappa", "low", "high", "expected"])
        for one in await asyncio.to_thread(items_agreement, figures.marks):
            item = (await self._door.scorecard(visitor, one.scorecard)).item(one.item)
            agreed = one.agreement
            numbers = (agreed.share, agreed.kappa, agreed.low, agreed.high, agreed.expected)
            label = item_label(item, one.item, visitor.language)
            row = [one.scorecard, one.item, label, one.kind.value, agreed.n, agreed.same]
            table.writerow([*row, *("" if number is None else f"{number:.4f}" for number in numbers)])
        disposition = {"Content-Disposition": 'attachment; filename="voicebot-agreement.csv"'}
        # A spreadsheet takes a CSV without a mark for its own old code page, and breaks accents.
        content = out.getvalue().encode("utf-8-sig")
        return Response(content, media_type="text/csv; charset=utf-8", headers=HEADERS | disposition)

    async def scores(self, request: Request, client: Annotated[str, Query(max_length=64)] = "") -> Response:
        visitor = await self._frame.visitor(request)
        _, figures = await self._figures(request, visitor, client)
        words = self._frame.words("reviews", visitor.language)
        labels = [f"{band}–{100 if band == BANDS[-1] else band + 9}" for band in BANDS]
        drawn = charts.bar_chart(labels, [(words["reviews.calls"], scores_of(figures.finished).bands)])
        return Response(drawn, media_type="image/svg+xml", headers=HEADERS | charts.HEADERS)

    async def _figures(self, request: Request, visitor: Visitor, client: str) -> tuple[Asked, ReviewFigures]:
        asked = Asked(request.query_params)
        # A moment that is now may be given to what was submitted within it.
        until = asked.until("to") or self._house.clock() + timedelta(seconds=1)
        since = asked.since("from") or until - timedelta(days=366)
        return asked, await self._door.figures(visitor, client, since, until)

    def _clients(self, visitor: Visitor) -> list[tuple[str, str]]:
        return clients_to_choose(self._house, visitor.clients(Kind.REVIEWS, self._house.known_clients()))

    def _row(self, call: str, client: str) -> dict[str, Any]:
        return {"call": call, "client": client_name(self._house, client)}
