"""E-mail addresses as callers dictate them: « jean point martin arobase free point fr », spelled, with « tiret du six »."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from voicebot.domain.language import Language
from voicebot.understanding.details.email_pieces import Piece, pieces_of, signs
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import heard_forms, word_list, wordings

_WELL_FORMED = re.compile(r"[a-z0-9](?:[a-z0-9]|[._+-](?=[a-z0-9_-]))*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_MOST_PIECES = 24
_LIKE = 60
"""Likeness (0-100) of a heard word with the letters after it that spell it."""

_WEAK_AT = frozenset(("chez", "at", "a", "add", "hat"))


@dataclass(frozen=True, slots=True)
class Email:
    """value: lower case, "jean.martin@free.fr", or its beginning. sure: no word was guessed and the domain is known."""

    value: str
    complete: bool
    sure: bool
    span: Span


@dataclass(frozen=True, slots=True)
class _Domain:
    text: str
    end: int
    sure: bool
    known: bool


@lru_cache(maxsize=1)
def _endings() -> dict[str, str]:
    return {form.replace(" ", ""): ending for ending, forms in heard_forms("email_endings") for form in forms}


@lru_cache(maxsize=1)
def _homes() -> dict[str, tuple[str, ...]]:
    """Heard name without blanks → domains: "jimel" → ("gmail.com",)."""
    homes: dict[str, tuple[str, ...]] = {}
    for domain, forms in heard_forms("email_domains"):
        for form in forms:
            homes[form.replace(" ", "")] = (*homes.get(form.replace(" ", ""), ()), domain)
    return homes


def find_email(utterance: Utterance, language: Language, *, expected: bool) -> Email | None:
    """The e-mail address of an utterance, the last one when it is corrected. expected: one was asked for."""
    if not expected and not _may_hold(utterance):
        return None
    pieces = pieces_of(utterance, language)
    found: list[Email] = []
    for i, piece in enumerate(pieces):
        if piece.kind == "sign" and piece.text == "@":
            found += _around(utterance, pieces, i, found[-1] if found else None)
    if not found:
        found = _without_sign(utterance, pieces, expected=expected)
    if found:
        first, last = found[0], found[-1]
        taken_back = len(found) > 1 or any(s[0] >= first.span[0] for s in utterance.find_all(wordings("phone_numbers.cut")))
        vague = wordings("emails.vague").search(utterance.plain) is not None
        value, end = _other_ending(utterance, pieces, last) if taken_back else (last.value, last.span[1])
        return Email(value, last.complete, last.sure and not (taken_back or vague), (first.span[0], end))
    return _begun(utterance, pieces) if expected else None


def _other_ending(utterance: Utterance, pieces: list[Piece], email: Email) -> tuple[str, int]:
    """« … gmail point fr, non, point com »: (the address with the last ending, one past its last token)."""
    cuts = [span for span in utterance.find_all(wordings("phone_numbers.cut")) if span[0] >= email.span[1]]
    at = _index(pieces, cuts[-1][1]) if cuts else len(pieces)
    ending = _ending(pieces, at + 1) if at < len(pieces) and pieces[at].text == "." else None
    return (f"{email.value.rpartition('.')[0]}.{ending[0]}", ending[1]) if ending else (email.value, email.span[1])


def other_domain(utterance: Utterance, language: Language, known: str) -> Email | None:
    """« non, c'est hotmail point fr »: the known address at another home, never sure."""
    pieces = pieces_of(utterance, language)
    for i in range(len(pieces)):
        domain = _domain(pieces, i)
        if domain and domain.known and known.partition("@")[2] not in ("", domain.text):
            return Email(f"{known.partition('@')[0]}@{domain.text}", True, False, (pieces[i].first, domain.end))
    return None


def _may_hold(utterance: Utterance) -> bool:
    said = f" {utterance.plain} "
    if "@" in utterance.words or any(f" {form} " in said for form, sign in signs().items() if sign == "@"):
        return True
    return wordings("emails.word").search(utterance.plain) is not None


def _around(utterance: Utterance, pieces: list[Piece], at: int, before: Email | None) -> list[Email]:
    domain = _domain(pieces, at + 1)
    local = _local(utterance, pieces, at)
    if local is None:
        if before is None:
            return []
        # « … arobase gmail point com, non pardon, arobase hotmail point fr ».
        local = (before.value.partition("@")[0], before.span[0], False)
    text, first, local_sure = local
    if domain is None:
        begun = "".join(p.text for p in pieces[at + 1 :] if p.kind in ("word", "letters", "digits") or p.text in (".", "-"))
        return [Email(f"{text}@{begun.strip('.')}", False, False, (first, len(utterance.tokens)))]
    value = f"{text}@{domain.text}"
    if not _WELL_FORMED.fullmatch(value):
        return []
    return [Email(value, True, local_sure and domain.sure and domain.known, (first, domain.end))]


def _without_sign(utterance: Utterance, pieces: list[Piece], *, expected: bool) -> list[Email]:
    """« jean point martin chez orange point fr », "at gmail dot com", or no sign at all: a known home after a name."""
    for i in range(1, len(pieces)):
        weak = pieces[i].text in _WEAK_AT and pieces[i].kind in ("word", "letters")
        domain = _domain(pieces, i + 1 if weak else i)
        if domain is None or not (domain.known or (weak and expected)):
            continue
        said = "".join(p.text for p in pieces[i + weak : _index(pieces, domain.end)])
        local = _local(utterance, pieces, i)
        if local is None or "." not in said:
            continue
        value = f"{local[0]}@{domain.text}"
        sure = weak and pieces[i].text in ("chez", "at") and domain.known and domain.sure and local[2]
        if _WELL_FORMED.fullmatch(value):
            return [Email(value, True, sure, (local[1], domain.end))]
    return []


def _index(pieces: list[Piece], token: int) -> int:
    return next((i for i, p in enumerate(pieces) if p.first >= token), len(pieces))


def _domain(pieces: list[Piece], at: int) -> _Domain | None:
    """The domain that begins at this piece: everything up to an ending such as « point fr »."""
    labels: list[str] = []
    label, sure, i = "", True, at
    while i < len(pieces) and i - at < _MOST_PIECES:
        piece = pieces[i]
        if piece.kind == "stop" or (piece.kind == "sign" and piece.text == "@"):
            break
        if piece.kind == "sign" and piece.text == ".":
            labels, label = [*labels, label], ""
            ending = _ending(pieces, i + 1)
            if ending and labels[0]:
                return _named(labels, *ending, sure=sure)
        elif piece.kind in ("word", "letters", "digits", "sign"):
            glued = label and piece.kind == "word" and pieces[i - 1].kind == "word"
            sure = sure and piece.sure and not glued
            label += piece.text
        i += 1
    return _alone(pieces, at) or _unknown_ending(pieces, at, labels, label)


def _unknown_ending(pieces: list[Piece], at: int, labels: list[str], label: str) -> _Domain | None:
    """« bluebird point travel »: an ending that no list has, as the last word said. Never sure."""
    ended = pieces and pieces[-1].kind == "word" and at < len(pieces) and len(labels) == 1 and labels[0]
    return _Domain(f"{labels[0]}.{label}", pieces[-1].end, False, False) if ended and 2 <= len(label) <= 10 else None


def _ending(pieces: list[Piece], at: int) -> tuple[str, int] | None:
    """(ending, one past its last token): « com », « f r », « co point uk »."""
    for size in (3, 2, 1):
        run = pieces[at : at + size]
        if len(run) < size or any(p.kind not in ("word", "letters") for p in run):
            continue
        if size > 1 and any(p.kind != "letters" for p in run):
            continue
        ending = _endings().get("".join(p.text for p in run))
        if ending is None:
            continue
        more = at + size
        if more < len(pieces) and pieces[more].kind == "sign" and pieces[more].text == ".":
            longer = _ending(pieces, more + 1)
            if longer:
                return f"{ending}.{longer[0]}", longer[1]
        return ending, run[-1].end
    return None


def _named(labels: list[str], ending: str, end: int, *, sure: bool) -> _Domain:
    said = ".".join(labels).strip(".")
    homes = _homes().get(said.replace("-", ""), ())
    exact = f"{said}.{ending}"
    fitting = [home for home in homes if home.partition(".")[2] == ending]
    if fitting:
        return _Domain(fitting[0], end, True, True)
    if homes:
        # « gmail point fr » does not exist: kept as said, and read back.
        return _Domain(f"{homes[0].partition('.')[0]}.{ending}", end, False, False)
    return _Domain(exact, end, sure, False)


def _alone(pieces: list[Piece], at: int) -> _Domain | None:
    """« arobase gmail »: a home with one ending only, said without it, as the last thing."""
    said = "".join(p.text for p in pieces[at:] if p.kind in ("word", "letters", "digits"))
    homes = _homes().get(said, ())
    if len({h.partition(".")[2] for h in homes}) != 1 or any(p.kind in ("sign", "stop") for p in pieces[at:]):
        return None
    return _Domain(homes[0], pieces[-1].end, False, True)


def _local(utterance: Utterance, pieces: list[Piece], at: int) -> tuple[str, int, bool] | None:
    """(text before the @, its first token, sure)."""
    first = _first(utterance, pieces, at)
    own = pieces[first:at]
    while own and own[0].kind in ("sign", "joined"):
        own = own[1:]
    together = any(p.kind == "joined" for p in pieces[first:])
    own = [p for p in own if p.kind != "joined"]
    own = _spelled_words(own)
    if not own:
        return None
    glued = any(a.kind == b.kind == "word" for a, b in pairwise(own))
    sure = all(p.sure for p in own) and (together or not glued) and not _cut_off(pieces, own[0])
    return "".join(p.text for p in own).strip("."), own[0].first, sure


def _first(utterance: Utterance, pieces: list[Piece], at: int) -> int:
    """Index of the first piece of the part before the @: after « mon adresse c'est », a break, or another use."""
    last = pieces[at].first if at < len(pieces) else len(utterance.tokens)
    floor = _past_earlier(utterance, pieces, at, last)
    opening = min((p.first for p in pieces[:at] if p.kind == "sign" and p.first >= floor), default=last)
    leads = [span[1] for span in utterance.find_all(wordings("emails.lead")) if span[1] <= opening]
    begin = max(floor, *leads, 0)
    first = at
    while first > 0 and at - first < _MOST_PIECES:
        piece = pieces[first - 1]
        if piece.kind == "stop" or piece.first < begin or (piece.kind == "sign" and piece.text == "@"):
            break
        follower = pieces[first] if first < at else None
        broken = follower is not None and follower.pause and piece.kind == follower.kind == "word"
        if broken:
            break
        first -= 1
    while first < at and pieces[first].kind == "word" and _only_leads(pieces, first, at):
        first += 1
    return first


def _past_earlier(utterance: Utterance, pieces: list[Piece], at: int, last: int) -> int:
    """One past the last token of an earlier address, and of « non pardon »."""
    cuts = [span[1] for span in utterance.find_all(wordings("phone_numbers.cut")) if span[1] <= last]
    signs = [i for i in range(at) if pieces[i].text == "@"]
    domain = _domain(pieces, signs[-1] + 1) if signs else None
    return max(*cuts, domain.end if domain and domain.end <= last else 0, 0, 0)


def _only_leads(pieces: list[Piece], first: int, at: int) -> bool:
    """A small word before another word opens the sentence; before a sign it belongs to the address."""
    following = pieces[first + 1] if first + 1 < at else None
    return (
        pieces[first].text in word_list("not_names")
        and following is not None
        and (following.kind in ("word", "letters", "digits"))
    )


def _cut_off(pieces: list[Piece], first: Piece) -> bool:
    """Does a name stand before a comma right before the address? It may belong to it."""
    before = next((p for p in reversed(pieces) if p.end <= first.first and p.kind != "joined"), None)
    return (
        first.pause
        and before is not None
        and before.kind == "word"
        and before.text not in word_list("not_names")
        and before.end == first.first
    )


def _spelled_words(own: list[Piece]) -> list[Piece]:
    """« martin m a r t i n » is one word, as the letters say."""
    kept: list[Piece] = []
    i = 0
    while i < len(own):
        stop = i
        while stop < len(own) and own[stop].kind == "letters":
            stop += 1
        if stop - i >= 2:
            letters = "".join(p.text for p in own[i:stop])
            if kept and kept[-1].kind == "word" and fuzz.ratio(kept[-1].text, letters) >= _LIKE:
                kept.pop()
            kept.append(Piece("letters", letters, own[i].first, own[stop - 1].end, all(p.sure for p in own[i:stop])))
            i = stop
        else:
            kept.append(own[i])
            i += 1
    return kept


def _begun(utterance: Utterance, pieces: list[Piece]) -> Email | None:
    """The part before the @, when nothing else was said and signs or letters show that it is one."""
    local = _local(utterance, pieces, len(pieces)) if pieces else None
    if local is None:
        return None
    own = [p for p in pieces if p.first >= local[1]]
    shown = any(p.kind in ("sign", "letters", "joined") for p in own)
    ordinary = sum(p.kind == "word" and p.text in word_list("not_names") for p in own)
    if not shown or ordinary > 1 or not re.fullmatch(r"[a-z0-9._+-]{2,}", local[0]):
        return None
    return Email(local[0], False, False, (local[1], len(utterance.tokens)))
