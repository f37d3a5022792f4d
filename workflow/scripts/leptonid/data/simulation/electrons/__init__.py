"""Electron candidates from Pythia 8 in a fast segmented calorimeter: a stand-in for the published sample."""
