"""Build the explorer, one HTML page of candidates and events to look at, and a smaller one for the report."""

from pathlib import Path

from leptonid.efp.graphs import graphs_by_name
from leptonid.errors import clear_errors
from leptonid.figures.explorer import Explorer, Frame, pages
from leptonid.figures.explorer_candidates import read_view
from leptonid.figures.explorer_events import EventsView, ImageView, first_axes, read_events
from leptonid.figures.frames import read_frame
from leptonid.options import add_sample, program
from leptonid.study.layout import Grid
from leptonid.study.titles import printable
from leptonid.tables.files import write_text
from leptonid.tables.sample import Sample, read_sample


def main(argv: list[str] | None = None) -> None:
    """Run the program."""
    parser = program(
        __doc__,
        settings="searches, the titles of each; classifiers, by name the title of each and whether it has "
        "only_images; images, grid, title and energy_unit of each; classes; reference; threshold",
    )
    parser.add_argument("--candidates", nargs="*", default=[], help="table of candidates of each search")
    parser.add_argument("--graphs", nargs="?", help="table of graphs, where EFPs are candidates")
    parser.add_argument("--events", nargs="?", help="table of sampled events, where there are classifiers")
    parser.add_argument("--auc", nargs="?", help="table of AUCs, where there are classifiers")
    add_sample(parser)
    parser.add_argument("--template", required=True, help="HTML around the data")
    parser.add_argument("--script", required=True, help="JavaScript of the page")
    parser.add_argument("--output", required=True, help="HTML file to write")
    parser.add_argument("--small", required=True, help="smaller HTML file to write")
    args = parser.parse_args(argv)

    sample = read_sample(args.sample)
    graphs = graphs_by_name(args.graphs)
    searches = [
        read_view(path, titles, graphs)
        for path, titles in zip(args.candidates, args.settings["searches"], strict=True)
    ]
    events = _events(args.events, args.auc, args.settings, sample) if args.events else None
    frame = Frame(*(Path(path).read_text(encoding="utf-8") for path in (args.template, args.script)))
    explorer = Explorer(searches, events, sample.label)
    for path, page in zip((args.output, args.small), pages(explorer, frame), strict=True):
        write_text(page, path)


def _events(path: str, auc: str, settings: dict, sample: Sample) -> EventsView:
    """Return the events of the explorer, with the best classifiers first."""
    classifiers = settings["classifiers"]
    # The table is sorted by AUC.
    ranked = [name for name in read_frame(auc, ["classifier"])["classifier"] if name in classifiers]
    with_images = [name for name in ranked if classifiers[name]["only_images"]]
    images = {
        image["grid"]["calorimeter"]: ImageView(
            Grid(**image["grid"]), printable(image["title"]), image["energy_unit"] or sample.energy_unit
        )
        for image in settings["images"]
    }
    return EventsView(
        **read_events(path, ranked, images),
        titles={name: printable(classifiers[name]["title"]) for name in ranked},
        axes=first_axes(ranked, with_images, settings["reference"]),
        threshold=settings["threshold"],
        classes={name: printable(words["title"]) for name, words in settings["classes"].items()},
        images=images,
    )


if __name__ == "__main__":
    with clear_errors():
        main()
