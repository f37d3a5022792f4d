"""Electron candidates from ROOT files that Delphes wrote."""
