"""A `python` that runs the workflow's programs in forks of a process that has their packages imported.

Importing TensorFlow takes longer than a tiny training. What a fork could hide, such as a missing import,
shows where the same study runs in the environments of its stages, with a Python for each program.
"""

import atexit
import functools
import gc
import importlib
import marshal
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path

from threadpoolctl import threadpool_limits

# What the programs of a stage import, some of it only when it is used.
TABLES = [
    "pandas",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.feather",
    "pyarrow.parquet",
    "scipy.special",
    "yaml",
]
NUMBA = ["awkward", "numba.typed"]
FIGURES = [
    "fontTools.subset", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg", "matplotlib.figure",
]  # fmt: skip
NETWORKS = ["keras", "onnx", "tensorflow", "tf2onnx.convert"]
PACKAGES = {
    "data": ["h5py", *TABLES],
    "efp": ["energyflow", "networkx", *NUMBA, *FIGURES, *TABLES],
    "train": ["optuna", "skops.io", "sklearn.ensemble", "sklearn.linear_model", *NETWORKS, *TABLES],
    "search": [*NETWORKS, *NUMBA, *TABLES],
    "evaluate": ["scipy.optimize", "scipy.stats", *NUMBA, *TABLES],
    "figures": ["bokeh.embed", "bokeh.plotting", "docutils.core", "jinja2", *FIGURES, *TABLES],
    "record": [*FIGURES, *TABLES],
}

# Runs everything but the workflow's programs itself.
CLIENT = """#!{python} -IS
import marshal, os, socket, sys
if not "".join(sys.argv[1:2]).startswith("workflow/scripts/"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({address!r})
    request = marshal.dumps((os.getcwd(), sys.argv[1:], dict(os.environ)))
    socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
    connection.sendall(request)
    status = connection.recv(1)
# As of a program that was killed, if it leaves none.
sys.exit(status[0] if status else 137)
"""


@functools.cache
def folder() -> Path:
    """Return the folder of this `python`; its process starts with the first call, and ends with this one."""
    if sys.platform == "darwin":
        # macOS' own libraries may crash after a fork.
        return Path(sys.executable).parent
    # The path of a socket must be short.
    folder = Path(tempfile.mkdtemp())
    process = start(folder)
    atexit.register(shutil.rmtree, folder)
    atexit.register(process.communicate)
    return folder


def start(folder: Path) -> subprocess.Popen:
    """Write `python` into a folder and start the process that answers it; it ends with its input."""
    address = folder / "socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen(100)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # As in leptonid.internals.keras.
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
    process = subprocess.Popen(
        [sys.executable, __file__, str(listener.fileno())],
        stdin=subprocess.PIPE, env=environment, pass_fds=[listener.fileno()],
    )  # fmt: skip
    listener.close()
    python = folder / "python"
    python.write_text(CLIENT.format(python=sys.executable, address=str(address)))
    python.chmod(0o755)
    return process


def serve(listener: socket.socket) -> None:
    """Run a program for every connection, until the input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin not in (ready := select.select([sys.stdin, listener], [], [])[0]):
        connection, _ = ready[0].accept()
        answer(connection)
        connection.close()


def answer(connection: socket.socket) -> None:
    """Start the program that a connection asks for, and send its status when it ends."""
    size, descriptors, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as file:
        folder, arguments, environment = marshal.loads(file.read(int.from_bytes(size, "big")))
    for name in PACKAGES[Path(arguments[0]).parent.name]:
        importlib.import_module(name)
    gc.freeze()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        threading.Thread(target=end_with, args=[connection], daemon=True).start()
        status = run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(bytes([status]))
        os._exit(status)
    for descriptor in descriptors:
        os.close(descriptor)


def run(arguments: list[str]) -> int:
    """Run a program in this process as if it had just started; return its status."""
    sys.argv = arguments
    sys.path[:1] = [os.path.dirname(arguments[0]), *os.environ["PYTHONPATH"].split(os.pathsep)]
    # What packages read when they are imported.
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()
    threads = os.environ.get("OMP_NUM_THREADS")
    try:
        with threadpool_limits(threads and int(threads)):
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def end_with(connection: socket.socket) -> None:
    """Kill this process if the one that asked for it is killed."""
    if not connection.recv(1):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
