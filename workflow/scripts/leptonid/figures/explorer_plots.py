"""What the plots of the explorer have in common."""

from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from leptonid.plotting import BLACK, GREY

FONT = "system-ui, sans-serif"


def new_plot(tools: str, **options) -> figure:
    """Return an empty plot in the style of the explorer, which fills the width of its place."""
    options = {"sizing_mode": "stretch_width", "toolbar_location": "above", **options}
    plot = figure(tools=tools, output_backend="canvas", background_fill_color="white", **options)
    plot.toolbar.logo = None
    plot.outline_line_color = BLACK
    for axis in plot.axis:
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size, axis.major_label_text_font_size = "15px", "13px"
        axis.axis_label_text_font_style = "normal"
        axis.axis_line_color = None
        axis.major_tick_out, axis.major_tick_in, axis.minor_tick_out = 0, 6, 0
    plot.grid.grid_line_color = GREY
    plot.grid.grid_line_alpha = 0.15
    return plot


def empty_source(name: str, *columns: str) -> ColumnDataSource:
    """Return a source that the page's script fills."""
    return ColumnDataSource({column: [] for column in columns}, name=name)
