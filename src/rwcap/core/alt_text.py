"""Alternative text: the description of an image that a screen reader reads out.

It is short and plain and does not start with "image of", because the screen reader
announces the image (https://www.w3.org/WAI/tutorials/images/tips/).
"""

import re
from typing import Final

from rwcap.core.sentences import sentence_ends
from rwcap.core.text import one_line

DEFAULT_ALT_CHARS: Final = 150
"""The default limit in characters.

Guidelines recommend 125 to 150. Some screen readers split longer texts
(https://service-manual.nhs.uk/content/inclusive-content/images).
"""

MIN_ALT_CHARS: Final = 40
"""The lowest limit in characters. Shorter texts describe almost nothing."""

MAX_ALT_RETRIES: Final = 5
"""The highest number of retries for which every prompt differs at the lowest limit."""


# Patterns are compiled when alternative text is first wanted: start-up is a budget.
_LINK: Final = r"!?\[([^][]*)\](?:\([^()]*\)|\[[^][]*\])"
_COMMENT: Final = r"<!--[^<>]*-->"
_TAG: Final = r"(?a)<(/?)([A-Za-z][\w-]*)(?:[\s/][^<>]*)?>"
_MARKS: Final = (
    r"(?m)^[ \t]*(?:```\w*|-{3,}|[*_]{3,})[ \t]*$",  # code blocks and rules
    r"(?m)^[ \t]*(?:#{1,6} |[-*+>] (?!\d)|\d{1,2}\) (?=\D))",
    r"(?<!\w)(?:\\?[*_`]){1,3}(?=\S)|(?<=\S)(?:\\?[*_`]){1,3}(?!\w)|~~",
)
"""Headings, lists, quotations and emphasis."""
_NUMBER: Final = r"(?m)^[ \t]*\d{1,2}\. (?=\D)"
"""The number of an entry in a list. On a single line, it can be an ordinal number."""

_IN_WORDS: Final = "a|b|code|em|i|mark|s|small|span|strong|sub|sup|u"
"""HTML elements within a word or a sentence."""
_ELEMENTS: Final = (
    "abbr|acronym|address|area|article|aside|audio|base|bdi|bdo|big|blockquote|body|br"
    "|button|canvas|caption|center|cite|col|colgroup|data|datalist|dd|del|details|dfn"
    "|dialog|div|dl|dt|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset"
    "|h[1-6]|head|header|hgroup|hr|html|iframe|img|input|ins|kbd|label|legend|li|link"
    "|main|map|menu|meta|meter|nav|noscript|object|ol|optgroup|option|output|p|param"
    "|picture|pre|progress|q|rp|rt|ruby|samp|script|search|section|select|slot|source"
    "|strike|style|summary|svg|table|tbody|td|template|textarea|tfoot|th|thead|time"
    "|title|tr|track|tt|ul|var|video|wbr"
)
"""All other HTML elements.

https://html.spec.whatwg.org/multipage/indices.html#elements-3, with some older ones
"""

_LABEL: Final = r"(?i)(?:alt(?:ernative)?[ -]?text|caption|description|image)\s*:\s*"
_NOUN: Final = "(?:image|photo|photograph|picture|illustration|screenshot)"
_VERB: Final = (
    "(?:of|shows?|showing|depicts?|depicting|features?|displays?|captures?|presents?"
    "|portrays?)"
)
_LEAD: Final = (
    rf"(?i)(?:this is |in )?(?:(?:this|the|an?) )?{_NOUN}"
    rf"(?:(?: is)?(?: [a-z]+ly)? {_VERB}\b|,)[\s:]*"
    rf"|(?:this|the) {_NOUN} is (?=an?\b)"
)
_QUOTES: Final = (
    *('""', "''", "\u201c\u201d", "\u201e\u201c", "\u201e\u201d", "\u2018\u2019"),
    *("\u201a\u2018", "\xab\xbb", "\xbb\xab", "\u2039\u203a", "\u300c\u300d"),
)
"""Opening and closing quotation marks of many languages."""


def clean_alt(text: str) -> str:
    """Return a reply on one line without markup, quotation marks, label and lead-in."""
    line = unquoted(one_line(_without_markup(text)))
    if found := re.match(_LABEL, line):
        line = unquoted(line[found.end() :])
    found = re.match(_LEAD, line)
    rest = unquoted(line[found.end() :]) if found else ""
    return rest[:1].upper() + rest[1:] if rest else line


def unquoted(line: str) -> str:
    """Return a line without quotation marks that enclose the whole line."""
    for pair in _QUOTES:
        opening, closing = pair
        inner = line.strip(pair)
        if line[:1] == opening and line[1:].endswith(closing) and opening not in inner:
            return unquoted(inner.strip())
    return line


def _without_markup(text: str) -> str:
    """Return a text without Markdown and HTML."""
    if "&" in text:
        from html import unescape

        text = unescape(text)
    text = _without_tags(re.sub(_COMMENT, " ", re.sub(_LINK, r"\1", text)))
    for pattern in _MARKS:
        text = re.sub(pattern, "", text)
    return re.sub(_NUMBER, "", text) if "\n" in text.strip() else text


def _without_tags(text: str) -> str:
    """Return a text without the tags of HTML, and others that have an end tag.

    What remains can be an inscription: a sign reads <EXIT>.
    """
    ended = {name.lower() for end, name in re.findall(_TAG, text) if end}

    def replacement(found: re.Match[str]) -> str:
        name = found[2].lower()
        if re.fullmatch(_IN_WORDS, name):
            return ""
        is_tag = name in ended or re.fullmatch(_ELEMENTS, name)
        return " " if is_tag else found[0]

    return re.sub(_TAG, replacement, text)


def fit_length(text: str, limit: int) -> str | None:
    """Return alternative text of at most `limit` characters.

    A longer text is cut after its last sentence that fits. Returns None if there is
    no text, or less than a third of the limit would be left: that says little, and may
    be no sentence but an abbreviation.
    """
    whole = clean_alt(text)
    if len(whole) <= limit:
        return whole or None
    ends = sentence_ends(whole, limit)
    return whole[: ends[-1]] if ends and 3 * ends[-1] >= limit else None


def alt_prompt(limit: int) -> str:
    """Return the prompt for alternative text of at most `limit` characters."""
    return (
        "Write alternative text for a screen reader: one plain sentence of at most"
        f" {word_limit(limit)} words that says what matters in this image."
        " Do not begin with the words image, photo or picture."
    )


def shorter_prompt(prompt: str, limit: int, retry: int) -> str:
    """Return a prompt that asks for a shorter text than `prompt`.

    Each retry has a different prompt, so each is a separate purchase that a later run
    can reuse.

    Args:
        prompt: The first prompt.
        limit: The maximum length in characters.
        retry: The number of the retry, from 1. A higher number asks for fewer words.
    """
    return (
        f"{prompt.rstrip()} Answer with one short sentence of at most"
        f" {_word_count(limit, retry)} words."
    )


def word_limit(limit: int) -> int:
    """Return the number of words that fit into `limit` characters: six for a word."""
    return limit // 6


def _word_count(limit: int, retry: int) -> int:
    """Return the number of words to ask for: a sixth fewer with each retry."""
    words = word_limit(limit)
    return max(1, words - retry * max(1, words // 6))
