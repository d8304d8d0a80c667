"""Prepare an image for the service; only an image that needs a change is decoded."""

from hashlib import sha256

from rwcap.core.errors import InputError
from rwcap.images import jpeg
from rwcap.images.container import ImageInfo
from rwcap.images.formats import RAW, ConvertibleFormat, Format, identify
from rwcap.images.image import (
    PreparedImage,
    changed_digest,
    check_dimensions,
    parse_image,
    shell_name,
)
from rwcap.images.limits import (
    MAX_UPLOAD_BYTES,
    PrepareMode,
    PrepareOptions,
    scaled_size,
)
from rwcap.images.raw import find_preview


def required_changes(
    found: Format | ConvertibleFormat,
    info: ImageInfo,
    size: int,
    options: PrepareOptions,
) -> tuple[str, ...]:
    """Return the changes that an image needs before it is sent.

    The strings are part of the identity of an image, so they must never change. The
    changes to a convertible format are only its conversion and scaling, because its
    bytes determine the rest.

    Args:
        found: The format of the file.
        info: The properties of the image.
        size: Bytes of the file without metadata.
        options: The options of the user.
    """
    if options.mode is PrepareMode.NEVER:
        return ()
    scaled = scaled_size(info.width, info.height, options.max_side)
    converted = isinstance(found, ConvertibleFormat)
    conditions = {
        f"from {found}": converted,
        "first frame": info.animated and not converted,
        f"orientation {info.orientation}": info.orientation != 1,
        "8 bit": info.depth > 8,  # noqa: PLR2004  # as it says
        "inks to RGB": info.cmyk,
        "on white": info.alpha,
        "profile to sRGB": info.non_srgb,
        f"side {options.max_side}": scaled != (info.width, info.height),
    }
    changes = tuple(change for change, is_needed in conditions.items() if is_needed)
    if changes or (options.mode is PrepareMode.AUTO and size <= MAX_UPLOAD_BYTES):
        return changes
    return ("encoded again",)


def check_conversion_allowed(
    found: Format | ConvertibleFormat,
    info: ImageInfo | None,
    name: str,
    options: PrepareOptions,
) -> None:
    """Raise `InputError` if `--prepare never` forbids a change that is necessary.

    Metadata is never sent, so the service would show a rotated image to the model
    as it is stored.
    """
    if options.mode is not PrepareMode.NEVER:
        return
    if isinstance(found, ConvertibleFormat):
        change = f"convert {found} to JPEG"
    elif info and info.orientation != 1:
        change = "rotate the image"
    else:
        return
    raise InputError(
        f"{name}: with --prepare never, rwcap cannot {change}",
        code="needsPreparation",
        hint="leave out --prepare never",
    )


def check_pixel_count(info: ImageInfo, name: str, options: PrepareOptions) -> None:
    """Raise `InputError` if decoding the image would need too much memory."""
    pixels = info.width * info.height
    if pixels > options.max_pixels:
        raise InputError(
            f"{name}: {info.width} by {info.height} pixels;"
            f" the maximum is {options.max_pixels:,} pixels in total",
            code="tooManyPixels",
            hint=f"if you trust the file: --max-pixels {pixels}",
        )


def check_upload_bytes(data: bytes, name: str) -> None:
    """Raise `InputError` if the bytes to send are too many."""
    if len(data) > MAX_UPLOAD_BYTES:
        raise InputError(
            f"{name}: more than {MAX_UPLOAD_BYTES:,} bytes",
            code="imageTooLarge",
            hint=f"magick {shell_name(name)} -resize '2048x2048>' small.jpg",
        )


def prepare(data: bytes, name: str, options: PrepareOptions) -> PreparedImage:
    """Return the image in a file as it is sent.

    Args:
        data: The bytes of the file.
        name: The name of the image in messages.
        options: The options of the user.

    Raises:
        InputError: The image cannot be captioned.
    """
    found = identify(data)
    if isinstance(found, ConvertibleFormat):
        check_conversion_allowed(found, None, name, options)
        return _convert(found, data, name, options)
    is_raw = found == RAW
    image = _preview(data, name) if is_raw else _parse(found, data, name, options)
    check_conversion_allowed(image.format, image.info, name, options)
    check_pixel_count(image.info, name, options)
    if not required_changes(image.format, image.info, len(image.data), options):
        check_upload_bytes(image.data, name)
        return image
    # Convert the data without metadata, so that none can reach the encoded image.
    return _convert(image.format, image.data, name, options, image)


def _preview(data: bytes, name: str) -> PreparedImage:
    """Return the preview in a raw file, turned as the raw file or the preview says."""
    preview, orientation = find_preview(data, name)
    image = parse_image(preview, name=name)
    if image.info.orientation != 1:
        return image
    return image._replace(info=image.info._replace(orientation=orientation))


def _parse(
    found: Format | str | None, data: bytes, name: str, options: PrepareOptions
) -> PreparedImage:
    """Return the image in a file; add the end marker of a JPEG if only that is missing.

    Cameras and downloads that were interrupted leave such files, and decoders show
    them.
    """
    try:
        return parse_image(data, name=name)
    except InputError as error:
        if found is Format.JPEG and error.code == "truncatedImage":
            completed = _complete(data.rstrip(b"\xff"), name, options)
            if completed:
                return completed
        raise


def _complete(data: bytes, name: str, options: PrepareOptions) -> PreparedImage | None:
    """Return the image in a JPEG without end marker, or None if pixels are missing."""
    try:
        image = parse_image(data + jpeg.END, name=name)
    except InputError:
        return None
    check_pixel_count(image.info, name, options)
    # Importing Pillow takes longer than everything else.
    from rwcap.images.convert import has_all_pixels

    is_whole = jpeg.has_all_scans(image.data, jpeg.parse(image.data))
    return (
        image if is_whole and has_all_pixels(data, name, options.max_pixels) else None
    )


def _convert(
    found: Format | ConvertibleFormat,
    data: bytes,
    name: str,
    options: PrepareOptions,
    parsed: PreparedImage | None = None,
) -> PreparedImage:
    """Return the image in `data` as a JPEG with the required changes."""
    # Importing Pillow takes longer than everything else.
    from rwcap.images.convert import convert, header_info, open_image

    with open_image(data, found, name, options.max_pixels) as image:
        info = parsed.info if parsed else header_info(image)
        check_dimensions(info, name)
        check_pixel_count(info, name, options)
        encoded, size = convert(image, info.orientation, options.max_side)
    check_upload_bytes(encoded, name)
    original = parsed.digest if parsed else sha256(data).hexdigest()
    changes = required_changes(found, info, len(data), options)
    return PreparedImage(
        format=Format.JPEG,
        data=encoded,
        info=info,
        digest=changed_digest(original, changes),
        removed=parsed.removed if parsed else (),
        changes=changes,
        encoded_size=size,
    )
