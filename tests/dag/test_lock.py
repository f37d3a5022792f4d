"""One run at a time in a folder, and what is said where that cannot be made sure."""

import errno
import os
import pwd
import subprocess
import sys

import pytest
from snakemake.exceptions import WorkflowError

import lock
from leptonid.errors import owner_of

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Path of the lock; it is let go after the test."""
    monkeypatch.setattr(lock, "_locks", [])
    (tmp_path / ".snakemake").mkdir()
    yield tmp_path / ".snakemake/lepton-id.lock"
    for held in lock._locks:
        held.close()


@pytest.fixture
def messages(monkeypatch):
    found = []
    monkeypatch.setattr(lock.logger, "warning", found.append)
    return found


def refuse(monkeypatch, name, number):
    """Let a function of the module fail with this number."""

    def refused(*_):
        raise OSError(number, os.strerror(number), "the file")

    monkeypatch.setattr(*name, refused, raising=False)


def test_a_second_run_is_kept_out_until_the_first_ends(path, messages):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(WorkflowError, match="Another run is using this folder"):
        lock.hold_run_lock(path)
    holder.kill()
    holder.communicate()
    lock.hold_run_lock(path)
    with pytest.raises(WorkflowError, match="Another run is using this folder"):
        lock.hold_run_lock(path)
    assert not messages


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES])
def test_every_number_of_a_held_lock_means_another_run(path, monkeypatch, number):
    refuse(monkeypatch, (lock.fcntl, "flock"), number)
    with pytest.raises(WorkflowError, match="Another run is using this folder"):
        lock.hold_run_lock(path)


@pytest.mark.parametrize(
    "number", [errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL]
)
def test_without_locks_a_warning_says_so_and_the_run_goes_on(path, monkeypatch, messages, number):
    refuse(monkeypatch, (lock.fcntl, "flock"), number)
    lock.hold_run_lock(path)
    (message,) = messages
    assert message.startswith(f"The disk of {path} has no locks ({os.strerror(number)}): nothing keeps a")


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO])
def test_another_error_of_the_disk_is_named(path, monkeypatch, messages, number):
    refuse(monkeypatch, (lock.fcntl, "flock"), number)
    with pytest.raises(WorkflowError, match=rf"lepton-id\.lock: cannot be locked \({os.strerror(number)}\)"):
        lock.hold_run_lock(path)
    assert not messages


@pytest.mark.parametrize(
    ("number", "owner"), [(errno.EACCES, True), (errno.EPERM, True), (errno.EROFS, False)]
)
@pytest.mark.parametrize("exists", [False, True])
def test_a_lock_that_cannot_be_written_to_is_named_with_its_owner(path, monkeypatch, number, owner, exists):
    if exists:
        path.touch()
    refuse(monkeypatch, (lock, "open"), number)
    with pytest.raises(WorkflowError) as raised:
        lock.hold_run_lock(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: cannot be written to ({os.strerror(number)})")
    assert ("belongs to" in message) == owner
    assert "a folder of your own" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", [".", ".snakemake", ".snakemake/metadata"])
def test_a_read_only_folder_is_refused_with_its_owner(tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir(exist_ok=True, parents=True)
    lock.refuse_read_only(tmp_path)
    monkeypatch.setattr(lock.os, "access", lambda path, _: path != tmp_path / name)
    owner = pwd.getpwuid(os.getuid()).pw_name
    message = rf"{tmp_path / name}: cannot be written to; it belongs to {owner}\. Run in a folder of your own"
    with pytest.raises(WorkflowError, match=message):
        lock.refuse_read_only(tmp_path)


def test_an_owner_without_a_name_is_a_number(path, monkeypatch):
    assert owner_of(path) == pwd.getpwuid(os.getuid()).pw_name

    def unknown(_):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert owner_of(path) == f"user {os.getuid()}"
