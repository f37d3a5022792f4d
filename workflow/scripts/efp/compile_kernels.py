"""Compile the EFP engine into the folder NUMBA_CACHE_DIR, from where the jobs that follow load it."""

import logging

from leptonid.compilation import code_folder
from leptonid.efp.engine import compute
from leptonid.efp.kernels import SOURCES
from leptonid.errors import InputError, clear_errors
from leptonid.options import program
from leptonid.tables.files import write_text

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__)
    parser.add_argument("--output", required=True, help="text file to write: the name of the code's folder")
    args = parser.parse_args(argv)

    folder = code_folder(SOURCES)
    if folder is None:
        raise InputError("NUMBA_CACHE_DIR: expected a folder that can be written to; found none")
    compute([[[1.0, 0.0, 0.0], [1.0, 0.1, 0.0]]], [["d<=1", "p==1"]], kappas=[1], betas=[1])
    write_text(f"{folder.name}\n", args.output)
    logger.info("compiled into %s", folder)


if __name__ == "__main__":
    with clear_errors():
        main()
