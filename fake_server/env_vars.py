"""Environment variables that connect a program to a fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core import FakeVoipbin


def variables(base_url: str, fake: FakeVoipbin) -> dict[str, str]:
    """Return the fake's URL, a super-admin's credentials and a healthy provider; voipbin-mcp reads the last two."""
    admin = fake.super_admin
    return {
        "VOIPBIN_BASE_URL": base_url,
        "VOIPBIN_TOKEN": admin.token,
        "VOIPBIN_ACCESSKEY": admin.accesskey,
        "VOIPBIN_PROVIDER_ID": fake.provider.id,
        "VOIPBIN_API_BASE_URL": base_url,
        "VOIPBIN_API_KEY": admin.accesskey,
    }
