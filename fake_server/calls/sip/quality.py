"""The quality of a call's audio, as VoIPbin's media proxy reports it at the end: that of a perfect network."""

from __future__ import annotations

from typing import Any

from ...world.records import Call

_MOS = 4.4
"""The mean opinion score of G.711 without losses."""
_PACKETS_PER_SECOND = 2 * 50
"""RTP packets in both directions, each with 20 ms of audio."""
_RTP_PACKET = 172
_SECONDS_PER_REPORT = 5
_RTCP_PACKET = 52


def rtcp_stats(call: Call) -> dict[str, Any] | None:
    """Return the statistics of a call that was answered and has ended; None for any other."""
    if call.tm_progressing is None or call.tm_hangup is None:
        return None
    seconds = (call.tm_hangup - call.tm_progressing).total_seconds()
    rtp, rtcp = int(seconds * _PACKETS_PER_SECOND), 2 * int(seconds / _SECONDS_PER_REPORT)
    return {
        "mos": _MOS,
        "jitter": 0,
        "packet_loss_pct": 0,
        "rtt": 0,
        "rtp_bytes": rtp * _RTP_PACKET,
        "rtp_packets": rtp,
        "rtp_errors": 0,
        "rtcp_bytes": rtcp * _RTCP_PACKET,
        "rtcp_packets": rtcp,
        "rtcp_errors": 0,
    }
