"""What one visitor may take of the server, and which ICE servers there are: all from environment variables."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RATE = 48_000  # Hz, everywhere
PACKET_SAMPLES = (64, 960)  # least and most in a packet: 1.3 ms to 20 ms
MAX_BODY_BYTES = 64_000  # of an offer; a browser's is about 3 kB
MAX_CHAIN_STEPS = 12
MAX_CONTROL_BYTES = 8_000  # of one control message
MAX_CONTROLS_PER_S = 100  # a slider that is dragged sends 60
MAX_CANDIDATES = 32  # addresses in an offer
TURN_CREDENTIAL_S = 86_400  # life of a visitor's TURN credentials


@dataclass(frozen=True)
class Limits:
    """Limits of one voice process.

    Attributes
    ----------
    connections : int
        At most so many visitors at once: each takes about a sixth of the one core that the process can use.
    per_visitor : int
        So many of them at most from one address: nobody alone can keep all others out.
    seconds : float
        The longest a connection lasts.
    idle_s : float
        Without a packet for so long a connection is closed: the visitor left without a word, or his sound stands still.
    connect_s : float
        An offer that leads to no connection in so long is forgotten.
    """

    connections: int = 4
    per_visitor: int = 3
    seconds: float = 30 * 60
    idle_s: float = 15
    connect_s: float = 20

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """Read VOICE_MAX_CONNECTIONS, VOICE_MAX_PER_VISITOR, VOICE_MAX_MINUTES, VOICE_IDLE_S, VOICE_CONNECT_S.

        ValueError names a bad one.
        """

        def number(name: str, default: float, factor: float = 1) -> float:
            text = environment.get(name, "")
            if not text:
                return default
            try:
                value = float(text) * factor
            except ValueError as error:
                raise ValueError(f"{name} must be a number, not {text!r}.") from error
            if not 0 < value < 1e9:
                raise ValueError(f"{name} must be a number above zero, not {text!r}.")
            return value

        return cls(
            connections=int(number("VOICE_MAX_CONNECTIONS", cls.connections)),
            per_visitor=int(number("VOICE_MAX_PER_VISITOR", cls.per_visitor)),
            seconds=number("VOICE_MAX_MINUTES", cls.seconds, 60),
            idle_s=number("VOICE_IDLE_S", cls.idle_s),
            connect_s=number("VOICE_CONNECT_S", cls.connect_s),
        )


def ice_servers(environment: Mapping[str, str] = os.environ, *, now_s: float | None = None) -> list[dict[str, Any]]:
    """Return the ICE servers as RTCPeerConnection takes them; none unless the environment names some.

    Parameters
    ----------
    environment
        VOICE_ICE_SERVERS and VOICE_TURN_URLS with VOICE_TURN_SECRET, see the package.
    now_s
        Unix time from which TURN credentials are valid for a day; default now.

    Raises
    ------
    ValueError
        Where a variable can't be read.

    Notes
    -----
    The credentials are those of the TURN REST API (draft-uberti-behave-turn-rest-00): the user name is the time at
    which it ends, the password HMAC-SHA1(secret, user name) in base64.
    """
    text = environment.get("VOICE_ICE_SERVERS", "") or "[]"
    wrong = 'VOICE_ICE_SERVERS must be a JSON list like [{"urls": "turns:turn.example.org:443?transport=tcp"}].'
    try:
        servers = json.loads(text)
    except ValueError as error:
        raise ValueError(wrong) from error
    if not isinstance(servers, list) or not all(isinstance(s, dict) and s.get("urls") for s in servers):
        raise ValueError(wrong)
    urls = [url.strip() for url in environment.get("VOICE_TURN_URLS", "").split(",") if url.strip()]
    secret = environment.get("VOICE_TURN_SECRET", "")
    if urls and not secret:
        raise ValueError("VOICE_TURN_URLS needs VOICE_TURN_SECRET, the secret shared with the TURN server.")
    if urls:
        user = str(int(time.time() if now_s is None else now_s) + TURN_CREDENTIAL_S)
        digest = hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()
        servers = [*servers, {"urls": urls, "username": user, "credential": base64.b64encode(digest).decode()}]
    return servers
