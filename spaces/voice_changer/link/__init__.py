"""The voice changer's line to the server: packets over a WebRTC data channel or a WebSocket, or an audio track.

The app's process only relays (`routes`, `supervisor`); the sound runs in a process of its own (`process`), since next
to models in one interpreter a packet would wait for seconds. Files, from the page inwards: `routes` (what the browser
asks), `supervisor` (starts and restarts the process), `process` (its main loop and its local socket), `sessions` (one
per visitor: limits, control messages), `peers` (WebRTC), `stream` (packets through the effects), `limits` (numbers).

Environment variables
---------------------
VOICE_ICE_SERVERS : JSON list of {"urls", "username", "credential"} for the browser and the server; none by default.
VOICE_TURN_URLS, VOICE_TURN_SECRET : TURN servers, comma-separated, and the secret shared with them: every visitor gets
    credentials of his own for a day (coturn's ``use-auth-secret``). On Hugging Face Spaces only ports 80, 443 and 8080
    go out, so WebRTC needs ``turns:HOST:443?transport=tcp`` there; without it the page takes the WebSocket.
VOICE_MAX_CONNECTIONS, VOICE_MAX_PER_VISITOR, VOICE_MAX_MINUTES, VOICE_IDLE_S, VOICE_CONNECT_S : see `limits.Limits`.
"""
