"""Prepare images: decide what has to change, decode only where something has to."""

from hashlib import sha256

from rwcap.core.errors import InputError
from rwcap.images.container import ImageInfo
from rwcap.images.formats import ConvertibleFormat, Format, identify
from rwcap.images.image import (
    MAX_UPLOAD_BYTES,
    PreparedImage,
    check_dimensions,
    parse_image,
    shell_name,
)
from rwcap.images.limits import PrepareMode, PrepareOptions, scaled_size


def required_changes(
    found: Format | ConvertibleFormat,
    facts: ImageInfo,
    size: int,
    preparation: PrepareOptions,
) -> tuple[str, ...]:
    """Return what has to be done to a picture whose file has `size` bytes.

    The words are part of the picture's identity, and so never change: a picture
    that is sent otherwise is another. For foreign formats, whose bytes imply the
    rest, they are only where it comes from and how far it is scaled.
    """
    if preparation.mode is PrepareMode.NEVER:
        return ()
    scaled = scaled_size(facts.width, facts.height, preparation.max_side)
    foreign = isinstance(found, ConvertibleFormat)
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
    if needed or (preparation.mode is PrepareMode.AUTO and size <= MAX_UPLOAD_BYTES):
        return needed
    return ("encoded again",)


def check_conversion_allowed(
    found: Format | ConvertibleFormat,
    facts: ImageInfo | None,
    name: str,
    preparation: PrepareOptions,
) -> None:
    """Raise `InputError` for a picture that would have to change and must not.

    Metadata is never sent, so nothing would tell the model which way up it is.
    """
    if preparation.mode is not PrepareMode.NEVER:
        return
    if isinstance(found, ConvertibleFormat):
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


def check_pixel_count(facts: ImageInfo, name: str, preparation: PrepareOptions) -> None:
    """Raise `InputError` for a picture that would fill the memory when decoded."""
    pixels = facts.width * facts.height
    if pixels > preparation.max_pixels:
        raise InputError(
            f"{name}: {facts.width} by {facts.height} pixels;"
            f" more than {preparation.max_pixels:,} in all are not decoded",
            code="tooManyPixels",
            hint=f"if you trust it, --max-pixels {pixels}",
        )


def check_upload_bytes(data: bytes, name: str) -> None:
    """Raise `InputError` for a picture that, as it would be sent, is too large."""
    if len(data) > MAX_UPLOAD_BYTES:
        raise InputError(
            f"{name}: more than {MAX_UPLOAD_BYTES:,} bytes",
            code="imageTooLarge",
            hint=f"magick {shell_name(name)} -resize '2048x2048>' small.jpg",
        )


def prepare(data: bytes, name: str, preparation: PrepareOptions) -> PreparedImage:
    """Return the picture in the file `data` as it is to be sent.

    Raises `InputError` naming `name` for what cannot be captioned.
    """
    found = identify(data)
    if isinstance(found, ConvertibleFormat):
        check_conversion_allowed(found, None, name, preparation)
        return _convert(found, data, name, preparation)
    picture = parse_image(data, name=name)
    check_conversion_allowed(picture.format, picture.info, name, preparation)
    check_pixel_count(picture.info, name, preparation)
    if not required_changes(
        picture.format, picture.info, len(picture.data), preparation
    ):
        check_upload_bytes(picture.data, name)
        return picture
    # From what is left without metadata: no other program has to be trusted to
    # ignore it.
    return _convert(picture.format, picture.data, name, preparation, picture)


def _convert(
    found: Format | ConvertibleFormat,
    data: bytes,
    name: str,
    preparation: PrepareOptions,
    parsed: PreparedImage | None = None,
) -> PreparedImage:
    """Return the picture in `data` as a JPEG, changed as it has to be."""
    # Pillow takes longer to import than all the rest.
    from rwcap.images.convert import convert, header_info, open_image

    with open_image(data, found, name, preparation.max_pixels) as image:
        facts = parsed.info if parsed else header_info(image)
        check_dimensions(facts, name)
        check_pixel_count(facts, name, preparation)
        encoded, size = convert(image, facts.orientation, preparation.max_side)
    check_upload_bytes(encoded, name)
    return PreparedImage(
        format=Format.JPEG,
        data=encoded,
        encoded_size=size,
        info=facts,
        removed=parsed.removed if parsed else (),
        changes=required_changes(found, facts, len(data), preparation),
        origin=sha256(data).digest(),
    )
