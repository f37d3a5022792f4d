"""Evaluate stage: tables of every number that figures and printed tables show."""
