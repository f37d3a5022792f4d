"""Metrics of scores: ROC curves, AUCs, working points, decision orderings, and their uncertainties."""
