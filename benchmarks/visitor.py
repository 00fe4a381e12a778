"""A visitor as a browser makes one, without the browser: the page, its heartbeat, and the events of its opening."""

from __future__ import annotations

import json
import re
import uuid

import httpx


class Visit:
    """One opened page; a context manager that closes the tab at the end.

    Parameters
    ----------
    client
        Knows the app's address: ``httpx.Client(base_url=...)``.
    page
        The page's slug, with its query if it has one.

    Attributes
    ----------
    config : dict
        What the server sent with the page: components, events, layout.
    session : str
        The name under which the server keeps what this visitor does.
    """

    def __init__(self, client: httpx.Client, page: str) -> None:
        self.client = client
        answer = client.get(page)
        answer.raise_for_status()
        self.size = len(answer.content)
        self.config = json.loads(re.search(r"window\.gradio_config = (\{.*?\});\s*</script>", answer.text, re.S)[1])
        self.props = {c["id"]: c["props"] for c in self.config["components"]}
        self.values = {i: props.get("value") for i, props in self.props.items()}
        self.page, self.session = answer.url, uuid.uuid4().hex[:11]

    def __enter__(self) -> Visit:
        if self.config["connect_heartbeat"]:
            request = self.client.build_request("GET", f"gradio_api/heartbeat/{self.session}", timeout=None)
            self.heartbeat = self.client.send(request, stream=True)
        else:
            self.heartbeat = None
        return self

    def __exit__(self, *_: object) -> None:
        if self.heartbeat is not None:
            self.heartbeat.close()

    def events(self, name: str) -> list[dict]:
        """Return the page's events of one kind, such as "load", that the server answers."""
        return [
            event
            for event in self.config["dependencies"]
            if event["backend_fn"] and any(kind == name for _, kind in event["targets"])
        ]

    def send(self, event: dict) -> str:
        """Put an event into the queue, with the values that the page came with; returns its id."""
        body = {
            "fn_index": event["id"],
            "data": [self.values.get(i) for i in event["inputs"]],
            "session_hash": self.session,
            "trigger_id": event["targets"][0][0],
            "event_data": None,
        }
        answer = self.client.post(f"gradio_api/queue/join?{self.page.query.decode()}", json=body)
        answer.raise_for_status()
        return answer.json()["event_id"]

    def answers(self, *events: dict) -> list[dict]:
        """Send events and return what the server answers to each, in the order in which they end."""
        waiting, outputs = {self.send(event): event for event in events}, []
        if not waiting:
            return outputs
        with self.client.stream("GET", "gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(f"{self.page}: {message['output']}")
                    outputs.append(message["output"])
                    self._take(waiting.pop(message["event_id"]), message["output"])
                if message["msg"] == "close_stream" or not waiting:
                    return outputs
        raise RuntimeError(f"{self.page}: the stream ended before {list(waiting)} were answered")

    def _take(self, event: dict, output: dict) -> None:
        """Have the components as the answer leaves them."""
        for i, value in zip(event["outputs"], output["data"], strict=True):
            if isinstance(value, dict) and value.get("__type__") == "update":
                self.props[i] |= value
                value = value.get("value", self.values[i])
            self.values[i] = value

    def open(self) -> list[dict]:
        """Do what a browser does with a page that it has just been given."""
        return self.answers(*self.events("load"))
