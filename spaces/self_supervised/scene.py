"""What the parts show things of: the recording, with what the open part needs already made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import models
from components.lesson import Visit

from . import sound
from .sound import CTC, HUBERT, WAV2VEC, Source


@dataclass(frozen=True)
class Scene:
    """The recording that the parts are about."""

    source: Source


def needed(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the results that the open part shows."""
    return {
        "frames": (f"conv{int(fields['depth'])}",),
        "contrast": ("codes",),
        "units": ("units", "mfcc_units", "letters", "targets"),
        "layers": ("layers", "letters"),
    }[fields["part"]]


def networks(source: Source, fields: Mapping[str, Any]) -> set[str]:
    """Return the models that have to run before the open part can be shown."""
    missing = [name for name in needed(fields) if name not in source.made]
    wanted = {CTC if name == "letters" else WAV2VEC if name == "codes" else HUBERT for name in missing}
    return wanted | ({WAV2VEC} if fields["part"] == "contrast" else set())  # its game is played anew each time


def scene(visit: Visit) -> Scene:
    """Make what the open part needs."""
    source = sound.source_of(visit.own, visit.fields["clip"])
    names = needed(visit.fields)
    for at, name in enumerate(names):
        if name not in source.made:
            visit.progress(at / len(names), "The networks listen")
        source.get(name)
    return Scene(source)


def is_slow(visit: Visit) -> bool | str:
    """Whether a network has to be loaded first."""
    try:
        source = sound.source_of(visit.own, visit.fields["clip"])
    except ValueError:
        return False
    waits = [name for name in networks(source, visit.fields) if not models.is_loaded(name)]
    return f"Loading {', '.join(sorted(waits))}" if waits else False
