"""Figures, printed tables and the gallery, drawn from the tables of the other stages."""
