"""A server on this machine that serves one file as servers of files do, and as they should not."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What the server does; a test changes it as it goes on.

    `cuts` are the bytes of each answer, in order, after which it ends: with the connection, or, if `hold` is
    set, not before that.
    """

    content: bytes
    etag: str | None = '"1"'
    last_modified: str | None = "Mon, 06 Jan 2020 00:00:00 GMT"
    has_ranges: bool = True
    # Answers to ranges begin at multiples of this.
    block: int = 1
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    url: str = ""
    # Range and If-Range of each request.
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    cut_off: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(content: bytes, name: str = "events.h5", **options) -> Iterator[Served]:
    """Serve a content under a name while the block runs."""
    served = Served(content, **options)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            answer(self, served)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served.url = f"http://127.0.0.1:{server.server_address[1]}/{name}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield served
        finally:
            if served.hold:
                served.hold.set()
            server.shutdown()
            thread.join()


def answer(request: BaseHTTPRequestHandler, served: Served) -> None:
    """Answer a request as RFC 9110 wants it, apart from what `served` says."""
    wanted, condition = request.headers["Range"], request.headers["If-Range"]
    served.asked.append((wanted, condition))
    content, status, first = served.content, 200, 0
    if served.statuses:
        status = served.statuses.pop(0)
    elif wanted and served.has_ranges and condition in (None, served.etag, served.last_modified):
        first = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        status = 206 if first < len(content) else 416
        first -= first % served.block
    body = content[first:] if status in (200, 206) else b""
    headers = {"Content-Length": str(len(body)), "ETag": served.etag, "Last-Modified": served.last_modified}
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
    if status == 416:
        headers["Content-Range"] = f"bytes */{len(content)}"
    request.send_response(status)
    for name, value in {**headers, **served.headers}.items():
        if value is not None:
            request.send_header(name, value)
    request.end_headers()
    if served.cuts:
        body = body[: served.cuts.pop(0)]
        request.wfile.write(body)
        served.cut_off.set()
        if served.hold:
            served.hold.wait()
        request.close_connection = True
        return
    request.wfile.write(body)
