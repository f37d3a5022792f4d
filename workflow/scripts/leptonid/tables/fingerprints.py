"""Fingerprints of files: what unfinished work was made from."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from leptonid.tables.feather import read_metadata


def fingerprint(*texts: str | bytes) -> str:
    """Return a hash of some texts, each with its length, so that they cannot be confused with each other."""
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        content = text.encode() if isinstance(text, str) else text
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def file_fingerprint(path: str | Path) -> str:
    """Return a hash of a file's content; of a Feather file with a checksum, its checksum and schema.

    Nothing is held in memory, and large EFP tables are not read.
    """
    path = Path(path)
    if path.suffix == ".feather":
        checksum = read_metadata(path).get("checksum")
        if checksum:
            return fingerprint(checksum, str(path.stat().st_size))
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def files_fingerprint(paths: Iterable[str | Path]) -> str:
    """Return a hash of the contents of several files, in their order."""
    return fingerprint(*map(file_fingerprint, paths))


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def loaded_sources() -> list[bytes]:
    """Return the library files that this process has loaded: an edit of one makes unfinished work void."""
    modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "leptonid"}
    return [Path(modules[name].__file__).read_bytes() for name in sorted(modules)]
