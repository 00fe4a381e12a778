"""A small stand-in for the Hugging Face Hub: the few HTTP calls with which huggingface_hub fills a Space.

It keeps what is sent in memory, tells who may write by the token, and refuses what the real one refuses: a binary file
that comes as text, an LFS file whose content never came, a name that is taken.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WRITE, READ = "hf_may_write", "hf_may_read"  # the tokens it knows


def is_binary(content: bytes) -> bool:
    """Whether the Hub wants this in LFS. It looks at the first 512 bytes."""
    try:
        content[:512].decode()
    except UnicodeDecodeError as problem:
        return problem.start < 509  # not just a letter that is cut at the end
    return b"\0" in content[:512]


@dataclass
class Hub:
    """What the stand-in holds and what it has been asked."""

    url: str = ""
    spaces: dict[str, dict[str, tuple[str, bytes]]] = field(default_factory=dict)  # name -> path -> (mode, content)
    lfs: dict[str, bytes] = field(default_factory=dict)  # sha256 -> content
    asked: list[str] = field(default_factory=list)  # "METHOD /path"
    commits: list[dict] = field(default_factory=list)  # the header of each
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)  # part of "METHOD /path" -> status, sentence
    breaks: dict[str, int] = field(default_factory=dict)  # part of "METHOD /path" -> how often the line breaks there
    lfs_error: str = ""  # said of every file that is announced

    def count(self, part: str) -> int:
        return sum(part in request for request in self.asked)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; ``self.server.hub`` is the Hub."""

    protocol_version = "HTTP/1.1"
    routes = (
        ("POST", r"/api/repos/create", "create"),
        ("POST", r"/api/validate-yaml", "validate"),
        ("GET", r"/api/spaces/([^/]+/[^/]+)(?:/revision/main)?", "info"),
        ("GET", r"/api/spaces/([^/]+/[^/]+)/tree/main", "tree"),
        ("POST", r"/api/spaces/([^/]+/[^/]+)/preupload/main", "preupload"),
        ("POST", r"/api/spaces/([^/]+/[^/]+)/commit/main", "commit"),
        ("POST", r"/spaces/([^/]+/[^/]+)\.git/info/lfs/objects/batch", "batch"),
        ("PUT", r"/lfs/([0-9a-f]{64})", "put"),
    )

    @property
    def hub(self) -> Hub:
        return self.server.hub

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def do_PUT(self):
        self.serve()

    def serve(self):
        path, request = self.path.partition("?")[0], f"{self.command} {self.path}"
        self.hub.asked.append(request)
        for part, left in self.hub.breaks.items():
            if part in request and left:
                self.hub.breaks[part] -= 1
                self.rfile.read(int(self.headers["Content-Length"]) // 2)
                self.close_connection = True
                self.connection.close()
                return
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for part, (status, said) in self.hub.refusals.items():
            if part in request:
                self.answer(status, {"error": said})
                return
        for method, pattern, name in self.routes:
            if method == self.command and (match := re.fullmatch(pattern, path)):
                if name == "put":  # the storage knows no tokens, only addresses that nobody guesses
                    self.put(*match.groups())
                elif self.may(name in ("create", "preupload", "commit", "batch")):
                    getattr(self, name)(*match.groups())
                return
        self.answer(404, {"error": f"the stand-in knows no {request}"})

    def answer(self, status: int, body, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    def may(self, write: bool) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (WRITE, READ):
            self.answer(401, {"error": "Invalid username or password."})
            return False
        if write and token == READ:
            self.answer(403, {"error": "You need write access to do this"})
            return False
        return True

    def space(self, name: str) -> dict | None:
        if name not in self.hub.spaces:
            self.answer(404, {"error": "Repository not found"}, **{"X-Error-Code": "RepoNotFound"})
        return self.hub.spaces.get(name)

    def create(self):
        wanted = json.loads(self.body)
        assert (wanted["type"], wanted["sdk"]) == ("space", "gradio")
        name = f"{wanted['organization']}/{wanted['name']}"
        if name in self.hub.spaces:
            self.answer(409, {"error": "You already created this space repo", "url": f"{self.hub.url}/spaces/{name}"})
            return
        self.hub.spaces[name] = {".gitattributes": ("regular", b"*.safetensors filter=lfs\n")}
        self.answer(200, {"url": f"{self.hub.url}/spaces/{name}"})

    def validate(self):
        self.answer(200, {"errors": [], "warnings": []})

    def info(self, name: str):
        if self.space(name) is not None:
            self.answer(200, {"id": name, "sha": "0" * 40})

    def tree(self, name: str):
        if (space := self.space(name)) is not None:
            self.answer(
                200, [{"type": "file", "path": path, "size": len(c), "oid": "0"} for path, (_, c) in space.items()]
            )

    def preupload(self, name: str):
        if (space := self.space(name)) is None:
            return
        files = []
        for file in json.loads(self.body)["files"]:
            mode = "lfs" if is_binary(base64.b64decode(file["sample"])) else "regular"
            files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False})
            if file["path"] in space:
                content = space[file["path"]][1]
                blob = b"blob %d\0%s" % (len(content), content)
                files[-1]["oid"] = (
                    hashlib.sha256(content).hexdigest() if mode == "lfs" else hashlib.sha1(blob).hexdigest()
                )
        self.answer(200, {"files": files})

    def batch(self, name: str):
        if self.space(name) is None:
            return
        wanted = json.loads(self.body)
        assert "basic" in wanted["transfers"]
        objects = []
        for entry in wanted["objects"]:
            entry = {"oid": entry["oid"], "size": entry["size"]}
            if self.hub.lfs_error:
                entry["error"] = {"code": 413, "message": self.hub.lfs_error}
            elif entry["oid"] not in self.hub.lfs:
                entry["actions"] = {"upload": {"href": f"{self.hub.url}/lfs/{entry['oid']}", "header": {}}}
            objects.append(entry)
        self.answer(200, {"transfer": "basic", "objects": objects})

    def put(self, oid: str):
        if hashlib.sha256(self.body).hexdigest() != oid:
            self.answer(400, {"error": "the content is another one"})
            return
        self.hub.lfs[oid] = self.body
        self.answer(200, {})

    def commit(self, name: str):
        if (space := self.space(name)) is None:
            return
        header, *operations = [json.loads(line) for line in self.body.splitlines()]
        new = dict(space)
        for operation in operations:
            value = operation["value"]
            if operation["key"] == "deletedFile":
                del new[value["path"]]
            elif operation["key"] == "lfsFile":
                new[value["path"]] = ("lfs", self.hub.lfs[value["oid"]])
            else:
                content = base64.b64decode(value["content"])
                if is_binary(content):
                    self.answer(400, {"error": f"Your push was rejected: {value['path']} is a binary file"})
                    return
                new[value["path"]] = ("regular", content)
        self.hub.spaces[name] = new
        self.hub.commits.append(header["value"])
        self.answer(200, {"commitUrl": f"{self.hub.url}/spaces/{name}/commit/1", "commitOid": "1" * 40})


@contextmanager
def standing_in():
    """Serve on a free port of this machine; give the `Hub`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.hub = Hub(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
