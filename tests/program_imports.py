"""What a program of the workflow imports; a module of its own so that another process can load it."""

import contextlib
import importlib.util
import io
import sys

from dependencies import SCRIPTS
from layouts import ROOT


def import_program(program: str) -> tuple[list[str], str, str]:
    """Import a program; return the loaded files of the library, its docstring, and what --help prints."""
    sys.path.insert(0, str(ROOT / SCRIPTS))
    # Those of the program before.
    for name in [name for name in sys.modules if name.split(".")[0] == "leptonid"]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location("program", ROOT / SCRIPTS / program)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = [name for name in sys.modules if name.split(".")[0] == "leptonid"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main(["--help"])
    return sorted(sys.modules[name].__file__ for name in names), module.__doc__, printed.getvalue()
