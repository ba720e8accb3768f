"""Environment variables that connect a program to a fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core import FakeVoipbin


def variables(base_url: str, fake: FakeVoipbin) -> dict[str, str]:
    """Return the fake's URL, credentials and a healthy provider, also as VoIPbin's own clients read them.

    The access key belongs to the super-admin's customer. On the servers an access key is a customer admin, so it reads
    the calls that the super-admin's token has placed, but not providers and providercalls.
    """
    admin = fake.super_admin
    return {
        "VOIPBIN_BASE_URL": base_url,
        "VOIPBIN_TOKEN": admin.token,
        "VOIPBIN_ACCESSKEY": admin.accesskey,
        "VOIPBIN_PROVIDER_ID": fake.provider.id,
        "VOIPBIN_API_BASE_URL": base_url,
        "VOIPBIN_API_KEY": admin.accesskey,
        "VN_ACCESS_KEY": admin.accesskey,
    }
