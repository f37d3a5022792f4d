"""Scalars of an image: the names, titles and units of what `leptonid.data.scalars` computes."""

# By name: title and unit, `energy` for the energy unit of the sample.
SCALARS = {
    "sum_et": ("sum of ET", "energy"),
    "cells": ("number of cells", None),
    "max_et": ("largest cell", "energy"),
    "girth": ("girth", None),
}
