"""Compile what computes Energy Flow Polynomials into the folder NUMBA_CACHE_DIR, for the jobs that follow."""

import argparse
import logging

from leptonid.efp.compilation import folder_of_code
from leptonid.efp.engine import compute
from leptonid.errors import clear_errors
from leptonid.storage import write_text

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True, help="text that says which code was compiled")
    args = parser.parse_args(argv)

    compute([[[1.0, 0.0, 0.0], [1.0, 0.1, 0.0]]], [["d<=1", "p==1"]], kappas=[1], betas=[1])
    write_text(f"{folder_of_code().name}\n", args.output)
    logger.info("compiled into %s", folder_of_code())


if __name__ == "__main__":
    with clear_errors():
        main()
