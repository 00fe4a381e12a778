"""The messages between the app's process and the voice process, for one relayed WebSocket."""

from __future__ import annotations

import struct

FRAME = struct.Struct("<IB")  # length of the body, what it is; then the body
SOUND, CONTROL, END = 0, 1, 2
