"""The load generator, in a process of its own: HTTP over kept connections, and watchers of the live line.

    python -m bench.load http '{"port": …, "requests": [[method, path, headers, body], …], …}'
    python -m bench.load live '{"ports": […], "topic": …, "watchers": …, "poke": [[…], …], …}' [FILE]

prints one JSON object, or writes it to FILE. `@FILE` reads the plan from a file. Raw sockets: a client library
would cost more than the server it measures.
"""

import asyncio
import base64
import json
import os
import resource
import struct
import sys
import time
from datetime import datetime
from pathlib import Path


def main() -> None:
    kind, given = sys.argv[1:3]
    plan = json.loads(Path(given[1:]).read_text() if given.startswith("@") else given)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    result = json.dumps(asyncio.run({"http": http, "live": live}[kind](plan)))
    if sys.argv[3:]:
        Path(sys.argv[3]).write_text(result)
    else:
        print(result)


# -- HTTP


def encode(port, method, path, headers, body):
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


async def ask(reader, writer, request):
    """Send one request; status and size of the answer."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        size = 0
        while True:
            length = int((await reader.readuntil(b"\r\n")).strip(), 16)
            await reader.readexactly(length + 2)
            size += length
            if not length:
                return status, size
    if b"content-length:" in lower:
        size = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        return status, size
    return status, 0


async def http(plan):
    requests = [encode(plan["port"], *request) for request in plan["requests"]]
    times, sizes, bad = [], [], []
    until = time.perf_counter() + plan["seconds"]

    async def one(place):
        reader, writer = await asyncio.open_connection("127.0.0.1", plan["port"], limit=1 << 20)
        number = place
        while time.perf_counter() < until:
            began = time.perf_counter()
            status, size = await ask(reader, writer, requests[number % len(requests)])
            times.append(time.perf_counter() - began)
            sizes.append(size)
            if status >= 400:
                bad.append(status)
            number += plan["connections"]
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(place) for place in range(plan["connections"])))
    return {
        "per_second": len(times) / (time.perf_counter() - began),
        "p50_ms": quantile(times, 0.5) * 1000,
        "p95_ms": quantile(times, 0.95) * 1000,
        "p99_ms": quantile(times, 0.99) * 1000,
        "bytes": max(sizes, default=0),
        "failed": len(bad),
    }


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


# -- the live line

POKERS = 8


async def send_frame(writer, text):
    data, mask = text.encode(), os.urandom(4)
    head = bytes([0x81]) + (
        bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + struct.pack("!H", len(data))
    )
    writer.write(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))


async def read_frame(reader):
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", await reader.readexactly(8))
    return first & 0x0F, (await reader.readexactly(length)).decode()


async def watcher(port, plan, ready, lags):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    await read_frame(reader)
    await send_frame(writer, "40/live,")
    await read_frame(reader)
    await send_frame(writer, "42/live,1" + json.dumps(["watch", {"topics": [plan["topic"]]}]))
    while not (await read_frame(reader))[1].startswith("43/live,1"):
        pass
    ready.append(writer)
    while True:
        _code, text = await read_frame(reader)
        now = time.time()
        if text == "2":
            await send_frame(writer, "3")
        elif text.startswith('42/live,["tally"'):
            at = json.loads(text[8:])[1]["at"]
            sent = at if isinstance(at, float) else datetime.fromisoformat(at).timestamp()
            lags.append(now - sent)


async def live(plan):
    ready, lags, ports = [], [], plan["ports"]
    tasks = []
    for number in range(plan["watchers"]):
        tasks.append(asyncio.create_task(watcher(ports[number % len(ports)], plan, ready, lags)))
        if len(tasks) % 20 == 0:
            await asyncio.sleep(0.05)
    deadline = time.monotonic() + 120
    while len(ready) < plan["watchers"] and time.monotonic() < deadline:  # noqa: ASYNC110 - many watchers, one look
        await asyncio.sleep(0.1)
    pokes = [encode(ports[0], *request) for request in plan["poke"]]
    answers, refused, began_all = [], [], time.monotonic()
    until = began_all + plan["seconds"]

    async def poke(number, every):
        """Every so often, however long an answer takes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        due = time.monotonic() + every * number / POKERS
        while due < until:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            began = time.perf_counter()
            status, _size = await ask(reader, writer, pokes[number % len(pokes)])
            answers.append(time.perf_counter() - began)
            if status >= 400:
                refused.append(status)
            number, due = number + POKERS, due + every
        writer.close()

    await asyncio.gather(*(poke(number, POKERS / plan["rate"]) for number in range(POKERS)))
    took = time.monotonic() - began_all
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    return {
        "watchers": len(ready),
        "messages": len(lags),
        "pokes_per_second": len(answers) / took,
        "failed": len(refused),
        "p50_ms": quantile(lags, 0.5) * 1000,
        "p99_ms": quantile(lags, 0.99) * 1000,
        "answer_p99_ms": quantile(answers, 0.99) * 1000,
    }


if __name__ == "__main__":
    main()
