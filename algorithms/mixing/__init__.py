"""Voice and music put together as broadcasters do: a bed of music, ducked under the voice, at a given loudness."""
