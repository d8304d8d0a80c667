"""Checks of the form of a caption, in any language."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rwcap.checks.check import Check, excerpt, pattern_excerpt

MAX_CHARS: Final = 1_000
"""The greatest length of a caption, in characters: more than the model writes."""

MIN_WORDS: Final = 3
"""The least number of words. Scripts without spaces have more letters in a word."""

_WORD_CHARS: Final = 2
"""The letters of a script without spaces that count as a word."""

_WHOLE_SENTENCE: Final = 12
"""A caption of this many words is a sentence, so it has an end."""

_LIST_COMMAS: Final = 4
"""A text with at least one comma for this many words is a list of tags."""

_WORD: Final = r"\w+(?:['\u2019-]\w+)*"
_END: Final = "[.!?\u2026\u3002\uff01\uff1f\u0964\u061f]"
_ENDS: Final = rf"{_END}[\"'\u201d\u2019\u00bb)\]\u300d\u300f\uff09*]*\s*$"
_OPEN_END: Final = (
    r"(?i)(?:[,;:(-]|\b(?:a|an|and|as|at|by|for|from|in|of|on|or|the|to|with))\s*$"
)
_MARKUP: Final = (
    r"(?m)^[ \t]*(?:#{1,6} \S|[-*+] \S|>|\d{1,2}[.)] \S|```)"
    r"|\*\*\S|(?<!\w)__\S|`[^`\n]+`|!?\[[^\]\n]{1,80}\]\("
    r"|</?[A-Za-z][\w-]{0,20}(?:\s[^<>]{0,80})?/?>|<\|\w{1,30}\|>"
    r"|&(?:amp|lt|gt|quot|nbsp|#\d{1,6});|\\[nt\"]"
    r"|^[ \t]*[\[{]\s*[\"'{]"
)
_LETTERS_REPEATED: Final = r"([^\W\d_]{1,20}?)\1{5}"
_REPEATS: Final = ((1, 4), (2, 3), (4, 3), (8, 2))
"""Lengths of phrases in words, and the number of times that make a loop."""

_TOGETHER: Final = 2
"""Phrases of up to this many words loop only if they follow each other."""

_UNSPACED: Final = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
"""Letters of scripts that are written without spaces."""

_LATIN_PHRASE: Final = r"(?:[A-Za-z]{2,}\s+){2}[A-Za-z]{2,}"
"""Three Latin words. Fewer are names in all scripts."""

_QUOTED: Final = (
    '"[^"\n]*"|\u201c[^\u201c\u201d\n]*\u201d|\u300c[^\u300c\u300d\n]*\u300d'
)
"""Quotations: what a sign in the picture says is not the model's wording."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(_WORD, text.lower())


def without_quotations(text: str) -> str:
    """Return a text with its quotations blanked out; the length stays."""
    return re.sub(_QUOTED, lambda found: " " * len(found[0]), text)


def script_of(letter: str) -> str:
    """Return the script of a letter: the first word of its name, as `LATIN`.

    Chinese and Japanese letters count as one script.
    """
    if letter.isascii():
        return "LATIN"
    from unicodedata import name

    script = name(letter, "UNKNOWN").partition(" ")[0]
    return "CJK" if script in {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"} else script


def main_script(text: str) -> str:
    """Return the script of most letters; empty if there is no letter."""
    if text.isascii():
        return "LATIN" if re.search("[A-Za-z]", text) else ""
    letters = Counter(filter(str.isalpha, text))
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[script_of(letter)] += count
    return scripts.most_common(1)[0][0] if scripts else ""


def _empty(text: str) -> str | None:
    return None if re.search(r"[^\W_]", text) else excerpt(text.strip())


def _loop(text: str) -> str | None:
    if found := re.search(_LETTERS_REPEATED, text):
        return excerpt(text, found.start())
    words = words_of(text)
    for length, times in _REPEATS:
        phrases = [
            " ".join(words[at : at + length]) for at in range(len(words) - length + 1)
        ]
        repeated = (
            _in_a_row(phrases, length, times)
            if length <= _TOGETHER
            else _often(phrases, times)
        )
        if phrase := next(repeated, None):
            return excerpt(phrase)
    return None


def _in_a_row(phrases: list[str], length: int, times: int) -> Iterator[str]:
    """Yield the phrases that follow themselves so often that they are a loop."""
    run = [1] * len(phrases)
    for at in range(length, len(phrases)):
        if phrases[at] == phrases[at - length]:
            run[at] = run[at - length] + 1
            if run[at] >= times:
                yield " ".join([phrases[at]] * times)


def _often(phrases: list[str], times: int) -> Iterator[str]:
    """Yield the phrases that occur so often that they are a loop."""
    return (phrase for phrase, count in Counter(phrases).items() if count >= times)


def _script(text: str) -> str | None:
    if text.isascii():
        return None
    if (damaged := text.find("\ufffd")) >= 0:
        return excerpt(text, damaged)
    own = without_quotations(text)
    main = main_script(own)
    for at, letter in enumerate(own):
        if not letter.isascii() and letter.isalpha() and script_of(letter) != main:
            return excerpt(text, at)
    latin = None if main == "LATIN" else re.search(_LATIN_PHRASE, own)
    return excerpt(text, latin.start()) if latin else None


def _cut_off(text: str) -> str | None:
    line = text.strip()
    if not line or re.search(_ENDS, line):
        return None
    words = len(line.split())
    is_list = line.count(",") * _LIST_COMMAS >= words
    ends_open = re.search(_OPEN_END, line) and words >= MIN_WORDS
    has_sentence = re.search(rf"\w{_END}(?:\s|$)", line[:-1])
    if ends_open or has_sentence or (words >= _WHOLE_SENTENCE and not is_list):
        return excerpt(line, max(0, len(line) - 30))
    return None


def _markup(text: str) -> str | None:
    return pattern_excerpt(_MARKUP, text)


def _too_long(text: str) -> str | None:
    if len(text) <= MAX_CHARS:
        return None
    return f"{len(text):,} characters: {excerpt(text)}"


def _too_short(text: str) -> str | None:
    """Return a text that is too short. An empty one has a check of its own."""
    unspaced = len(re.findall(_UNSPACED, text[:MAX_CHARS])) // _WORD_CHARS
    count = max(unspaced, len(text.split()))
    is_short = count < MIN_WORDS and _empty(text) is None
    return excerpt(text.strip()) if is_short else None


EMPTY: Final = Check(
    "empty",
    "The file is there, and the caption has no letter and no digit.",
    ("...",),
    ("A dog sleeps on a porch.",),
    "An image without any caption is counted, and is no failure.",
    _empty,
)
LOOP: Final = Check(
    "loop",
    "The same words come again and again.",
    ("A street with cars, and cars, and cars, and cars on the road.",),
    ("A long, long street with parked cars on both sides.",),
    "Refrains and rows of equal labels count, too.",
    _loop,
)
SCRIPT: Final = Check(
    "script",
    "A word is in another script than the rest, the caption is in another script than"
    " nine of ten others, or its bytes are not UTF-8.",
    ("A market stall with fresh \u6c34\u679c and vegetables.",),
    ('A shop sign reads "\u6c34\u679c".', "Ein Caf\u00e9 in Z\u00fcrich."),
    "Quotations do not count; another language in the same script is not found.",
    _script,
)
CUT_OFF: Final = Check(
    "cut-off",
    "The last sentence has no end.",
    ("A man stands at a stall. Behind him, two women are carrying a",),
    ("A man stands at a stall.", "red car, street, night", "A black cat on a sofa"),
    "A short text without a full stop passes as a title, and a list of tags passes.",
    _cut_off,
)
MARKUP: Final = Check(
    "markup",
    "The text has Markdown, HTML, JSON or tokens of a model.",
    ("**Harbour at dusk.** Boats lie at the quay.",),
    ("Boats lie at the quay, 3 < 5 of them red.",),
    "A single asterisk or underscore passes.",
    _markup,
)
TOO_LONG: Final = Check(
    "too-long",
    f"The caption has more than {MAX_CHARS:,} characters.",
    ("A wall. " * 126,),
    ("A wall. " * 10,),
    "It counts characters, not what they say.",
    _too_long,
)
TOO_SHORT: Final = Check(
    "too-short",
    f"The caption has fewer than {MIN_WORDS} words.",
    ("A dog",),
    ("A brown dog", "\u4e00\u53ea\u68d5\u8272\u7684\u72d7"),
    "In scripts without spaces, two letters count as a word.",
    _too_short,
)
FORM_CHECKS: Final = (EMPTY, LOOP, SCRIPT, CUT_OFF, MARKUP, TOO_LONG, TOO_SHORT)
