"""Programs that ask a running app: gradio_client, plain HTTP, the MCP client, and README's examples as they stand."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from algorithms.sound.clips import clip
from components.guard import FOREIGN
from components.programs import NO_FILE
from components.uploads import NOT_UPLOADED
from tests.helpers.app import ROOT, free_port, start_app
from tests.helpers.awaited import awaited
from tests.helpers.patience import PATIENCE, get, post, program

pytestmark = pytest.mark.slow
NAMES = {"transcribe", "align", "features", "keywords"}
YES, NO = clip("word_yes").path, clip("word_no").path
META = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The app as a process of its own, with MCP; at the end nothing that was sent to it is left."""
    folder = tmp_path_factory.mktemp("app")
    port, cache = free_port(), folder / "cache"
    process = start_app(port, folder / "app.log", SPEECH_LAB_MCP="1", GRADIO_TEMP_DIR=str(cache))
    yield f"http://127.0.0.1:{port}"
    text = (folder / "app.log").read_text()
    sent = [path for path in cache.rglob("*") if path.is_file()]
    process.terminate()  # while clients are connected: the server's own one for MCP stays so
    process.wait(PATIENCE)
    assert "Traceback" not in text, f"the server printed a traceback:\n{text[-4000:]}"
    assert sent
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def client(url):
    client = program(url)
    yield client
    client.close()


@pytest.mark.parametrize("odd", ["a%00b", "a" * 5000, "[" * 5000, "~nosuchuser", "%ff%fe", "..%2f..%2fetc%2fpasswd"])
def test_odd_addresses_and_bodies_are_answered_without_a_traceback(url, odd):
    """A traceback in the server's log is found at the end (`url`)."""
    for path in (f"lab-files/{odd}/x", f"lab-files/0/{odd}", f"features?clip={odd}", f"{odd[:1500]}", f"?page={odd}"):
        assert get(f"{url}/{path}").status_code in (200, 404), path
    body = {"content": odd.encode(), "headers": {"Origin": url, "Content-Type": "application/json"}}
    assert post(f"{url}/voice/offer", **body).status_code == 400
    answer = post(f"{url}/gradio_api/upload", headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.text) == (403, FOREIGN)


def test_exactly_these_are_public_and_their_arguments_have_types(url):
    info = get(f"{url}/gradio_api/info").json()
    assert info["unnamed_endpoints"] == {}
    assert info["named_endpoints"].keys() == {f"/{name}" for name in NAMES}
    types = {
        name: {p["parameter_name"]: p["python_type"]["type"] for p in endpoint["parameters"]}
        for name, endpoint in info["named_endpoints"].items()
    }
    assert all(arguments.pop("audio") == "filepath" for arguments in types.values())
    assert types["/transcribe"] == {
        "model": "Literal['asr/whisper-tiny.en', 'asr/whisper-base']",
        "language": "str",
    }
    assert types["/align"]["text"] == "str"
    assert "ctc/whisper-tiny" in types["/align"]["model"]
    assert types["/features"]["window_ms"] == "float"
    assert types["/features"]["n_mfcc"] == "int"
    assert types["/features"]["kind"] == "Literal['stft', 'mel', 'mfcc']"
    assert "kws/ds-cnn-m-fp32" in types["/keywords"]["model"]
    for endpoint in info["named_endpoints"].values():
        assert endpoint["description"].endswith(".")
        assert [answer["type"]["type"] for answer in endpoint["returns"]] == ["object"]


def test_the_examples_of_the_readme_print_what_it_says(url):
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## For programs\n")[1].split("\n## ")[0]
    code = "".join(re.findall(r"```python\n(.*?)```", section, re.S))
    assert all(f'api_name="/{name}"' in code for name in NAMES)
    said = re.findall(r"^# (.*)$", code, re.M)
    assert len(said) == len(NAMES)
    code = code.replace("http://127.0.0.1:7860", url)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == said


ASKING = """
import sys
from gradio_client import Client, handle_file

url, path, word = sys.argv[1:]
lab = Client(url, verbose=False, httpx_kwargs={"timeout": 240})
jobs = []
for _ in range(6):
    jobs.append(lab.submit(audio=handle_file(path), api_name="/keywords"))
    jobs.append(lab.submit(audio=handle_file(path), text=word, api_name="/align"))
for job in jobs:
    answer = job.result()
    print(answer["windows"][0]["answer"] if "windows" in answer else answer["text"])
"""


def test_two_processes_at_a_time_get_their_own_answers(url):
    asking = {
        word: subprocess.Popen([sys.executable, "-c", ASKING, url, str(path), word], stdout=subprocess.PIPE, text=True)
        for word, path in (("yes", YES), ("no", NO))
    }
    for word, process in asking.items():
        printed, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert printed.split() == [word] * 12


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("transcribe", {"audio": None}, NO_FILE),
        ("transcribe", {"audio": "README.md"}, "'README.md' is not a sound file"),
        ("transcribe", {"model": "other"}, "model can't be 'other': it should be 'asr/whisper-tiny.en' or"),
        ("transcribe", {"model": "openai/whisper-small"}, "model can't be 'openai/whisper-small'"),
        ("transcribe", {"language": "xx"}, "Whisper has no language 'xx'"),
        ("align", {"text": "  "}, "text can't be '  ': it should have at least 1 character"),
        ("align", {"text": "1 2 3"}, "can be written with the model's symbols"),
        ("align", {"text": "a", "model": "facebook/wav2vec2-base-960h"}, "model can't be"),
        ("features", {"audio": "README.md"}, "'README.md' is not a sound file"),
        ("features", {"hop_ms": 0}, "hop_ms can't be 0: it should be greater than or equal to 1"),
        ("features", {"kind": "chroma"}, "kind can't be 'chroma'"),
        ("features", {"n_mels": 10, "n_mfcc": 20}, "20 MFCCs cannot come out of 10 mel filters"),
        ("keywords", {"model": "/etc"}, "model can't be '/etc'"),
        ("keywords", {"audio": "http://192.0.2.1/a.wav"}, NOT_UPLOADED),
    ],
)
def test_what_can_not_be_is_said_in_a_sentence(client, name, arguments, sentence):
    audio = arguments.get("audio", str(YES))
    arguments = arguments | {"audio": audio and handle_file(audio if "://" in audio else ROOT / audio)}
    with pytest.raises(AppError) as refused:
        client.predict(**arguments, api_name=f"/{name}")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([{"path": "/etc/passwd", "meta": META}, "kws/ds-cnn-int8"], NOT_UPLOADED),
        ([{"path": str(YES), "meta": META}, "kws/ds-cnn-int8"], NOT_UPLOADED),
        ([{"path": str(YES)}, "kws/ds-cnn-int8"], NO_FILE),
        ([str(YES), "kws/ds-cnn-int8"], NO_FILE),
        ([{"path": str(YES), "meta": "file"}, "kws/ds-cnn-int8"], NOT_UPLOADED),
        ([{"path": "http://192.0.2.1/gradio_api/file=/etc/passwd", "meta": META}, "kws/ds-cnn-int8"], NOT_UPLOADED),
        ([], "keywords takes 2 values, and 0 came"),
    ],
)
def test_a_program_reaches_no_file_of_the_server(url, data, sentence):
    """What `gradio_client` would not send."""
    call = f"{url}/gradio_api/call/keywords"
    event = post(call, json={"data": data}).json()["event_id"]
    answer = get(f"{call}/{event}").text
    assert "event: error" in answer
    assert sentence in json.loads(answer.split("data: ")[1])["error"]


def test_mcp(url):
    """With MCP's own client: the four tools and no other, with what they take; answers in JSON; refusals in words."""

    async def talk():
        with YES.open("rb") as file:
            uploaded = post(f"{url}/gradio_api/upload", files={"files": file}).json()[0]
        address = f"{url}/gradio_api/file={uploaded}"
        inside = "data:audio/flac;base64," + base64.b64encode(NO.read_bytes()).decode()
        async with (
            streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            listed = (await session.list_tools()).tools
            calls = {
                "address": {"audio": address},
                "inside": {"audio": inside, "model": "kws/ds-cnn-m-int8"},
                "path": {"audio": str(YES)},
                "elsewhere": {"audio": "http://192.0.2.1/a.wav"},
                "model": {"audio": address, "model": "other"},
            }
            answers = {name: await session.call_tool("keywords", asked) for name, asked in calls.items()}
            answers["hop"] = await session.call_tool("features", {"audio": address, "hop_ms": 0})
            others = [*(await session.list_resources()).resources, *(await session.list_prompts()).prompts]
            return listed, answers, others

    listed, answers, others = awaited(talk())
    tools = {tool.name: tool for tool in listed}
    assert tools.keys() == NAMES
    assert others == []
    for tool in tools.values():
        assert len(tool.description) > 100
        assert all(argument["description"] for argument in tool.inputSchema["properties"].values())
        assert "audio" in tool.inputSchema["required"]
    hop = tools["features"].inputSchema["properties"]["hop_ms"]
    assert (hop["type"], hop["default"]) == ("number", 10.0)
    assert hop["description"].endswith("ms. From 1 to 50.")

    def heard(name: str) -> tuple[str, str]:
        assert not answers[name].isError
        answer = json.loads(answers[name].content[0].text)
        return answer["model"], answer["windows"][0]["answer"]

    assert heard("address") == ("kws/ds-cnn-int8", "yes")
    assert heard("inside") == ("kws/ds-cnn-m-int8", "no")
    refused = {name: answer.content[0].text for name, answer in answers.items() if answer.isError}
    assert refused.keys() == {"path", "elsewhere", "model", "hop"}
    assert NOT_UPLOADED in refused["elsewhere"]
    assert "hop_ms can't be 0" in refused["hop"]
    assert "other" in refused["model"]
    assert "url" in refused["path"]


def test_without_the_package_the_switch_is_refused_in_one_sentence():
    code = (
        "import sys; sys.modules['mcp'] = None; import os; os.environ['SPEECH_LAB_MCP'] = '1'; import app; app.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(r'SPEECH_LAB_MCP=1 needs the package mcp, .*: run \S+ -m pip install "gradio\[mcp\]==.*"', line)
