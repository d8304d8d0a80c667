"""Fields that were bought with others are found, for this image and model alone."""

from pathlib import Path

from rwcap.api.reply import CaptionResult
from rwcap.core.fields_prompt import join_fields_prompt
from rwcap.core.money import Micros
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reservation import RequestKey, ReservationRequest

MODEL = "runware:152@1"
TITLE, ALT = '"title": string', '"alt": string'


def key(*lines: str, model: str = MODEL) -> RequestKey:
    """Return the key of a request for fields."""
    return RequestKey(model, join_fields_prompt("Which?", lines))


def test_a_part_of_bought_fields_is_found(tmp_path: Path) -> None:
    """The newest reply with all of them answers."""
    locks = FileLocks(tmp_path / "locks")
    ledger = Ledger(tmp_path / "ledger.sqlite3", locks=locks, command="test")
    purchases = ledger.purchases
    for uuid, request in (("a", key(TITLE)), ("b", key(TITLE, ALT))):
        wanted = ReservationRequest(b"image", request, uuid, "a.jpg")
        purchases.begin_reserve(wanted).result()
        result = CaptionResult(f"{{{uuid}}}", Micros(1300))
        purchases.settle(uuid, result, attempts=1)

    def found(request: RequestKey, image: bytes = b"image") -> str | None:
        answer = purchases.find_by_key(image, request)
        return answer and answer.task_uuid

    assert found(key(ALT)) == "b"
    assert found(key(TITLE)) == "a"
    assert found(key(ALT, TITLE)) == "b"
    assert found(key(ALT, '"people": integer')) is None
    assert found(key(ALT, model="other:1@1")) is None
    assert found(key(ALT), b"other image") is None
    assert found(RequestKey(MODEL, "Which?")) is None
    assert found(RequestKey(MODEL, None)) is None
