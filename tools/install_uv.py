"""Install uv from the wheel that uv.lock names, checked against its hash; uv then installs everything else.

For machines with Python but without pip: only the standard library is used.
"""

import hashlib
import io
import platform
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TAGS = {"Linux": "manylinux", "Darwin": "macosx"}
MACHINES = {"amd64": "x86_64", "aarch64": "arm64" if sys.platform == "darwin" else "aarch64"}


def find_wheel(lock: dict, system: str, machine: str) -> dict:
    """Return uv's wheel (`url`, `hash`) for a system such as Linux and a machine such as x86_64."""
    (package,) = (package for package in lock["package"] if package["name"] == "uv")
    machine = MACHINES.get(machine.lower(), machine.lower())
    for wheel in package["wheels"]:
        name = wheel["url"].rsplit("/", 1)[-1]
        if TAGS.get(system, "?") in name and name.endswith(f"{machine}.whl"):
            return wheel
    sys.exit(f"error: uv.lock has no wheel of uv for {system} on {machine}; install uv by hand")


def main() -> None:
    """Download the wheel and write its program to the path given as the only argument."""
    target = Path(sys.argv[1])
    wheel = find_wheel(tomllib.loads((ROOT / "uv.lock").read_text()), platform.system(), platform.machine())
    print(f"installing {wheel['url'].rsplit('/', 1)[-1]}", file=sys.stderr)
    # The lock names the address, and the hash is checked below.
    with urllib.request.urlopen(wheel["url"], timeout=120) as response:  # noqa: S310
        content = response.read()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if digest != wheel["hash"]:
        sys.exit(f"error: {wheel['url']} has {digest}, uv.lock says {wheel['hash']}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (program,) = (name for name in archive.namelist() if name.endswith("/scripts/uv"))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(".part")
        temporary.write_bytes(archive.read(program))
    temporary.chmod(0o755)
    temporary.replace(target)


if __name__ == "__main__":
    main()
