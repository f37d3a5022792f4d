"""A `python` for studies whose programs run in forks of one process that has their packages imported.

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

# What programs import, some of it only when it is used.
PACKAGES = [
    "awkward", "bokeh.embed", "bokeh.plotting", "docutils.core", "energyflow", "fontTools.subset", "h5py",
    "jinja2", "jsonschema", "keras", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg", "matplotlib.figure", "networkx", "numba.typed", "onnx", "optuna",
    "pandas", "pyarrow.compute", "pyarrow.csv", "pyarrow.feather", "pyarrow.parquet", "scipy.optimize",
    "scipy.special", "scipy.stats", "skops.io", "sklearn.ensemble", "sklearn.linear_model", "tensorflow",
    "tf2onnx.convert", "threadpoolctl", "yaml",
]  # fmt: skip

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
    # A socket's path is short.
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
    for name in PACKAGES:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin not in (ready := select.select([sys.stdin, listener], [], [])[0]):
        connection, _ = ready[0].accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            status = answer(connection)
            sys.stdout.flush()
            sys.stderr.flush()
            connection.send(bytes([status]))
            os._exit(status)
        connection.close()


def answer(connection: socket.socket) -> int:
    """Run the program that a connection asks for; return its status."""
    size, descriptors, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as file:
        folder, arguments, environment = marshal.loads(file.read(int.from_bytes(size, "big")))
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = arguments
    sys.path[:1] = [os.path.dirname(arguments[0]), *environment["PYTHONPATH"].split(os.pathsep)]
    threading.Thread(target=end_with, args=[connection], daemon=True).start()
    # What packages read when they are imported.
    importlib.import_module("numba.core.config").reload_config()
    threads = environment.get("OMP_NUM_THREADS")
    try:
        with importlib.import_module("threadpoolctl").threadpool_limits(threads and int(threads)):
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
