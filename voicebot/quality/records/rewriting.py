"""Rewrites texts of one call so that they tell the same of other people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from num2words import num2words

from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_digits, spoken_number
from voicebot.quality.records.birth_dates import said, spoken_days, written, written_days
from voicebot.quality.records.digit_strings import DigitStrings
from voicebot.quality.records.personal_data import CODE, E164, EMAIL, Kept, Personal
from voicebot.quality.records.pseudonyms import Pseudonyms
from voicebot.understanding.details.dictation import digits_of, is_number
from voicebot.understanding.details.emails import find_email
from voicebot.understanding.details.phone_numbers import interpret
from voicebot.understanding.details.spelling import find_spellings
from voicebot.understanding.details.stretches import Dictated, dictated
from voicebot.understanding.normalise import Utterance, plain_word
from voicebot.understanding.vocabulary import word_list

Edit = tuple[int, int, str]
"""First letter, one past the last, and what stands there instead."""

_LAYOUT = re.compile(r"\+?\d(?:[ .\-/()]{0,2}\d){2,}")
_ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d")
_WORD = re.compile(r"[^\W\d_]+")
_SPELLING_NAMES = (
    "anatole berthe célestin désiré eugène françois gaston henri irma joseph kléber louis marcel nicolas oscar pierre "
    "quintal raoul suzanne thérèse ursule victor william xavier yvonne zoé"
)
_LETTER_WORDS = _SPELLING_NAMES.split()
_TITLES = frozenset(("madame", "monsieur", "docteur", "maitre", "mademoiselle", "mme", "mr", "mrs", "dr", "miss"))
_NUMBER_SUFFIXES = frozenset(("bis", "ter", "quater"))


class Rewriter:
    """Texts of one call. call_ids: what stands for the call's own ids."""

    def __init__(self, personal: Personal, kept: Kept, pseudonyms: Pseudonyms, call_ids: dict[str, str]) -> None:
        self._personal, self._pseudonyms = personal, pseudonyms
        self._digits = DigitStrings(personal, pseudonyms)
        self._kept_numbers = {"0" + n[3:] for n in kept.numbers if n.startswith("+33")} | {n[1:] for n in kept.numbers}
        self._kept_emails = kept.emails
        self._kept_names = tuple(n.split() for n in kept.names if not set(n.split()) <= personal.name_words)
        self._ids = call_ids
        ids = "|".join(re.escape(i) for i in sorted(call_ids, key=len, reverse=True) if i)
        self._id = re.compile(rf"(?<![A-Za-z0-9])(?:{ids})(?![A-Za-z0-9])") if ids else None

    def text(self, text: str, *, asked: bool = False, caller: bool = True, births: bool = False) -> str:
        """The same text of other people. asked: it answers « à quel numéro ? ». caller: unknown digits are changed, too.

        births: it answers « quelle date de naissance ? ».
        """
        if not text or not any(c.isalnum() for c in text):
            return text
        utterance = Utterance.of(text)
        edits: list[Edit] = []
        for edit in self._edits(text, utterance, asked=asked, caller=caller, births=births):
            if all(edit[1] <= first or edit[0] >= last for first, last, _ in edits):
                edits.append(edit)
        for first, last, instead in sorted(edits, reverse=True):
            text = text[:first] + instead + text[last:]
        return text

    def kept_spans(self, utterance: Utterance) -> Iterator[tuple[int, int]]:
        """Letters in which the client's own people and house are named."""
        words = [token.plain for token in utterance.tokens]
        for name in self._kept_names:
            for at in range(len(words) - len(name) + 1):
                titled = len(name) > 1 or (at > 0 and words[at - 1] in _TITLES)
                if titled and words[at : at + len(name)] == name:
                    yield utterance.tokens[at].start, utterance.tokens[at + len(name) - 1].end

    def _edits(self, text: str, utterance: Utterance, *, asked: bool, caller: bool, births: bool) -> Iterator[Edit]:
        """The first to claim a place has it."""
        if self._id:
            yield from ((m.start(), m.end(), self._ids[m.group()]) for m in self._id.finditer(text))
        yield from ((first, last, text[first:last]) for first, last in self.kept_spans(utterance))
        yield from self._emails(text, utterance)
        yield from self._births(text, utterance, asked=births)
        yield from self._read_back(text)
        yield from self._codes(text)
        yield from self._house_numbers(utterance)
        yield from self._spellings(utterance)
        yield from self._layouts(text, asked=asked, caller=caller)
        yield from self._dictations(utterance, asked=asked, caller=caller)
        yield from self._names(text)

    def _emails(self, text: str, utterance: Utterance) -> Iterator[Edit]:
        for match in EMAIL.finditer(text):
            known = match.group().lower() in self._kept_emails
            yield match.start(), match.end(), match.group() if known else self._pseudonyms.email(match.group())
        for language in Language:
            email = find_email(utterance, language, expected=False)
            if email is None or "@" not in email.value or email.value in self._kept_emails:
                continue
            first, last = utterance.tokens[email.span[0]].start, utterance.tokens[email.span[1] - 1].end
            whole = email.value if email.complete else next(iter(sorted(self._personal.emails)), email.value)
            yield first, last, _spoken_email(self._pseudonyms.email(whole), language)

    def _births(self, text: str, utterance: Utterance, *, asked: bool) -> Iterator[Edit]:
        for first, last, day, form in written_days(text):
            if asked or day.isoformat() in self._personal.births:
                yield first, last, written(self._birth(day.isoformat()), form)
        for first, last in spoken_days(utterance, asked=asked):
            yield first, last, said(self._birth(min(self._personal.births, default=f"19{30 + len(text) % 60}-01-01")))

    def _birth(self, iso: str) -> date:
        return date.fromisoformat(self._pseudonyms.birth_day(iso))

    def _codes(self, text: str) -> Iterator[Edit]:
        """Door codes and references as they are written, and the words in which they were dictated."""
        for words, value in self._personal.dictated.items():
            at = text.find(words)
            if at >= 0:
                yield at, at + len(words), self._codes_in(value).lower()
        for match in CODE.finditer(text):
            if match.group().upper() in self._personal.references:
                yield match.start(), match.end(), _like(match.group(), self._pseudonyms.characters(match.group().upper()))

    def _codes_in(self, value: str) -> str:
        return CODE.sub(lambda m: self._pseudonyms.characters(m.group().upper()), value)

    def _read_back(self, text: str) -> Iterator[Edit]:
        """Numbers as the receptionist says them."""
        for number in self._personal.numbers:
            for language in Language:
                spoken = spoken_number(number, language)
                at = text.find(spoken)
                while spoken and at >= 0:
                    yield at, at + len(spoken), spoken_number(self._pseudonyms.number(number), language)
                    at = text.find(spoken, at + len(spoken))

    def _house_numbers(self, utterance: Utterance) -> Iterator[Edit]:
        tokens = utterance.tokens
        for at, token in enumerate(tokens):
            following = {t.plain for t in tokens[at + 1 : at + 7]}
            if token.plain not in word_list("addresses.streets") or not following & self._personal.streets:
                continue
            last = at - 1 if at and tokens[at - 1].plain in _NUMBER_SUFFIXES else at
            first = last
            while first and _of_a_number(tokens[first - 1].plain):
                first -= 1
            if first < last:
                said = [t.plain for t in tokens[first:last]]
                language = (
                    Language.FRENCH if all(w.isdigit() or is_number(w, Language.FRENCH) for w in said) else Language.ENGLISH
                )
                digits = "".join(said) if all(w.isdigit() for w in said) else digits_of(said, language)
                number = self._pseudonyms.house_number(int(digits[:6] or "0"))
                spoken = str(number) if any(w.isdigit() for w in said) else num2words(number, lang=language.value)
                yield tokens[first].start, tokens[last - 1].end, spoken

    def _spellings(self, utterance: Utterance) -> Iterator[Edit]:
        for spelled in find_spellings(utterance, expected=True):
            words = [plain_word(w) for w in re.split(r"[\s'-]+", spelled.text) if w]
            if not set(words) & self._personal.name_words:
                continue
            letters = [c for w in words for c in self._name(w).upper()]
            first, last = utterance.tokens[spelled.span[0]].start, utterance.tokens[spelled.span[1] - 1].end
            said = (f"{c} comme {_LETTER_WORDS[ord(c) - 65]}" for c in letters) if spelled.explained else letters
            yield first, last, " ".join(said)

    def _layouts(self, text: str, *, asked: bool, caller: bool) -> Iterator[Edit]:
        for match in _LAYOUT.finditer(text):
            layout = match.group()
            digits = "".join(c for c in layout if c.isdigit())
            if digits in self._kept_numbers or _ISO_DAY.match(layout):
                yield match.start(), match.end(), layout
                continue
            if E164.fullmatch(layout) and digits not in self._digits.known:
                yield match.start(), match.end(), self._pseudonyms.number(layout) if caller else layout
                continue
            instead = self._digits.of(digits, asked=asked, unknown=caller)
            if instead is not None:
                yield match.start(), match.end(), _laid_out(layout, instead)

    def _dictations(self, utterance: Utterance, *, asked: bool, caller: bool) -> Iterator[Edit]:
        found = [(language, stretch) for language in Language for stretch in dictated(utterance, language)]
        # « six » is a word of both languages: the language in which more was dictated is the one that was spoken.
        for language, stretch in sorted(found, key=lambda pair: -len(_digits_of(pair[1]))):
            first, last = utterance.tokens[stretch.span[0]].start, utterance.tokens[stretch.span[1] - 1].end
            digits = _digits_of(stretch)
            if 2 * len(digits) < stretch.span[1] - stretch.span[0]:
                # « o l … six » is no dictation in this language.
                continue
            if digits in self._kept_numbers:
                yield first, last, utterance.words[first:last]
                continue
            instead = self._instead_of(stretch, digits, asked=asked, caller=caller)
            if instead is not None:
                yield first, last, _spoken(instead, stretch, language)

    def _instead_of(self, stretch: Dictated, digits: str, *, asked: bool, caller: bool) -> str | None:
        number = interpret(stretch) if stretch.parts else None
        if number is not None and number.complete:
            known = caller or number.value in self._personal.numbers
            return f"0{self._pseudonyms.number(number.value)[3:]}" if known else None
        return self._digits.of(digits, asked=asked, unknown=caller)

    def _names(self, text: str) -> Iterator[Edit]:
        for match in _WORD.finditer(text):
            word, bare = match.group(), plain_word(match.group())
            if bare in self._personal.name_words or bare in self._personal.streets:
                yield match.start(), match.end(), _like(word, self._name(bare))

    def _name(self, word: str) -> str:
        return self._pseudonyms.name_word(word)


def _like(written: str, invented: str) -> str:
    if written.islower():
        return invented.lower()
    return invented.upper() if written.isupper() and len(written) > 1 else invented


def _laid_out(written: str, digits: str) -> str:
    """The digits where the written ones stand: "06.12" stays in pairs with points."""
    rest = iter(digits)
    placed = "".join(next(rest, "") if c.isdigit() else c for c in written)
    return placed + "".join(rest)


def _digits_of(stretch: Dictated) -> str:
    return "".join("".join(part.shortest()) for part in stretch.parts)


def _spoken(digits: str, stretch: Dictated, language: Language) -> str:
    groups = [group for part in stretch.parts for group in part.shortest()]
    one_by_one = len(groups) > 3 and all(len(group) == 1 for group in groups)
    if one_by_one or len(digits) < 2:
        return " ".join(spoken_digits(digit, language) for digit in digits)
    return spoken_digits(digits, language).replace(",", "")


def _spoken_email(address: str, language: Language) -> str:
    at, point = ("arobase", "point") if language is Language.FRENCH else ("at", "dot")
    local, _, domain = address.partition("@")
    name, _, number = local.partition(".")
    digits = spoken_digits(number, language).replace(",", "")
    return f"{name} {point} {digits} {at} {domain.replace('.', f' {point} ')}"


def _of_a_number(word: str) -> bool:
    return word.isdigit() or is_number(word, Language.FRENCH) or is_number(word, Language.ENGLISH)
