"""Print and draw a guided search pass by pass, in the form of the tables of the papers."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from leptonid.errors import clear_errors
from leptonid.figures.search import read_graphs, read_search
from leptonid.figures.search_table import table_figure, to_csv, to_latex, to_markdown
from leptonid.options import add_figure, add_printed_table, add_sample, program
from leptonid.plotting import save
from leptonid.tables.feather import read_feather
from leptonid.tables.files import write_text
from leptonid.tables.sample import read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(__doc__, settings="titles: base, pass_0, black_box, calorimeters, observables")
    parser.add_argument("--passes", required=True, help="passes.feather of the search")
    parser.add_argument("--graphs", nargs="?", help="table of the graphs (Feather), where there are EFPs")
    parser.add_argument("--drawings", nargs="?", help="list of the graphs' drawings, which lie beside it")
    add_sample(parser)
    add_printed_table(parser)
    add_figure(parser, "figure")
    args = parser.parse_args(argv)

    label = read_sample(args.sample).label
    # Whole numbers stay whole where a pass has none.
    passes = read_feather(args.passes).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    write_text(to_csv(passes, label), args.csv)
    search = read_search(args.passes, args.settings["titles"])
    drawings = str(Path(args.drawings or "").parent)
    write_text(to_markdown(search, drawings, args.markdown, label), args.markdown)
    write_text(to_latex(search, drawings, args.latex, label), args.latex)
    save(table_figure(search, read_graphs(args.graphs, search.chosen), label), args.figure)


if __name__ == "__main__":
    with clear_errors():
        main()
