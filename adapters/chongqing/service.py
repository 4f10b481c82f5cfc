"""The stand-in for Chongqing's service: synthetic people over HTTP/JSON, on a loopback address. Never for service.

Every request must bear the exchange platform's signed headers; a wrong one is answered 401, its body unread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Final

import orjson

from adapters.chongqing.records import SERVICES, Json, answer, library, outlet, venue
from adapters.http_message import Head, MessageInvalid, read_body, read_head
from adapters.people.records import MOVING, Population
from adapters.signature import Credentials, SignatureRefused

MOVING_MS: Final = 6 * 3_600_000
"""For how long records are always just being moved."""
MAX_REQUEST: Final = 1 << 20
MAX_LINES: Final = 1_000
MAX_RECORDS: Final = 10_000
_PHRASES: Final = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


class Service:
    """Answers requests about one population."""

    def __init__(self, population: Population, credentials: Credentials, now_ms: Callable[[], int]) -> None:
        self._people = {person.social_security_no: person for person in population.people}
        self._directories: dict[str, tuple[str, list[Json]]] = {
            "/ykt/v1/ml/cg": ("cgbh", [venue(one) for one in population.venues]),
            "/ykt/v1/ml/tsg": ("gdm", [library(one) for one in population.libraries]),
            "/ykt/v1/ml/wd": ("wdbh", [outlet(one) for one in population.outlets]),
        }
        self._credentials = credentials
        self._now_ms = now_ms
        self._moving = population.people[MOVING].social_security_no
        self.requests = 0
        """How many requests were answered with records."""

    async def start(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Listen on a loopback address; port 0 takes a free one.

        Raises:
            ValueError: another address: a stand-in is not for others to reach.
        """
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("host: expected a loopback address, found another")
        return await asyncio.start_server(self._serve, host, port, ssl=tls)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                closes = False
                while not closes:
                    head = await read_head(reader)
                    body = await read_body(reader, head, MAX_REQUEST)
                    closes = head.headers.get("connection", "").lower() == "close"
                    status, envelope = self._answer(head, body)
                    await _send(writer, status, envelope)
            except MessageInvalid as error:
                await _send(writer, 400, {"fhm": "4000", "fhxx": str(error), "sj": None})
        writer.close()

    def _answer(self, head: Head, body: bytes) -> tuple[int, Json]:
        try:
            self._credentials.check(head.headers, self._now_ms())
        except SignatureRefused as error:
            return 401, {"fhm": "4001", "fhxx": str(error), "sj": None}
        method, _, rest = head.start.partition(" ")
        path = rest.partition(" ")[0]
        if method != "POST" or path not in {*SERVICES, *self._directories, "/ykt/v1/zt"}:
            return 404, {"fhm": "4004", "fhxx": "expected a known endpoint, found another", "sj": None}
        try:
            found = self._records(path, orjson.loads(body))
        except (orjson.JSONDecodeError, TypeError, ValueError, KeyError, AttributeError):
            return 400, {"fhm": "4000", "fhxx": "expected the form of the endpoint, found another", "sj": None}
        self.requests += 1
        return 200, {"fhm": "0000", "fhxx": "成功", "sj": found}

    def _records(self, path: str, request: Any) -> list[Json]:
        if path in SERVICES:
            lines = request["cxlb"]
            if len(lines) > MAX_LINES:
                raise ValueError("too many lines")
            return [
                {"xh": line["xh"], **record}
                for line in lines
                if (person := self._people.get(line["sfzhm"])) is not None
                for record in self._tell_moving(answer(path, person, line))
            ]
        if path in self._directories:
            order, records = self._directories[path]
            limit, after, region = int(request["ts"]), request["qsbh"], request["xzqh"]
            kept = [one for one in records if one["dqh"].startswith(region) and one[order] > after]
            return kept[: min(limit, MAX_RECORDS)]
        return []

    def _tell_moving(self, records: list[Json]) -> list[Json]:
        """Say of the person whose records are being moved that it takes some hours more."""
        until = self._now_ms() + MOVING_MS
        return [
            {**record, "ry": {**record["ry"], "zlqy": until}} if record["ry"]["sfzhm"] == self._moving else record
            for record in records
        ]


async def _send(writer: asyncio.StreamWriter, status: int, envelope: Json) -> None:
    body = orjson.dumps(envelope)
    head = (
        f"HTTP/1.1 {status} {_PHRASES[status]}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode("ascii") + body)
    await writer.drain()
