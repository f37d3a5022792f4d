"""Safe writing: files appear under their names only once they are complete."""

import glob
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from leptonid.errors import InputError

# How a manifest identifies a study.
IDENTIFIER = "sha256:[0-9a-f]{64}"


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces `path` when the block ends without an error.

    It can become a file or a folder. A killed process thus never leaves a partial result under the real
    name. The suffix is kept, for writers that choose the format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        _remove(temporary)


def write_text(text: str, path: str | Path) -> None:
    """Write a text file in UTF-8."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(content: Mapping, path: str | Path) -> None:
    """Write a mapping as indented JSON."""
    write_text(json.dumps(content, indent=2) + "\n", path)


def read_json(path: str | Path, meaning: str) -> dict:
    """Read a JSON object.

    Raises
    ------
    InputError
        If the file is missing or damaged; the message names it and its `meaning`, such as "a choice".
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as {meaning} ({error}); delete it and run again to recreate it"
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: cannot be read as {meaning}; delete it and run again to recreate it")
    return content


def read_manifest(path: str | Path) -> dict:
    """Read the manifest that a run of the workflow writes when it starts.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    try:
        manifest = json.loads(Path(path).read_text(encoding="utf-8"))
        if re.fullmatch(IDENTIFIER, manifest["identifier"]):
            return manifest
        found = f"its identifier is {manifest['identifier']!r}"
    except (OSError, ValueError, TypeError, KeyError) as error:
        found = repr(error)
    raise InputError(
        f"{path}: not a manifest ({found}); a run writes it when it starts, unless hooks are off (--no-hooks)"
    )


def _remove_abandoned(path: Path) -> None:
    """Remove temporary paths of processes that were killed while they wrote `path`."""
    for temporary in path.parent.glob(f".{glob.escape(path.stem)}.*{path.suffix}"):
        pid = temporary.name.removeprefix(f".{path.stem}.").removesuffix(path.suffix)
        if pid.isdigit() and not _is_alive(int(pid)):
            _remove(temporary)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # the process of another user
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
