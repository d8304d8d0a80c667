"""The option `rwcap caption --show`: the captions that images already have."""

from rwcap.cli.options.caption import CaptionOptions
from rwcap.cli.terminal import messages, results
from rwcap.core.errors import InputError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.text import display_name, one_line, short_name


def show_texts(given: CaptionOptions) -> ExitStatus:
    """Print a line for each text of each image: path, place, author, text."""
    from rwcap.outputs.existing_captions import read_image_files, shown_texts

    placeholders = given.places.placeholder_descriptions or ()
    failures: list[ExitStatus] = []
    for source in given.sources:
        try:
            found = shown_texts(read_image_files(source), placeholders)
        except InputError as failure:
            messages.error(failure.message, failure.hint)
            failures.append(failure.status)
            continue
        if not found:
            messages.say(f"{short_name(source)}: no caption")
        for each in found:
            fields = (display_name(source), each.place, each.author, each.line)
            results.write("\t".join(one_line(field) for field in fields) + "\n")
    return overall_status(failures, succeeded=len(given.sources) - len(failures))
