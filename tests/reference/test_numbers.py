"""The numbers in the manual are those of the code."""

from rwcap.api.retry import MAX_RETRY_AFTER
from rwcap.cli.options.request import MAX_PROMPTS
from rwcap.core.money import format_price
from rwcap.core.prices import MAX_FIELDS_PRICE, MAX_PRICE, MAX_UNPROVEN
from rwcap.fields.rules import MAX_TITLE
from rwcap.images.jpeg import MAX_SCANS
from rwcap.ledger.leases import LEASE_SECONDS
from rwcap.metadata.descriptive import MAX_CHARS
from rwcap.metadata.iptc import KEYWORDS, MAX_BYTES, TITLE
from rwcap.outputs.records.parts_folder import PART_ROWS
from rwcap.outputs.sheet.pages import MOST
from rwcap.sources.tables.shards import SHARD_ROWS
from rwcap.sources.watch import (
    LOOK_SECONDS,
    MAX_RETRY_SECONDS,
    RETRY_SECONDS,
    STILL_SECONDS,
)
from rwcap.usecases.batch.limits import MAX_CONSECUTIVE_FAILURES, OUTAGE_SECONDS
from rwcap.usecases.checking.caption_checks import MAX_OTHERS
from rwcap.usecases.trial.statistics import MAX_EXACT
from tests.promised_sentences import DOCUMENTS, sentences

WORDS = {1: "an", 2: "two", 5: "five", 8: "eight"}
PHRASES = (
    f"of more than {MAX_CHARS:,} characters",
    f"a JPEG of more than {MAX_SCANS} scans",
    f"a title has at most {MAX_TITLE} characters",
    f"as far as each has at most {MAX_BYTES[TITLE]} bytes",
    f"as far as each has at most {MAX_BYTES[KEYWORDS]} bytes",
    f"one for each {PART_ROWS:,} records",
    f"Each shard of at most {SHARD_ROWS:,} rows",
    f"More than {MOST:,} images are on pages",
    f"by a lease of {LEASE_SECONDS:.0f} seconds",
    f"waits for these leases for at most {LEASE_SECONDS:.0f} seconds",
    f"A run stops after {MAX_CONSECUTIVE_FAILURES} failures of the service",
    f"{MAX_CONSECUTIVE_FAILURES} such failures in a row",
    f"a pause of more than {WORDS[round(MAX_RETRY_AFTER / 60)]} minutes",
    f"the run pauses for {WORDS[round(OUTAGE_SECONDS / 60)]} minutes",
    f"the same for {WORDS[round(STILL_SECONDS)]} seconds",
    f"rwcap looks every {LOOK_SECONDS:.0f} seconds",
    f"tried again after {RETRY_SECONDS / 60:.0f} minutes",
    f"intervals of up to {WORDS[round(MAX_RETRY_SECONDS / 3600)]} hour",
    f"buys another one, up to {WORDS[MAX_OTHERS]}",
    f"two to {WORDS[MAX_PROMPTS]} --prompt-file",
    f"Up to {MAX_EXACT} images, the tests are exact",
    f"A price above ${MAX_UNPROVEN // 10**6} counts in full",
    f"at least {format_price(MAX_PRICE)} ({format_price(MAX_FIELDS_PRICE)} for fields",
)


def test_the_numbers_in_the_manual_are_those_of_the_code() -> None:
    """Limits, pauses and prices."""
    manual = " ".join(each for name in DOCUMENTS for each in sentences(name))

    assert [phrase for phrase in PHRASES if phrase not in manual] == []
