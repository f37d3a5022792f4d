"""Draw every graph, as PDF and PNG, into one folder."""

import argparse
import logging
import shutil

from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.efp.catalogue import graphs_from_table
from leptonid.efp.drawing import draw_graph
from leptonid.errors import clear_errors
from leptonid.storage import read_feather, replacing

logger = logging.getLogger(__name__)

SIZE_INCHES = 1.6


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument("--output", required=True, help="folder; a graph's files are named n_d_k")
    args = parser.parse_args(argv)

    graphs = graphs_from_table(read_feather(args.graphs))
    shutil.rmtree(args.output, ignore_errors=True)
    with replacing(args.output) as folder:
        folder.mkdir()
        for graph in graphs:
            figure = Figure(figsize=(SIZE_INCHES, SIZE_INCHES))
            draw_graph(graph, figure.add_axes((0, 0, 1, 1)))
            plotting.save(figure, [folder / f"{graph}.pdf", folder / f"{graph}.png"])
    logger.info("%d graphs drawn", len(graphs))


if __name__ == "__main__":
    with clear_errors():
        main()
