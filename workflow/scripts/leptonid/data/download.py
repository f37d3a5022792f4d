"""Downloading a file of events: resumed where it was broken off, checked before it gets its name."""

import logging
import os
import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import requests
import urllib3

from leptonid.data.opening import HEAD, UNKNOWN, kind_of, open_file
from leptonid.data.partial_file import Part, Version, open_part, read_version
from leptonid.errors import InputError
from leptonid.study.sources import receipt_of
from leptonid.tables.files import write_json
from leptonid.tables.fingerprints import sha256

logger = logging.getLogger(__name__)

# Of requests that get no answer, or that the server cannot serve now: after 0, 2, 4, 8 seconds.
RETRY = urllib3.Retry(
    total=4,
    backoff_factor=1,
    status_forcelist=(429, 500, 502, 503, 504),
    raise_on_status=False,
    respect_retry_after_header=False,
)
# Seconds until an answer begins, and between two pieces of it.
TIMEOUT = (30, 60)
# How often in a row a connection may break without having brought anything new.
BREAKS = 3

PIECE = 1 << 16
SECONDS_PER_LINE = 10

REJECTED = ".rejected"

HDF5 = b"\x89HDF\r\n\x1a\n"
CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-\d+|\*)/(?P<total>\d+|\*)")


class UnusableAddressError(Exception):
    """Raised for an address that gives no usable file; the message says why."""


def download(
    urls: Sequence[str], path: str | Path, expected: str | None = None, retry: urllib3.Retry = RETRY
) -> None:
    """Download a file from the first of its addresses that gives it whole; if it is there, do nothing.

    Until it is complete and checked, it is `{path}.part`, from which a later call goes on. The receipt beside
    it, `{path}.receipt.json`, holds the address (also the one that it led to), what the server said of the
    file, size, SHA-256 and time.

    Parameters
    ----------
    urls
        Addresses of one and the same file, by http or https.
    expected
        Its SHA-256 in hexadecimal digits; None: any.

    Raises
    ------
    InputError
        If no address gives an HDF5 file with this SHA-256, with the reason of each; if the disk is full, or
        another process downloads the same file.
    """
    path = Path(path)
    if path.exists():
        logger.info("%s: is there already; no connection is made", path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for url in _in_order(urls, path):
        with open_part(path) as part, _session(retry) as session:
            try:
                final = _complete(session, url, part)
                _accept(part, path, final, expected)
                return
            except UnusableAddressError as error:
                logger.warning("%s: %s", url, error)
                reasons.append(f"\n  {url}: {error}")
            kept = f"{part.size:,} bytes are kept. " if part.size and part.path.exists() else ""
    raise InputError(
        f"{path}: could not be downloaded:{''.join(reasons)}\n{kept}Start again to go on; or copy the file "
        f"to {path} by other means, or name a copy with data.path in the config: then no connection is made"
    )


def _in_order(urls: Sequence[str], path: Path) -> list[str]:
    """Return addresses, first those of the partial file: with another one it would begin anew."""
    known = read_version(path)
    return sorted(urls, key=lambda url: not (known and known.is_at(url)))


def _session(retry: urllib3.Retry) -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retry))
    return session


def _complete(session: requests.Session, url: str, part: Part) -> str:
    """Receive all that is missing, over as many connections as that takes; return the final address."""
    most, breaks = part.size, 0
    while True:
        try:
            return _receive(session, url, part)
        except urllib3.exceptions.HTTPError as error:
            breaks = 0 if part.size > most else breaks + 1
            most = max(most, part.size)
            if breaks == BREAKS:
                raise UnusableAddressError(
                    f"the connection broke {BREAKS} times in a row after {part} ({_text(error)}); try "
                    "again later: the file of the server can be truncated"
                ) from error
            logger.warning("%s: the connection broke after %s (%s); resuming", url, part, _text(error))


def _receive(session: requests.Session, url: str, part: Part) -> str:
    """Receive what is missing over one connection; return the final address.

    Raises
    ------
    urllib3.exceptions.HTTPError
        If the connection breaks.
    """
    headers = {"Accept-Encoding": "identity"}
    known = part.version
    if part.size and known.is_at(url) and known.validator:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": known.validator}
    try:
        response = session.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise UnusableAddressError(_reason(error)) from error
    with response:
        if "Range" in headers and response.status_code in (206, 416):
            match = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            first, total = (match["first"], match["total"]) if match else (None, None)
            is_same = match is not None and total in ("*", str(known.size))
            if is_same and response.status_code == 416 and part.size == known.size:
                return response.url
            if is_same and response.status_code == 206 and int(first) <= part.size:
                logger.info("%s: resuming after %s", url, part)
                part.cut(int(first))
                part.check_space()
                _write_pieces(response, part)
                return response.url
            logger.warning("%s: answers with another part of the file than asked for; beginning anew", url)
            part.cut(0)
            return _receive(session, url, part)
        if response.status_code != 200:
            raise UnusableAddressError(f"the server answers {response.status_code} {response.reason}")
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise UnusableAddressError(f"the server packs the file ({encoding}), although not asked to")
        head = _head(response)
        _check_head(head)
        version = Version.of(response.headers, url)
        if "Range" in headers:
            is_changed = (version.etag, version.last_modified, version.size) != (
                known.etag, known.last_modified, known.size
            )  # fmt: skip
            reason = "the file has changed on the server" if is_changed else "the server cannot resume"
            logger.warning("%s: %s; beginning anew", url, reason)
        part.begin(version)
        part.check_space()
        part.write(head)
        _write_pieces(response, part)
        return response.url


def _head(response: requests.Response) -> bytes:
    """Return the first bytes of an answer, enough to see what it is."""
    head = b""
    while len(head) < HEAD and (piece := response.raw.read1(PIECE, decode_content=False)):
        head += piece
    return head


def _check_head(head: bytes) -> None:
    """Refuse what is known to be no HDF5 file before a partial file is given up for it."""
    if not head:
        raise UnusableAddressError("the server sends nothing (0 bytes)")
    kind = kind_of(head)
    # Before HDF5 there can be a block of any content.
    if not head.startswith(HDF5) and kind != UNKNOWN:
        raise UnusableAddressError(f"the server sends {kind[0]}, expected HDF5; {kind[1]}")


def _write_pieces(response: requests.Response, part: Part) -> None:
    """Write an answer piece by piece, with a line of progress now and then."""
    begin = last = time.monotonic()
    before = part.size
    while piece := response.raw.read1(PIECE, decode_content=False):
        part.write(piece)
        now = time.monotonic()
        if now - last > SECONDS_PER_LINE:
            last = now
            logger.info("%s: %s, %s", part.path.stem, part, _pace(part, before, now - begin))


def _accept(part: Part, path: Path, final: str, expected: str | None) -> None:
    """Give a complete file its name and its receipt; one that is not the right one is kept beside it."""
    os.fsync(part.file.fileno())
    found = sha256(part.path)
    problem = _problem(part, found, expected)
    if problem:
        os.replace(part.path, f"{path}{REJECTED}")
        part.record.unlink()
        raise UnusableAddressError(f"{problem}; it is kept as {path}{REJECTED}")
    receipt = {
        **asdict(part.version),
        "final_url": final,
        "size": part.size,
        "sha256": found,
        "downloaded": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(receipt, receipt_of(path))
    os.replace(part.path, path)
    part.record.unlink()
    logger.info("%s: %s bytes from %s, SHA-256 %s", path, f"{part.size:,}", final, found)
    if not expected:
        logger.info(
            "%s: nothing says whether this is the right file. If it is, add its SHA-256 to your config:\n"
            "data: {download: {sha256: %s}}",
            path,
            found,
        )


def _problem(part: Part, found: str, expected: str | None) -> str | None:
    """Return what is wrong with a complete file of this SHA-256, None if nothing is."""
    if expected and found != expected.lower():
        return (
            f"the file has SHA-256 {found}, expected {expected.lower()} (data.download.sha256): it was "
            "changed, or the digits are those of another file; ask who published it"
        )
    try:
        open_file(part.path).close()
    except InputError as error:
        return f"the file is {str(error).removeprefix(f'{part.path}: ')}"
    return None


def _reason(error: requests.RequestException) -> str:
    """Return why there was no answer, without the layers around it."""
    cause = error.args[0] if error.args else error
    return f"no answer: {getattr(cause, 'reason', None) or cause}"


def _text(error: urllib3.exceptions.HTTPError) -> str:
    """Return what is said of a broken connection, once."""
    return str(error.args[0]) if error.args else str(error)


def _pace(part: Part, before: int, seconds: float) -> str:
    """Return how fast it goes, and how long it will take."""
    speed = (part.size - before) / seconds
    text = f"{speed / 1e6:.1f} MB/s"
    if part.version.size is None or not speed:
        return text
    return f"{text}, {(part.version.size - part.size) / speed / 60:.0f} min left"
