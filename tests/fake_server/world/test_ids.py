"""Ids: the same seed produces the same ids in every release."""

from __future__ import annotations

import random
import string
import uuid

from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.fake_server.world.ids import Ids, RandomBytes

LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


@given(st.integers(0, 2**64))
def test_secrets_are_the_same_as_those_of_random_choices(seed: int) -> None:
    ids, generator = Ids(seed), random.Random(seed)
    assert ids.accesskey() == "vb_" + "".join(generator.choices(LETTERS, k=32))
    assert ids.password() == "".join(generator.choices(LETTERS, k=20))


@given(
    st.integers(0, 2**64),
    st.integers(0, 2**64),
    # The first 16 KiB are shared.
    st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 26, 160, 512, 8000, 16_000, 20_000]), max_size=12),
    st.integers(0, 12),
)
def test_random_bytes_are_those_of_random(seed: int, other: int, counts: list[int], saved: int) -> None:
    found, generator, restored = RandomBytes(seed), random.Random(seed), RandomBytes(other)
    restored.take(other % 20_000)
    for number, count in enumerate(counts):
        if number == saved:
            restored.restore(found.state())
        assert found.take(count) == generator.randbytes(count)
        if number >= saved:
            restored.take(count)
    if saved < len(counts):
        assert restored.take(30) == found.take(30)


@given(st.integers(0, 2**32))
def test_ids_are_random_uuids_of_version_4(seed: int) -> None:
    ids = Ids(seed)
    found = [ids.uuid() for _ in range(40)]
    data = random.Random(seed)
    expected = [str(uuid.UUID(bytes=data.randbytes(16), version=4)) for _ in range(32)]
    assert found[:32] == expected[::-1]
    assert len(set(found)) == 40
