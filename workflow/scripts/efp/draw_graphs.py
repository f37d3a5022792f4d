"""Draw every graph into a folder, and all graphs on one page."""

import logging
import shutil

from matplotlib.figure import Figure

from leptonid import plotting
from leptonid.efp.catalogue_page import catalogue_figure
from leptonid.efp.drawing import draw_graph
from leptonid.efp.graphs import graphs_from_table
from leptonid.errors import clear_errors
from leptonid.options import add_figure, program
from leptonid.tables.feather import read_feather
from leptonid.tables.files import atomic_write, write_text

logger = logging.getLogger(__name__)

SIZE_INCHES = 1.6


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__)
    parser.add_argument("--graphs", required=True, help="table of graphs (Feather)")
    parser.add_argument(
        "--drawings",
        required=True,
        help="folder to write: n_d_k.pdf, .png and .svg of every graph, and drawings.txt, which lists them",
    )
    add_figure(parser, "catalogue")
    args = parser.parse_args(argv)

    graphs = graphs_from_table(read_feather(args.graphs))
    shutil.rmtree(args.drawings, ignore_errors=True)
    with plotting.style(), atomic_write(args.drawings) as folder:
        folder.mkdir()
        for graph in graphs:
            figure = Figure(figsize=(SIZE_INCHES, SIZE_INCHES))
            draw_graph(graph, figure, (SIZE_INCHES / 2, SIZE_INCHES / 2), SIZE_INCHES)
            plotting.save(figure, [folder / f"{graph}{suffix}" for suffix in plotting.METADATA])
        write_text("".join(f"{graph}\n" for graph in graphs), folder / "drawings.txt")
    plotting.save(catalogue_figure(graphs), args.catalogue)
    logger.info("%d graphs", len(graphs))


if __name__ == "__main__":
    with clear_errors():
        main()
