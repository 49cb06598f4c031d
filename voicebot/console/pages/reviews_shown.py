"""What the pages of reviews show of one call and of agreement, ready for their templates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from voicebot.console.access.reviews import OpenedReview, ReviewDoor, ReviewFigures
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.after_call import Shower, words_for
from voicebot.console.pages.asked import client_name, day_and_hour
from voicebot.console.pages.calls_transcript import transcript_lines
from voicebot.console.scope import Deed, Kind, Visitor
from voicebot.domain.language import Language
from voicebot.domain.review import FinishedReview
from voicebot.domain.scorecard import NO, NOT_APPLICABLE, SCALE, YES, Item, ItemKind, Scorecard, in_language
from voicebot.policy.agreement import Agreement
from voicebot.policy.figures import wilson
from voicebot.policy.review_figures import ItemAgreement, items_agreement, overall_agreement, pairs_agreement, scores_of
from voicebot.store.review_facts import DETAILS


async def call_shown(house: ConsoleHouse, door: ReviewDoor, visitor: Visitor, opened: OpenedReview) -> dict[str, Any]:
    """The call without what the machine made of it, but for what it noted; the scorecard with the visitor's own answers."""
    whole, instructions = opened.call.whole, opened.call.instructions
    call, names = whole.call, await door.names()
    shower = Shower(instructions, names, instructions.identity.zone, visitor.language)
    lines = transcript_lines(whole.events, call.started_at)
    finished, labels = opened.finished, opened.own.labels if opened.own else None
    review = finished.review if finished else None
    arbiter = review is not None and review.settled_at is None and review.arbiter == visitor.user.id
    may_settle = arbiter and visitor.may(Kind.REVIEWS, Deed.CHANGE, call.client)
    corrected = {one.detail: one.now for one in whole.corrections}
    return {
        "call": call.id,
        "client": client_name(house, call.client),
        "at": day_and_hour(call.started_at, instructions.identity.zone, visitor.language),
        "iso": call.started_at.isoformat(),
        "lines": lines,
        "length_ms": max((line.to_ms for line in lines), default=0),
        "codes": words_for("after_call", "code"),
        "silent": opened.call.silent,
        "details_rows": shower.details(call.details),
        "corrections": [
            (shower.label(c.detail), c.was, c.now, shower.person(c.user), shower.moment(c.at)) for c in whole.corrections
        ],
        "items": [_item(item, visitor.language, corrected) for item in opened.scorecard.items],
        "card_title": in_language(opened.scorecard.title, visitor.language),
        "answers": dict(labels.answers) if labels else {},
        "note": labels.note if labels else "",
        "submitted": labels is not None and labels.submitted_at is not None,
        **(_side_by_side(finished, opened.scorecard, names) if finished else {}),
        "may_settle": may_settle,
    }


def _item(item: Item, language: Language, corrected: Mapping[str, str]) -> dict[str, Any]:
    """choices: (value, label, "" or the key that gives it)."""
    match item.kind:
        case ItemKind.YES_NO:
            choices = [(YES, "", "o" if language is Language.FRENCH else "y"), (NO, "", "n")]
        case ItemKind.SCALE:
            anchors = {str(step): in_language(words, language) for step, words in item.anchors.items()}
            choices = [(step, anchors.get(step, ""), step) for step in SCALE]
        case ItemKind.CHOICE:
            labels = [(option.value, in_language(option.label, language)) for option in item.options]
            choices = [(value, label, str(n) if n < 10 else "") for n, (value, label) in enumerate(labels, 1)]
        case ItemKind.TEXT:
            choices = []
    if item.may_not_apply:
        choices.append((NOT_APPLICABLE, "", "0"))
    proposed = corrected.get(item.fact.removeprefix(DETAILS), "") if item.fact and item.fact.startswith(DETAILS) else ""
    return {
        "id": item.id,
        "kind": item.kind.value,
        "question": item.said_in(language),
        "help": in_language(item.help, language) if item.help else "",
        "weight": f"{item.weight:g}" if item.weight else "",
        "critical": item.critical,
        "choices": choices,
        "proposed": proposed,
        "labels": {value: label for value, label, _ in choices},
    }


def _side_by_side(finished: FinishedReview, card: Scorecard, names: Mapping[str, str]) -> dict[str, Any]:
    review = finished.review
    settled = finished.settled(card)
    score = card.score(settled) if review.settled_at else None
    return {
        "disputed": finished.disputed(card),
        "one": finished.first,
        "other": finished.second,
        "one_name": names.get(review.first, review.first),
        "other_name": names.get(review.second, review.second),
        "arbiter_name": names.get(review.arbiter, review.arbiter),
        "settled": settled,
        "is_settled": review.settled_at is not None,
        "points": None if score is None or score.points is None else round(score.points),
        "critical": score.critical if score else (),
        "ruling": dict(finished.ruling.answers),
        "ruling_note": finished.ruling.note,
    }


async def agreement_shown(
    house: ConsoleHouse,
    door: ReviewDoor,
    visitor: Visitor,
    figures: ReviewFigures,
    names: Mapping[str, str],
    words: Mapping[str, str],
) -> dict[str, Any]:
    items = await asyncio.to_thread(items_agreement, figures.marks)
    overall = await asyncio.to_thread(overall_agreement, figures.marks)
    pairs = await asyncio.to_thread(pairs_agreement, figures.marks)
    scores = scores_of(figures.finished)
    cards_of = {finished.review.call: card for finished, card in figures.finished}
    cards = {one.scorecard: await door.scorecard(visitor, one.scorecard) for one in items}
    french = visitor.language is Language.FRENCH
    graded = sum(one.points is not None for one in scores.calls)
    return {
        "overall": agreed(overall, french=french),
        "rounds": len({mark.round for mark in figures.marks}),
        "items": [
            {
                "question": item_label(cards[one.scorecard].item(one.item), one.item, visitor.language),
                "scorecard": one.scorecard,
                "kind": one.kind.value,
                "not_applicable": one.not_applicable,
                "answers": _answers(one, cards[one.scorecard], visitor.language, words),
                **agreed(one.agreement, french=french),
            }
            for one in items
        ],
        "pairs": [
            {
                "who": f"{names.get(one.one, one.one)} – {names.get(one.other, one.other)}",
                "calls": one.calls,
                **agreed(one.agreement, french=french),
            }
            for one in pairs
        ],
        "scored": graded,
        "mean": "–" if scores.mean.mean is None else f"{scores.mean.mean:.0f}",
        "mean_interval": ""
        if scores.mean.low is None
        else f"{max(0, scores.mean.low):.0f}–{min(100, scores.mean.high or 0):.0f}",
        "passed": _share(scores.passed, graded, french=french),
        "failed_calls": [
            {
                "call": one.call,
                "client": client_name(house, one.client),
                "why": " · ".join(
                    item_label(cards_of[one.call].item(item), item, visitor.language) for item in one.critical
                ),
            }
            for one in scores.calls
            if one.critical
        ],
    }


def _answers(one: ItemAgreement, card: Scorecard, language: Language, words: Mapping[str, str]) -> str:
    """ "Oui (×12) · Non (×3)": each answer and how often it was given."""
    item = card.item(one.item)
    labels = {option.value: in_language(option.label, language) for option in item.options} if item else {}
    named = ((labels.get(answer) or words.get(f"reviews.{answer}", answer), n) for answer, n in one.answers)
    return " · ".join(f"{answer} (×{n})" for answer, n in named)


def item_label(item: Item | None, item_id: str, language: Language) -> str:
    return item.said_in(language) if item else item_id


def agreed(agreement: Agreement, *, french: bool) -> dict[str, Any]:
    """Figures of an agreement as they are written, and the word for it."""

    def written(number: float | None) -> str:
        shown = "–" if number is None else f"{number:.2f}"
        return shown.replace(".", ",") if french else shown

    return {
        "n": agreement.n,
        "share": _share(agreement.same, agreement.n, french=french),
        "kappa": written(agreement.kappa),
        "interval": "" if agreement.low is None else f"{written(agreement.low)} … {written(agreement.high)}",
        "band": agreement.band.value if agreement.band else "",
        "few": agreement.few,
    }


def _share(successes: int, trials: int, *, french: bool) -> str:
    if not trials:
        return "–"
    low, high = wilson(successes, trials)
    between = f"{100 * low:.0f}–{100 * high:.0f}"
    return f"{100 * successes / trials:.0f} % ({between})" if french else f"{100 * successes / trials:.0f}% ({between})"
