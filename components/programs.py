"""Functions that programs call by name: with `gradio_client`, over plain HTTP, and as MCP tools (see mcp_tools.py).

A room lists them in ``SPACE.programs``; `register` makes endpoints of them. Such a function is an ordinary one, whose
name is the endpoint's and whose arguments say what they take and in which range::

    Window = Annotated[float, Field(ge=1, le=1000, description="Length of a window, ms.")]

    def loudness(audio: Audio, window_ms: Window = 100.0) -> dict[str, Any]: ...

Its docstring and these descriptions are what programs are told. Gradio hands over whatever a program has sent, so
`register` checks that by the annotations (pydantic); what the function refuses itself it raises, see `Endpoint`.

Nothing of a sound may stay when it has answered: it reads files itself and calls no page's memory. The uploaded file
is deleted with the others minutes after it came (scratch.py).
"""

from __future__ import annotations

import inspect
import re
import reprlib
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, get_type_hints

import gradio as gr
from gradio import FileData
from gradio_client.utils import is_file_obj_with_meta
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, validate_call

from algorithms.sound import Audio as ReadAudio
from algorithms.sound import AudioError, load, probe

NO_FILE = "Give a sound file: in Python, gradio_client's handle_file(path) uploads one."


def _given(value: Any) -> Any:
    """Refuse what Gradio did not take for a file, so that `uploads.uploaded` has not seen it."""
    if not (isinstance(value, FileData) or is_file_obj_with_meta(value)):
        raise ValueError(NO_FILE)
    return value


Audio = Annotated[
    FileData,
    BeforeValidator(_given),
    Field(
        description="A sound file of any usual kind: WAV, FLAC, MP3, M4A, WebM. In an MCP call: the address under "
        "which this server keeps an uploaded file, or a data: URL; other servers are not asked."
    ),
]


def read(audio: FileData, *, max_s: float, sample_rate: int | None = None) -> ReadAudio:
    """Read all of an uploaded sound; one that is too long is refused, not cut.

    Raises
    ------
    AudioError
        One sentence: too long, no sound, damaged, ...
    """
    too_long = AudioError(f"The sound is longer than {max_s:g} s, which is the most here: send a part of it.")
    if (probe(audio.path).duration_s or 0) > max_s:
        raise too_long
    sound = load(audio.path, sample_rate=sample_rate, max_s=max_s + 1)  # not every file knows its length
    if sound.duration_s > max_s:
        raise too_long
    return sound


def register(endpoints: Sequence[Any]) -> None:
    """Make endpoints of a room's functions, inside the open Blocks. They have components, which no page shows."""
    if not endpoints:
        return
    with gr.Row(visible=False):
        for endpoint in endpoints:
            gr.api(
                answering(endpoint),
                api_name=endpoint.function.__name__,
                concurrency_id=endpoint.concurrency_id,
                concurrency_limit=endpoint.concurrency_limit,
            )


def answering(endpoint: Any) -> Callable[..., dict]:
    """Return an endpoint's function as Gradio calls it: raises ``gr.Error`` with a sentence for all that is refused."""
    function = endpoint.function
    names = list(inspect.signature(function).parameters)
    checked = validate_call(function)

    @wraps(function)
    def answer(*values: Any) -> dict:
        try:
            return checked(**dict(zip(names, values, strict=True)))
        except ValidationError as wrong:
            sentence = _sentence(wrong)
        except endpoint.refusals as wrong:
            sentence = str(wrong)
        raise gr.Error(sentence, print_exception=False)

    answer.__signature__ = inspect.signature(function, eval_str=True)
    answer.__doc__ = described(function)
    return answer


def described(function: Callable) -> str:
    """Return the function's docstring with its arguments' descriptions and ranges, in the form that Gradio reads."""
    hints = get_type_hints(function, include_extras=True)
    arguments = [f"    {name}: {_about(hints[name])}" for name in inspect.signature(function).parameters]
    return "\n".join([inspect.getdoc(function) or "", "", "Args:", *arguments])


def _about(hint: Any) -> str:
    """Return the description and the range of an argument from its annotation."""
    schema = TypeAdapter(hint).json_schema()
    for one in (schema, *schema.get("anyOf", ())):
        if {"minimum", "maximum"} <= one.keys():
            return f"{schema['description']} From {one['minimum']:g} to {one['maximum']:g}."
    return schema["description"]


def _sentence(wrong: ValidationError) -> str:
    """Say in one sentence what is wrong with the first argument that is."""
    first = wrong.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    name = first["loc"][0]
    return f"{name} can't be {reprlib.repr(first['input'])}: {re.sub('^(Input|String)', 'it', first['msg'])}."
