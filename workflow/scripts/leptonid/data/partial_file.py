"""The partial file of a download: locked, and with a record of the version that it is a part of."""

import fcntl
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from leptonid.errors import InputError, system_reason
from leptonid.tables.files import write_json

logger = logging.getLogger(__name__)

PART, VERSION = ".part", ".part.json"


@dataclass(frozen=True)
class Version:
    """What a server says of its file: by this, the rest of a partial file is recognised as its rest."""

    url: str
    etag: str | None
    last_modified: str | None
    size: int | None

    @classmethod
    def of(cls, headers: Mapping[str, str], url: str) -> "Version":
        """Return the version that a complete answer with these headers holds."""
        length = headers.get("Content-Length", "")
        size = int(length) if length.isdigit() else None
        return cls(url, headers.get("ETag"), headers.get("Last-Modified"), size)

    @property
    def validator(self) -> str | None:
        """What `If-Range` takes: the ETag if it is a strong one, else the time of the last change."""
        is_strong = self.etag is not None and not self.etag.startswith("W/")
        return self.etag if is_strong else self.last_modified

    def is_at(self, url: str) -> bool:
        """Return whether this is a version of the file at an address, by http or https."""
        return self.url.partition("://")[2] == url.partition("://")[2]


class Part:
    """A partial file, open and locked, and the version that it is a part of, kept in a file beside it."""

    def __init__(self, file: BinaryIO, path: Path):
        self.file, self.path, self.record = file, Path(f"{path}{PART}"), record_of(path)
        self.version = read_version(path)
        if self.version is None:
            self.cut(0)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.file.tell()

    def __str__(self) -> str:
        """Return how much of the file is there."""
        total = f" of {self.version.size:,}" if self.version and self.version.size is not None else ""
        return f"{self.size:,}{total} bytes"

    def cut(self, size: int) -> None:
        """Keep only the first bytes."""
        self.file.truncate(size)
        self.file.seek(size)

    def begin(self, version: Version) -> None:
        """Begin anew, with another version."""
        self.cut(0)
        write_json(asdict(version), self.record)
        self.version = version

    def check_space(self) -> None:
        """Raise InputError if the disk has no room for the rest."""
        free = shutil.disk_usage(self.path.parent).free
        missing = (self.version.size or 0) - self.size
        if missing > free:
            raise InputError(
                f"{self.path}: {self.version.url} has {missing:,} bytes more, but only {free:,} are free on "
                "this disk; make room, or name another folder with data.download.folder"
            )

    def write(self, piece: bytes) -> None:
        """Append some bytes; raises InputError if the disk does not take them."""
        try:
            while piece:
                piece = piece[self.file.write(piece) :]
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be written: {system_reason(error, self.path)}; mend this, such as by "
                "making room, and start again: the download resumes"
            ) from error


@contextmanager
def open_part(path: Path) -> Iterator[Part]:
    """Open the partial file of `path` for this process alone; an empty one is removed at the end."""
    name = f"{path}{PART}"
    with open(name, "ab", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"{name}: another process is downloading this file; wait for it, or end it"
            ) from error
        except OSError as error:
            logger.warning("%s: its disk has no locks (%s); download it only once at a time", name, error)
        part = Part(file, path)
        try:
            yield part
        finally:
            if not part.size:
                part.path.unlink(missing_ok=True)
                part.record.unlink(missing_ok=True)


def record_of(path: Path) -> Path:
    """Return where the version of the partial file of `path` is kept."""
    return Path(f"{path}{VERSION}")


def read_version(path: Path) -> Version | None:
    """Return the version that the partial file of `path` is a part of, None if that is not known."""
    try:
        return Version(**json.loads(record_of(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        # Without it, the bytes that are there could be those of another file.
        return None
