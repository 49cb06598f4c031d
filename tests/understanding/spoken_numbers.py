"""Ways to dictate a French number of ten digits, as hypothesis strategies: pairs, digits, mixed, doubled, with fillers."""

from __future__ import annotations

from hypothesis import strategies as st

UNITS = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"]
_TEENS = ["dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"]
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
_SWISS = {7: "septante", 8: "huitante", 9: "nonante"}


def pair_in_words(value: int, *, swiss: bool = False) -> str:
    """A number 0-99 as a pair of a telephone number."""
    if value < 10:
        return f"zéro {UNITS[value]}"
    if value < 20:
        return _TEENS[value - 10]
    ten, unit = divmod(value, 10)
    if swiss and ten >= 7:
        return _with_unit(_SWISS[ten], unit)
    if ten in (7, 9):
        base = "soixante" if ten == 7 else "quatre-vingt"
        return f"{base} et onze" if (ten, unit) == (7, 1) else f"{base}-{_TEENS[unit]}"
    if ten == 8:
        return "quatre-vingts" if unit == 0 else f"quatre-vingt-{UNITS[unit]}"
    return _with_unit(_TENS[ten], unit)


def _with_unit(ten: str, unit: int) -> str:
    return ten if unit == 0 else f"{ten} et un" if unit == 1 else f"{ten}-{UNITS[unit]}"


numbers = st.builds(
    lambda start, rest: f"{start}{rest:08d}",
    st.sampled_from(["06", "07", "01", "02", "03", "04", "05", "09"]),
    st.integers(0, 99_999_999),
)
"""Ten digits; not all of them are in a numbering plan."""


def hundreds_in_words(value: int) -> str:
    """A number 100-999 as the middle of « zéro six, cent vingt-trois »."""
    hundreds, rest = divmod(value, 100)
    head = "cent" if hundreds == 1 else f"{UNITS[hundreds]} cent"
    return head if rest == 0 else f"{head} {UNITS[rest] if rest < 10 else pair_in_words(rest)}"


FILLERS = (
    " euh ",
    ", ",
    " puis ",
    " attendez ",
    " voilà ",
    " d'accord ",
    " deux secondes ",
    " ouais ",
    " vous notez ",
    " et ensuite ",
    "... euh... ",
    " je regarde ",
)
"""What callers say inside a number."""


@st.composite
def dictations(draw: st.DrawFn) -> tuple[str, str]:
    """(ten digits, how they are said)."""
    number = draw(numbers)
    style = draw(st.sampled_from(["pairs", "digits", "mixed", "swiss", "double", "plus", "hundreds", "times"]))
    pairs = [number[i : i + 2] for i in range(0, 10, 2)]
    if style == "plus":
        said = ["plus trente-trois", UNITS[int(number[1])], *(pair_in_words(int(p)) for p in pairs[1:])]
    elif style == "digits":
        said = [UNITS[int(d)] for d in number]
    elif style == "double":
        said = [f"double {UNITS[int(p[0])]}" if p[0] == p[1] else pair_in_words(int(p)) for p in pairs]
    elif style == "hundreds" and number[2] != "0" and number[5] != "0":
        said = [*(UNITS[int(d)] for d in number[:2]), *(hundreds_in_words(int(number[i : i + 3])) for i in (2, 5))]
        said += [pair_in_words(int(number[8:]))]
    elif style == "times":
        said = [f"deux fois le {UNITS[int(p[0])]}" if p[0] == p[1] else pair_in_words(int(p)) for p in pairs]
    elif style == "mixed":
        said = [" ".join(UNITS[int(d)] for d in p) if draw(st.booleans()) else pair_in_words(int(p)) for p in pairs]
    else:
        said = [pair_in_words(int(p), swiss=style == "swiss") for p in pairs]
    gap = draw(st.sampled_from([" ", *FILLERS]))
    at = draw(st.integers(1, len(said) - 1))
    words = " ".join(said[:at]) + gap + " ".join(said[at:])
    opening = draw(st.sampled_from(["", "c'est le ", "mon numéro c'est le ", "alors euh ", "oui c'est "]))
    words = opening + words
    return number, words.replace("-", " ") if draw(st.booleans()) else words


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """(ten digits, how a larger model writes them)."""
    number = draw(numbers)
    pairs = [number[i : i + 2] for i in range(0, 10, 2)]
    form = draw(st.sampled_from(["joined", "spaces", "dots", "dashes", "+33", "0033", "+33 (0)"]))
    joined = {
        "joined": number,
        "spaces": " ".join(pairs),
        "dots": ".".join(pairs),
        "dashes": "-".join(pairs),
        "+33": f"+33 {number[1]} {' '.join(pairs[1:])}",
        "0033": f"0033 {number[1:]}",
        "+33 (0)": f"+33 (0){number[1]} {' '.join(pairs[1:])}",
    }[form]
    return number, draw(st.sampled_from(["", "C'est le ", "mon numéro : "])) + joined + draw(
        st.sampled_from(["", ".", " merci"])
    )
