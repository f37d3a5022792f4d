"""Downloads from a server on this machine: whatever it does, the file is whole and right, or not there."""

import errno
import fcntl
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import namedtuple

import pytest
import urllib3

from data import download_events
from download_server import serving
from layouts import ROOT
from leptonid.data import partial_file
from leptonid.data.download import download
from leptonid.errors import InputError
from leptonid.study.sources import receipt_of

AT_ONCE = urllib3.Retry(total=2, backoff_factor=0, status_forcelist=(503,), raise_on_status=False)
PAGE = b"<!DOCTYPE html><html>Sign in to the wireless network</html>"


@pytest.fixture
def content(events_file):
    """A file of events as bytes."""
    return events_file.read_bytes()


@pytest.fixture
def target(tmp_path):
    """Where the file is to lie."""
    return tmp_path / "downloads/events.h5"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def get(target, *served, expected=None):
    download([getattr(one, "url", one) for one in served], target, expected, AT_ONCE)


def refused(target, *served, **options):
    """Return the message of a download that fails, after a look at what it leaves."""
    with pytest.raises(InputError) as raised:
        get(target, *served, **options)
    assert not target.exists()
    assert not os.path.exists(receipt_of(target))
    message = str(raised.value)
    assert message.startswith(f"{target}: could not be downloaded:\n")
    assert f"copy the file to {target}" in message
    assert "data.path" in message
    return message


def left(target):
    return sorted(path.name.removeprefix(target.name) for path in target.parent.iterdir())


def unused_url():
    """Return an address at which nothing answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/events.h5"


def test_a_file_comes_with_a_receipt_and_its_sha256_is_printed_for_the_config(content, target, caplog):
    caplog.set_level("INFO")
    with serving(content) as served:
        get(target, served)
    assert target.read_bytes() == content
    assert left(target) == ["", ".receipt.json"]
    receipt = json.loads((target.parent / "events.h5.receipt.json").read_text())
    assert receipt.pop("downloaded").endswith("+00:00")
    assert receipt == {
        "url": served.url, "final_url": served.url, "etag": '"1"',
        "last_modified": "Mon, 06 Jan 2020 00:00:00 GMT", "size": len(content), "sha256": sha256(content),
    }  # fmt: skip
    assert f"data: {{download: {{sha256: {sha256(content)}}}}}" in caplog.text


def test_a_pinned_file_is_taken_without_a_line_for_the_config(content, target, caplog):
    caplog.set_level("INFO")
    with serving(content) as served:
        get(target, served, expected=sha256(content).upper())
    assert target.exists()
    assert "data: {download" not in caplog.text


def test_with_the_file_there_no_connection_is_made(target, monkeypatch):
    target.parent.mkdir()
    target.write_bytes(b"whatever it is, the check of events looks at it")
    monkeypatch.setattr(socket, "socket", None)
    get(target, "http://127.0.0.1:1/events.h5")


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"', None])
def test_cut_connections_are_resumed_by_etag_or_time(content, target, etag):
    cuts = [600, 5000, 7, len(content) - 5607 - 1]
    with serving(content, etag=etag, cuts=cuts) as served:
        get(target, served, expected=sha256(content))
    time = "Mon, 06 Jan 2020 00:00:00 GMT"
    condition = etag if etag == '"1"' else time
    assert served.asked == [
        (None, None),
        *((f"bytes={size}-", condition) for size in (600, 5600, 5607, len(content) - 1)),
    ]


def test_a_cut_file_stays_for_the_next_start_whose_rest_is_all_that_is_asked_for(content, target):
    with serving(content, cuts=[2000, 0, 0, 0]) as served:
        message = refused(target, served)
        assert (
            f"{served.url}: the connection broke 3 times in a row after 2,000 of {len(content):,} bytes"
            in message
        )
        assert "2,000 bytes are kept" in message
        assert left(target) == [".part", ".part.json"]
        get(target, served, expected=sha256(content))
        assert served.asked[-1] == ("bytes=2000-", '"1"')
    assert left(target) == ["", ".receipt.json"]


def test_a_process_killed_half_way_is_resumed(content, target):
    settings = {"sha256": sha256(content)}
    with serving(content, cuts=[30_000], hold=threading.Event()) as served:
        settings["urls"] = [served.url]
        options = ["--settings", json.dumps(settings), "--output", str(target)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts")}
        process = subprocess.Popen([sys.executable, download_events.__file__, *options], env=environment)
        served.cut_off.wait(60)
        part = target.parent / "events.h5.part"
        while part.stat().st_size < 30_000:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        download_events.main(options)
    assert target.read_bytes() == content
    assert served.asked == [(None, None), ("bytes=30000-", '"1"')]


def test_with_a_server_without_ranges_it_begins_anew(content, target, caplog):
    with serving(content, has_ranges=False, cuts=[3000]) as served:
        get(target, served, expected=sha256(content))
    assert "the server cannot resume; beginning anew" in caplog.text


def test_with_a_server_that_never_gets_further_it_ends(content, target):
    with serving(content, has_ranges=False, cuts=[3000] * 9) as served:
        assert "broke 3 times in a row after 3,000 of" in refused(target, served)
    assert len(served.asked) == 4


def test_a_file_that_changes_on_the_server_is_fetched_anew(content, target, caplog):
    changed = bytearray(content)
    changed[-1] ^= 1
    with serving(content, cuts=[3000, 0, 0, 0]) as served:
        refused(target, served)
        served.content, served.etag = bytes(changed), '"2"'
        get(target, served)
    assert target.read_bytes() == changed
    assert "the file has changed on the server; beginning anew" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        {"Content-Range": "bytes 3000-3999/4000"},  # another length
        {"Content-Range": "bytes 9000-9999/{total}"},  # a hole
        {"Content-Range": "lines 3-4/5"},
    ],
    ids=["length", "hole", "units"],
)
def test_a_part_that_does_not_fit_is_not_appended(content, target, answer):
    with serving(content, cuts=[3000, 0, 0, 0]) as served:
        refused(target, served)
        served.headers = {name: text.format(total=len(content)) for name, text in answer.items()}
        get(target, served, expected=sha256(content))
    assert [wanted for wanted, _ in served.asked[-2:]] == ["bytes=3000-", None]


def test_a_part_that_begins_earlier_than_asked_for_is_put_where_it_belongs(content, target):
    with serving(content, cuts=[3010], block=1000) as served:
        get(target, served, expected=sha256(content))
    assert len(served.asked) == 2


def test_a_whole_part_needs_no_more_than_the_word_of_the_server(content, target):
    """As after a kill between the last byte and the checks."""
    with serving(content, cuts=[3000, 0, 0, 0]) as served:
        refused(target, served)
        (target.parent / "events.h5.part").write_bytes(content)
        get(target, served, expected=sha256(content))
    assert served.asked[-1][0] == f"bytes={len(content)}-"
    assert len(served.asked) == 5


@pytest.mark.parametrize("record", [None, "", "[]", '{"url": 1, "other": 2}'])
def test_a_part_of_an_unknown_file_is_not_used(content, target, record):
    target.parent.mkdir()
    (target.parent / "events.h5.part").write_bytes(b"of which file?")
    if record is not None:
        (target.parent / "events.h5.part.json").write_text(record)
    with serving(content) as served:
        get(target, served, expected=sha256(content))
    assert served.asked == [(None, None)]


REFUSED = {
    "page": (PAGE, {}, "the server sends an HTML or XML page.*expected HDF5; look at it in a browser"),
    "empty": (b"", {}, r"the server sends nothing \(0 bytes\)"),
    "archive": (b"PK\3\4" + bytes(600), {}, "the server sends a zip archive.*unpack it"),
    "packed": (None, {"headers": {"Content-Encoding": "gzip"}}, r"the server packs the file \(gzip\)"),
    "not there": (None, {"statuses": [404]}, "the server answers 404 Not Found"),
    "not allowed": (None, {"statuses": [403]}, "the server answers 403 Forbidden"),
    "out of order": (None, {"statuses": [503] * 9}, "the server answers 503 Service Unavailable"),
    "elsewhere": (
        None,
        {"statuses": [302], "headers": {"Location": "file:///etc/passwd"}},
        "no answer: No connection adapters were found for 'file:///etc/passwd'",
    ),
    "around": (
        None,
        {"statuses": [302] * 99, "headers": {"Location": "/events.h5"}},
        "no answer: Exceeded 30 redirects",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_file_of_events_is_told_with_its_address(content, target, case):
    sent, options, message = REFUSED[case]
    with serving(content if sent is None else sent, **options) as served:
        assert re.search(f"{served.url}: {message}", refused(target, served))
    assert left(target) == []


def test_a_page_does_not_cost_what_was_received(content, target):
    with serving(content, cuts=[3000, 0, 0, 0]) as served:
        refused(target, served)
        served.content, served.etag = PAGE, None
        refused(target, served)
        assert (target.parent / "events.h5.part").stat().st_size == 3000
        served.content, served.etag = content, '"1"'
        get(target, served, expected=sha256(content))
    assert served.asked[-1][0] == "bytes=3000-"


def test_a_truncated_file_is_told_and_kept(content, target):
    with serving(content[:-1000]) as served:
        message = refused(target, served)
    assert re.search(f"{served.url}: the file is a truncated or damaged HDF5 file", message)
    assert f"it is kept as {target}.rejected" in message
    assert left(target) == [".rejected"]


def test_another_file_than_the_pinned_one_is_kept_beside_it_and_the_next_address_tried(content, target):
    with serving(content) as right, serving(content + b"more", name="other.h5") as wrong:
        message = refused(target, wrong, expected=sha256(content))
        assert (
            f"{wrong.url}: the file has SHA-256 {sha256(content + b'more')}, expected {sha256(content)}"
            in message
        )
        assert left(target) == [".rejected"]
        get(target, wrong, right, expected=sha256(content))
    assert target.read_bytes() == content
    assert (target.parent / "events.h5.rejected").read_bytes() == content + b"more"


def test_without_network_every_address_is_listed_with_its_reason(content, target):
    url, unknown = unused_url(), "http://no-such-host.invalid/events.h5"
    message = refused(target, url, unknown)
    assert re.search(f"\n  {url}: no answer: .*Connection refused", message)
    assert re.search(f"\n  {unknown}: no answer: .*", message)
    with serving(content) as served:
        get(target, url, served)
    assert json.loads((target.parent / "events.h5.receipt.json").read_text())["url"] == served.url


def test_a_server_that_is_out_of_order_for_a_moment_is_asked_again(content, target):
    with serving(content, statuses=[503, 503]) as served:
        get(target, served, expected=sha256(content))
    assert len(served.asked) == 3


def test_a_file_without_a_length_is_taken(content, target):
    with serving(content, headers={"Content-Length": None}) as served:
        get(target, served, expected=sha256(content))
    assert target.read_bytes() == content


def test_an_address_that_has_a_part_already_is_tried_first(content, target):
    with serving(content) as first, serving(content, cuts=[3000, 0, 0, 0]) as second:
        refused(target, second)
        get(target, first, second, expected=sha256(content))
    assert not first.asked
    assert second.asked[-1][0] == "bytes=3000-"


def test_a_disk_without_room_is_told_before_anything_is_written(content, target, monkeypatch):
    monkeypatch.setattr(partial_file.shutil, "disk_usage", lambda path: namedtuple("Usage", "free")(9))
    with serving(content) as served, pytest.raises(InputError) as raised:
        get(target, served)
    assert f"{served.url} has {len(content):,} bytes more, but only 9 are free" in str(raised.value)
    assert left(target) == []


def test_a_disk_that_gets_full_is_told_and_what_it_took_is_resumed(content, target, monkeypatch):
    write = partial_file.Part.write

    def full(part, piece):
        part.file.write(piece[:20])
        part.file = namedtuple("Full", "write tell")(refuse, part.file.tell)
        write(part, piece)

    def refuse(piece):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with serving(content) as served:
        with monkeypatch.context() as patch:
            patch.setattr(partial_file.Part, "write", full)
            with pytest.raises(InputError, match="no space left on device; mend this"):
                get(target, served)
        get(target, served, expected=sha256(content))
    assert served.asked[-1][0] == "bytes=20-"


def test_two_processes_do_not_write_one_file(content, target):
    target.parent.mkdir()
    with serving(content) as served, open(f"{target}.part", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"events\.h5\.part: another process is downloading this file"):
            get(target, served)
    assert not served.asked


def test_progress_is_logged_with_what_is_left(content, target, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr("leptonid.data.download.SECONDS_PER_LINE", 0)
    with serving(content) as served:
        get(target, served)
    assert re.search(rf"events\.h5: [\d,]+ of {len(content):,} bytes, [\d.]+ MB/s, 0 min left", caplog.text)
