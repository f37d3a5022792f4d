"""Muons from Pythia 8 in the towers of a card of Delphes: a stand-in for the published sample."""
