"""Ids: the same seed gives the same ones, in every release."""

from __future__ import annotations

import random
import string

from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.fake_server.world.ids import Ids

LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


@given(st.integers(0, 2**64))
def test_secrets_are_those_that_random_choices_draws(seed: int) -> None:
    ids, drawn = Ids(seed), random.Random(seed)
    assert ids.accesskey() == "vb_" + "".join(drawn.choices(LETTERS, k=32))
    assert ids.password() == "".join(drawn.choices(LETTERS, k=20))
    assert ids.state()[0] == drawn.getstate()
