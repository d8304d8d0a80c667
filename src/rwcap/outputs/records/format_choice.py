"""The format of a record file, by its name and by the options of the user."""

from pathlib import Path

from rwcap.core.errors import UsageError
from rwcap.core.text import short_name
from rwcap.outputs.records.record_formats import (
    ImageFolderFormat,
    JsonlFormat,
    RecordFormat,
    TableStyle,
)


def choose_format(path: str, style: TableStyle) -> RecordFormat:
    """Return the format for a file.

    Raises:
        UsageError: The suffix is unknown, or the style does not fit it.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in {".csv", ".tsv", ".jsonl"}:
        raise UsageError(
            f"{short_name(path)}: unknown format, not .jsonl, .csv, .tsv or .parquet",
            hint="-o captions.jsonl, or -o captions.csv",
        )
    if style.image_folder and suffix != ".jsonl":
        raise UsageError(
            "--layout imagefolder needs a JSONL file", hint="-o photos/metadata.jsonl"
        )
    others = style._replace(image_folder=False, fields=())
    if suffix == ".jsonl" and others != TableStyle():
        raise UsageError(
            "--columns is for CSV and Parquet, --delimiter and --bom are for CSV",
            hint="-o captions.csv",
        )
    if style.image_folder:
        from rwcap.outputs.records.table_rows import check_field_names

        check_field_names(style.fields)
        return ImageFolderFormat(str(Path(path).parent))
    if suffix == ".jsonl":
        return JsonlFormat()
    from rwcap.outputs.records.csv_records import CsvFormat

    return CsvFormat(style, "," if suffix == ".csv" else "\t")
