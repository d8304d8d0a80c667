"""Pictures made ready to be sent; decoded only where something has to change."""

from hashlib import sha256

from rwcap.domain.change import (
    changes,
    check_bytes,
    check_changeable,
    check_pixels,
)
from rwcap.domain.format import Foreign, Format, identify
from rwcap.domain.picture import Picture, check_size, parse_picture
from rwcap.domain.preparation import Preparation


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
    from rwcap.adapters.images.convert import convert
    from rwcap.adapters.images.decode import header, opened

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
