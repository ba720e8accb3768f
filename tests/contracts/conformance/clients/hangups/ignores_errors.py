"""Reports success whatever the response to the hangup is."""

from __future__ import annotations

import contextlib

from ..correct import Dialer, DialerError, Json

BREAKS = "CLIENT-HANGUP-02"


class Client(Dialer):
    def hang_up(self, id: str) -> Json:
        with contextlib.suppress(DialerError):
            return super().hang_up(id)
        return {}
