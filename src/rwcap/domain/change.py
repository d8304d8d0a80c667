"""What has to change in a picture before it is sent, decided without decoding it."""

from rwcap.domain.errors import InputError
from rwcap.domain.format import Foreign, Format
from rwcap.domain.part import Facts
from rwcap.domain.picture import MAX_BYTES, MIN_SIDE, word
from rwcap.domain.preparation import Preparation, Prepare


def changes(
    found: Format | Foreign, facts: Facts, size: int, preparation: Preparation
) -> tuple[str, ...]:
    """Return what has to be done to a picture whose file has `size` bytes.

    The words are part of the picture's identity, and so never change: a picture
    that is sent otherwise is another. For foreign formats, whose bytes imply the
    rest, they are only where it comes from and how far it is scaled.
    """
    if preparation.how is Prepare.NEVER:
        return ()
    scaled = fit(facts.width, facts.height, preparation.max_side)
    foreign = isinstance(found, Foreign)
    known = {
        f"from {found}": foreign,
        "first frame": facts.animated and not foreign,
        f"orientation {facts.orientation}": facts.orientation != 1,
        "8 bit": facts.depth > 8,  # noqa: PLR2004  # as it says
        "inks to RGB": facts.inks,
        "on white": facts.alpha,
        "profile to sRGB": facts.profile,
        f"side {preparation.max_side}": scaled != (facts.width, facts.height),
    }
    needed = tuple(words for words, needs in known.items() if needs)
    if needed or (preparation.how is Prepare.AUTO and size <= MAX_BYTES):
        return needed
    return ("encoded again",)


def fit(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Return the size with a long side of at most `max_side`, 0 for any.

    The short side stays at what the model needs, however narrow the picture is.
    """
    short, long = sorted((width, height))
    scale = max(max_side / long, MIN_SIDE / short) if max_side else 1.0
    if scale >= 1:
        return width, height
    return round(width * scale), round(height * scale)


def check_changeable(
    found: Format | Foreign, facts: Facts | None, name: str, preparation: Preparation
) -> None:
    """Raise `InputError` for a picture that would have to change and must not.

    Metadata is never sent, so nothing would tell the model which way up it is.
    """
    if preparation.how is not Prepare.NEVER:
        return
    if isinstance(found, Foreign):
        what = f"{found} has to become a JPEG"
    elif facts and facts.orientation != 1:
        what = "it has to be turned"
    else:
        return
    raise InputError(
        f"{name}: {what}, which --prepare never forbids",
        code="needsPreparation",
        hint="leave out --prepare never",
    )


def check_pixels(facts: Facts, name: str, preparation: Preparation) -> None:
    """Raise `InputError` for a picture that would fill the memory when decoded."""
    pixels = facts.width * facts.height
    if pixels > preparation.max_pixels:
        raise InputError(
            f"{name}: {facts.width} by {facts.height} pixels;"
            f" more than {preparation.max_pixels:,} in all are not decoded",
            code="tooManyPixels",
            hint=f"if you trust it, --max-pixels {pixels}",
        )


def check_bytes(data: bytes, name: str) -> None:
    """Raise `InputError` for a picture that, as it would be sent, is too large."""
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{name}: more than {MAX_BYTES:,} bytes",
            code="imageTooLarge",
            hint=f"magick {word(name)} -resize '2048x2048>' small.jpg",
        )
