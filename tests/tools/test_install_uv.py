"""The installer of uv takes the wheel that the lock names, with its hash and no other."""

import hashlib
import io
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import install_uv

ROOT = Path(__file__).parents[2]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())


@pytest.mark.parametrize(
    ("system", "machine", "parts"),
    [
        ("Linux", "x86_64", ["manylinux", "x86_64.whl"]),
        ("Linux", "aarch64", ["manylinux", "aarch64.whl"]),
        ("Darwin", "arm64", ["macosx", "arm64.whl"]),
        ("Darwin", "x86_64", ["macosx", "x86_64.whl"]),
    ],
)
def test_the_wheel_fits_the_machine(system, machine, parts):
    url = install_uv.find_wheel(LOCK, system, machine)["url"]
    assert all(part in url for part in parts)


def test_an_unknown_machine_is_reported():
    with pytest.raises(SystemExit, match="no wheel of uv for Linux on vax"):
        install_uv.find_wheel(LOCK, "Linux", "vax")


@pytest.fixture
def local_lock(tmp_path, monkeypatch):
    """A lock that names a local wheel with a program."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", "#!/bin/sh\n")
        archive.writestr("uv-1.data/scripts/uvx", "")
    wheel = tmp_path / "uv-1-py3-none-manylinux_x86_64.whl"
    wheel.write_bytes(content.getvalue())

    def write(digest):
        wheels = f'[{{url = "{wheel.as_uri()}", hash = "sha256:{digest}"}}]'
        (tmp_path / "uv.lock").write_text(f'[[package]]\nname = "uv"\nwheels = {wheels}\n')

    monkeypatch.setattr(install_uv, "ROOT", tmp_path)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "argv", ["install_uv.py", str(tmp_path / "bin/uv")])
    write(hashlib.sha256(content.getvalue()).hexdigest())
    return write


def test_the_program_is_installed(local_lock, tmp_path):
    install_uv.main()
    assert (tmp_path / "bin/uv").read_text() == "#!/bin/sh\n"
    assert (tmp_path / "bin/uv").stat().st_mode & 0o111


def test_a_wheel_with_another_hash_is_refused(local_lock, tmp_path):
    local_lock("0" * 64)
    with pytest.raises(SystemExit, match=r"uv\.lock says sha256:000"):
        install_uv.main()
    assert not (tmp_path / "bin").exists()
