"""Names, places and companies that fill the slots, read from sentences/words.txt."""

from functools import cache

from tools.practice_ears.templates import read_sections


@cache
def word_list(section: str) -> tuple[str, ...]:
    """Entries of a section: blanks part the `_words` ones, bars and line ends the others."""
    lines = read_sections("words.txt")[section]
    separator = " " if section.endswith("_words") else "|"
    return tuple(dict.fromkeys(entry for line in lines for entry in line.split(separator) if entry))


ACCENTS = str.maketrans("àâäçéèêëîïôöùûüÿñ", "aaaceeeeiioouuuyn")


def letters_of(name: str) -> str:
    """The bare letters of a name, without accents, blanks and hyphens."""
    return name.translate(ACCENTS).replace("œ", "oe").replace(" ", "").replace("-", "").replace("'", "")
