"""Each target copes with its seeds, and with seeds that are damaged."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, seeds

DAMAGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=6)), max_size=4
)
"""Where bytes are replaced, how many, and with what."""


def damaged(seed: bytes, damages: list[tuple[float, int, bytes]]) -> bytes:
    """Return a seed with other bytes, more or fewer."""
    for place, size, noise in damages:
        at = round(place * len(seed))
        seed = seed[:at] + noise + seed[at + size :]
    return seed


@pytest.mark.promises("hostile")
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_copes_with_its_seeds(name: str) -> None:
    """Those that once failed are among them."""
    for seed in (b"", *seeds(name)):
        TARGETS[name].run(seed)


@pytest.mark.promises("hostile")
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_copes_with_damaged_seeds(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    """No exception but a documented one is raised, and the results are right."""
    target = TARGETS[name]

    @settings(max_examples=target.examples)
    @given(st.sampled_from([*seeds(name)]), DAMAGES)
    def run(seed: bytes, damages: list[tuple[float, int, bytes]]) -> None:
        target.run(damaged(seed, damages))

    run()
    record_property("runs", target.examples)
