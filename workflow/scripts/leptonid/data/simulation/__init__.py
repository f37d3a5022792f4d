"""The built-in simulation: Pythia 8 and a fast segmented calorimeter, a stand-in for the published data."""
