"""The words of a name made ready for reading: spellings put in place, joins, hints, stutters and denied words worked in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from voicebot.understanding.details.letters import letter_words
from voicebot.understanding.details.spelling import Hint, Spelled, find_hints, find_spellings, join_at, written_with
from voicebot.understanding.normalise import TAKEN, Span, Token, Utterance, plain_word
from voicebot.understanding.vocabulary import word_list, wordings

LIKE = 55
"""Likeness (0-100) above which a word is the same part of a name, said better."""

_SAME = 80
_LONGEST_STUTTER = 3
_MOST_HEARD = 3
"""Heard words that one spelling may replace: « da silva d a s i l v a »."""


_MENDERS = frozenset(
    (
        "trait",
        "tiret",
        "hyphen",
        "dash",
        "apostrophe",
        "comme",
        "like",
        "avec",
        "sans",
        "with",
        "without",
        "double",
        "attache",
        "colle",
        "mot",
        "mots",
        "word",
        "words",
    )
)
"""Words that tell how a name is written."""


@dataclass(frozen=True, slots=True)
class SaidName:
    """utterance: as said, without what only explains the writing. origins: the caller's tokens of each of its tokens.

    spelled: indices of its tokens that were spelled. hints: those that no heard word took. doubtful: a letter or a repaired
    word may be meant otherwise.
    """

    utterance: Utterance
    origins: tuple[Span, ...]
    spelled: frozenset[int]
    hints: tuple[Hint, ...]
    doubtful: bool

    def origin(self, span: Span) -> Span:
        """The caller's tokens of a span of `utterance`."""
        first, last = span
        return self.origins[first][0], max(o[1] for o in self.origins[first:last])


@dataclass(slots=True)
class _Part:
    token: Token
    first: int
    end: int
    spelled: bool = False


class _Making:
    """A SaidName in the making."""

    def __init__(self, utterance: Utterance, *, expected: bool) -> None:
        self.utterance, self.expected = utterance, expected
        self.parts: list[_Part] = []
        self.hints: list[Hint] = []
        self.doubtful = False
        self.words = letter_words(utterance)
        self.spellings = {s.span[0]: s for s in find_spellings(utterance, expected=expected)}
        self.hinted = {h.span[0]: h for h in find_hints(utterance)}
        self.asides = {s[0]: s[1] for s in utterance.find_all(wordings("names.asides"))}
        self.together = {s[0]: s[1] for s in utterance.find_all(wordings("names.together"))}

    def made(self) -> SaidName:
        at = 0
        while at < len(self.utterance.tokens):
            at = self._next(at)
        self._drop_said_again()
        tokens = tuple(p.token for p in self.parts)
        said = Utterance.joined(self.utterance.words, tokens, self.utterance.ends_hesitating)
        spelled = frozenset(i for i, p in enumerate(self.parts) if p.spelled)
        return SaidName(said, tuple((p.first, p.end) for p in self.parts), spelled, tuple(self.hints), self.doubtful)

    def _next(self, at: int) -> int:
        hint, spelled = self.hinted.get(at), self.spellings.get(at)
        if hint:
            return self._hint(hint)
        if spelled:
            return self._spell(spelled)
        if at in self.together:
            self._put_together()
            return self._skip(at, self.together[at])
        if at in self.asides:
            return self._skip(at, self.asides[at])
        join = join_at(self.words, at) if self.parts and self._named(self.parts[-1].token) else None
        if join and join[1] < len(self.utterance.tokens):
            return self._join(*join)
        if self._denies(at):
            self.doubtful = True
            return self._skip(at, at + 2)
        token = self.utterance.tokens[at]
        if token.joined and self.parts and self.parts[-1].end == at and self._named(token) and not self.parts[-1].spelled:
            return self._join("-", at)
        again = self._stutter(at)
        if again:
            return self._skip(at, at + again)
        self.parts.append(_Part(self.utterance.tokens[at], at, at + 1))
        return at + 1

    def _skip(self, at: int, stop: int) -> int:
        if self.parts and self.parts[-1].end == at:
            self.parts[-1].end = stop
        return stop

    def _named(self, token: Token) -> bool:
        return token.plain != TAKEN and token.plain.replace("-", "").isalpha()

    def _hint(self, hint: Hint) -> int:
        last = self.parts[-1] if self.parts else None
        if last and self._named(last.token) and last.token.plain not in word_list("not_names"):
            text = written_with(last.token.text, [hint])
            last.token = replace(last.token, text=text, plain=plain_word(text))
            last.end, last.spelled = hint.span[1], True
        else:
            self.hints.append(hint)
        return hint.span[1]

    def _spell(self, spelled: Spelled) -> int:
        """A spelling replaces the heard words before it that it sounds like; else it is a word of its own."""
        self.doubtful = self.doubtful or spelled.doubtful
        letters = plain_word(spelled.text).replace(" ", "").replace("-", "").replace("'", "")
        best, count, heard_so = 0.0, 0, ""
        for size in range(1, min(_MOST_HEARD, len(self.parts)) + 1):
            heard = [p.token for p in self.parts[-size:]]
            if not all(self._named(t) for t in heard):
                break
            likeness = fuzz.ratio("".join(t.plain.replace("-", "") for t in heard), letters)
            if likeness > best:
                best, count = likeness, size
        first, end = spelled.span
        if count and best >= LIKE:
            replaced = self.parts[-count:]
            if best == 100 and replaced[0].token.plain in word_list("names.particles"):
                for part in replaced:
                    part.spelled = True
                replaced[-1].end = end
                return end
            first = replaced[0].first
            del self.parts[-count:]
            heard_so = "".join(p.token.text for p in replaced)
        following = self.utterance.tokens[end].plain if end < len(self.utterance.tokens) else ""
        # An accent or a letter that the spelling could not take: more was meant.
        self.doubtful = (
            self.doubtful or following == "accent" or (len(following) == 1 and following not in (TAKEN, "c", "j"))
        )
        token = self.utterance.tokens[first]
        same = bool(heard_so) and plain_word(heard_so) == spelled.text
        text = heard_so if same else spelled.text
        # The hyphen keeps a spelled « Bon » from being taken for the ordinary word.
        written = plain_word(text).replace(" ", "") + "-"
        self.parts.append(_Part(replace(token, text=text, plain=written), first, end, True))
        return end

    def _put_together(self) -> None:
        """« Le Gall en un mot »."""
        if len(self.parts) >= 2 and self.parts[-2].token.plain in word_list("names.particles"):
            last, first = self.parts.pop(), self.parts.pop()
            text = first.token.text + last.token.text
            self.parts.append(_Part(replace(first.token, text=text, plain=plain_word(text)), first.first, last.end, True))

    def _join(self, sign: str, stop: int) -> int:
        last, token = self.parts[-1], self.utterance.tokens[stop]
        text = f"{last.token.text}{sign}{token.text}"
        last.token = replace(last.token, text=text, plain=f"{last.token.plain}{'-' if sign == '-' else ''}{token.plain}")
        last.end = stop + 1
        return stop + 1

    def _denies(self, at: int) -> bool:
        """« … pas Henri »: the name that it is not."""
        tokens = self.utterance.tokens
        if not self.expected or tokens[at].plain not in ("pas", "not") or at + 1 >= len(tokens):
            return False
        denied = tokens[at + 1]
        return self._named(denied) and len(denied.plain) > 2 and denied.plain not in word_list("not_names")

    def _stutter(self, at: int) -> int:
        """How many words are said once more right away: « hélène hélène », « c'est c'est »."""
        tokens = self.utterance.tokens
        for size in range(_LONGEST_STUTTER, 0, -1):
            said = [p.token.plain for p in self.parts[-size:]]
            now = [t.plain for t in tokens[at : at + size]]
            if len(said) == size and said == now and TAKEN not in now and any(len(w) > 1 for w in now):
                return size
        last = self.parts[-1] if self.parts else None
        if last and last.spelled and self._named(tokens[at]) and len(tokens[at].plain) > 2:
            return int(fuzz.ratio(last.token.plain.rstrip("-"), tokens[at].plain) >= _SAME)
        return 0

    def _drop_said_again(self) -> None:
        """« Fraser, Ian Fraser » → « Ian Fraser »: a family name that is said alone, then in whole."""
        words = [p.token.plain.rstrip("-") for p in self.parts]
        for size in (1, 2):
            for i in range(len(words) - 2 * size):
                name = words[i : i + size]
                again = i + size + 1
                ordinary = any(w in word_list("not_names") and len(w) > 1 for w in (*name, words[i + size]))
                if name == words[again : again + size] and not ordinary and TAKEN not in name and len("".join(name)) > 2:
                    del self.parts[i : i + size]
                    return


def _nothing_to_mend(utterance: Utterance) -> bool:
    """Are there no letters, joins, hints or words said twice in it? Most sentences are ready as they are."""
    before, earlier, letters = "", "", 0
    for token in utterance.tokens:
        word = token.plain
        letters = letters + 1 if len(word) == 1 and word != TAKEN else 0
        if (
            letters == 2
            or token.joined
            or word in _MENDERS
            or (word in (before, earlier) and len(word) > 2 and word != TAKEN)
        ):
            return False
        before, earlier = word, before
    return True


def said_name(utterance: Utterance, *, expected: bool) -> SaidName:
    """The utterance as a name is looked for in it. expected: a name was asked for."""
    if not expected and _nothing_to_mend(utterance):
        return SaidName(utterance, tuple((i, i + 1) for i in range(len(utterance.tokens))), frozenset(), (), doubtful=False)
    return _Making(utterance, expected=expected).made()
