"""The built-in simulations: the layouts of their events, and their settings."""

# What each has in `data.simulation` of the config beside the settings of all.
SIMULATIONS: dict[str, tuple[str, ...]] = {
    "electrons": ("ecal_threshold", "hcal_threshold"),
    "muons": ("forced_decays",),
}
