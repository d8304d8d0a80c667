"""Prepare images: decide what has to change, decode only where something has to."""

from hashlib import sha256

from rwcap.core.errors import InputError
from rwcap.images.formats import Foreign, Format, identify
from rwcap.images.image import MAX_BYTES, Picture, check_size, parse_picture, word
from rwcap.images.parts import Facts
from rwcap.images.preparation import Preparation, Prepare, fit


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


def prepare(data: bytes, name: str, preparation: Preparation) -> Picture:
    """Return the picture in the file `data` as it is to be sent.

    Raises `InputError` naming `name` for what cannot be captioned.
    """
    found = identify(data)
    if isinstance(found, Foreign):
        check_changeable(found, None, name, preparation)
        return _convert(found, data, name, preparation)
    picture = parse_picture(data, name=name)
    check_changeable(picture.format, picture.facts, name, preparation)
    check_pixels(picture.facts, name, preparation)
    if not changes(picture.format, picture.facts, len(picture.data), preparation):
        check_bytes(picture.data, name)
        return picture
    # From what is left without metadata: no other program has to be trusted to
    # ignore it.
    return _convert(picture.format, picture.data, name, preparation, picture)


def _convert(
    found: Format | Foreign,
    data: bytes,
    name: str,
    preparation: Preparation,
    parsed: Picture | None = None,
) -> Picture:
    """Return the picture in `data` as a JPEG, changed as it has to be."""
    # Pillow takes longer to import than all the rest.
    from rwcap.images.convert import convert, header, opened

    with opened(data, found, name, preparation.max_pixels) as image:
        facts = parsed.facts if parsed else header(image)
        check_size(facts, name)
        check_pixels(facts, name, preparation)
        encoded, size = convert(image, facts.orientation, preparation.max_side)
    check_bytes(encoded, name)
    return Picture(
        format=Format.JPEG,
        data=encoded,
        encoded_size=size,
        facts=facts,
        removed=parsed.removed if parsed else (),
        changes=changes(found, facts, len(data), preparation),
        origin=sha256(data).digest(),
    )
