"""Checks of English wording. What a quotation says does not count."""

from typing import Final

from rwcap.checks.check import Check, pattern_excerpt
from rwcap.checks.form import without_quotations

_PICTURE: Final = (
    "(?:image|photo|photograph|picture|illustration|screenshot|scene|drawing"
    "|painting|render(?:ing)?)"
)
_REFUSAL: Final = (
    r"(?i)\bI(?:['\u2019]m| am) (?:sorry|unable|not able|afraid)\b"
    r"|\bI (?:can(?:not|['\u2019]t| not)|could(?: not|n['\u2019]t)"
    r"|do(?: not|n['\u2019]t)|won['\u2019]t|am not)\b"
    r"|^\W*(?:sorry|unfortunately|apologies)\b|\bI apologi[sz]e\b"
    r"|\bas an? (?:AI|(?:large )?language model|(?:AI )?assistant)\b"
    r"|\b(?:unable|not able|not possible) to (?:view|see|process|describe|assist"
    r"|identify|display|access|open|analy[sz]e|provide)\b"
    r"|\bno (?:image|picture|photo) (?:was|is|has been|provided|attached|found)\b"
    r"|\b(?:please|could you) (?:provide|upload|share|attach|send)\b"
)
_PREAMBLE: Final = (
    r"(?i)^\W*(?:sure\b|certainly\b|of course\b|okay\b|absolutely\b"
    r"|here(?:['\u2019]s| is| are)\b(?=.{0,60}(?:\b(?:caption|description|text|prompt"
    r"|alt|summary|version|tags?|answer)\b|:))"
    r"|(?:(?:image|short|detailed|alt(?:ernative)?)[ -]){0,2}"
    r"(?:caption|description|prompt|text|answer|title)\s*:"
    rf"|(?:in )?(?:this|the) {_PICTURE}\b[\s,]*(?:(?:prominently |vividly |clearly )?"
    r"(?:shows?|showing|depicts?|depicting|features?|displays?|captures?|presents?"
    r"|portrays?|illustrates?|contains?|is|appears|seems|you|we|there|an?|the)\b)"
    rf"|(?:this|it) is an? (?:\w+ ){{0,3}}{_PICTURE}\b"
    rf"|(?:we|you|one|I) (?:can )?see\b)"
)
_HEDGING: Final = (
    r"(?i)\b(?:(?:appears?|seems?|looks?) (?:to|like|as (?:if|though))\b"
    r"|(?:appear|seem)(?:s|ing)? (?!in\b|on\b|at\b|from\b)\w+"
    r"|possibly|perhaps|probably|presumably|apparently|maybe|likely"
    r"|(?:might|may|could) (?:be|have|also|indicate|suggest|represent)\b"
    r"|suggest(?:s|ing)? (?:that|an?|the|it|they|he|she)\b"
    r"|some (?:kind|sort) of\b|what (?:looks|appears)\b|it is (?:unclear|not clear))"
)
_META: Final = (
    r"(?i)\b(?:(?:this|the|provided|given|above|following|entire|overall) "
    r"(?:\w+ )?(?:image|photo|photograph|picture|caption|prompt|description)\b"
    r"|(?:captions?|alt text|the viewer|prompts?|user|aspect ratio|watermarks?)\b"
    r"|(?:image|photo) (?:quality|style|composition|resolution)\b"
    r"|describe (?:this|the)\b)"
)


def _refusal(text: str) -> str | None:
    return pattern_excerpt(_REFUSAL, text, without_quotations(text))


def _preamble(text: str) -> str | None:
    return pattern_excerpt(_PREAMBLE, text)


def _hedging(text: str) -> str | None:
    return pattern_excerpt(_HEDGING, text, without_quotations(text))


def _meta_words(text: str) -> str | None:
    return pattern_excerpt(_META, text, without_quotations(text))


REFUSAL: Final = Check(
    "refusal",
    "The model says that it cannot, or asks for something.",
    ("I'm sorry, but I cannot describe people.",),
    ('A sign on the door reads "Sorry, I can\'t help you".',),
    "English only; a caption in the first person can fail.",
    _refusal,
)
PREAMBLE: Final = Check(
    "preamble",
    "The caption starts with words about itself, such as `The image shows`.",
    ("Here is a caption for your photo: a dog on a beach.",),
    ("Here a river meets the sea.", "A photo of a dog on a beach."),
    "English only; `A photo of` passes, because training sets use it.",
    _preamble,
)
HEDGING: Final = Check(
    "hedging",
    "The caption guesses: `appears to be`, `possibly`.",
    ("A man, possibly a fisherman, holds what looks like a net.",),
    ("The sun appears on the horizon behind two boats.",),
    "English only; a guess in other words passes.",
    _hedging,
)
META_WORDS: Final = Check(
    "meta-words",
    "The caption speaks of the image, the caption, the prompt or the viewer.",
    ("Two boats at a quay; the overall image is calm.",),
    ("A picture frame hangs above two photos on the wall.",),
    "English only; `the picture` on a wall in the scene fails.",
    _meta_words,
)
WORDING_CHECKS: Final = (REFUSAL, PREAMBLE, HEDGING, META_WORDS)
