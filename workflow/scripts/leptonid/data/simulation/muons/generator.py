"""Events of the muon study: Z' -> mu mu (signal), b bbar (background) and the inelastic events of pile-up."""

from collections.abc import Iterator

from leptonid.data.simulation.generator import KINDS, Acceptance, pythia_events
from leptonid.data.simulation.particles import V0, Particles

# Thresholds of towers are on their energy, 0.5 GeV at least: in the outermost ones a pT of 0.05 GeV has that.
# Charged particles of less than 0.1 GeV curl up. Towers reach an image up to 3.0. Neutrinos leave no energy.
ACCEPTANCE = Acceptance(
    min_pt=0.1,
    min_neutral_pt=0.05,
    max_eta=3.2,
    ignored=(12, 14, 16),
    kinds={**KINDS, V0: (310, 3122)},
)

B_HADRONS = (511, 521, 531, 541, 5122, 5132, 5232, 5332)

# The pile-up is overlaid (overlay.py), the events themselves are without multi-parton interactions. The cut
# on the b quarks' pT was tuned to the published spectrum of the muons' pT and decides how well they separate.
PROCESSES = {
    "signal": (
        "NewGaugeBoson:ffbar2gmZZprime = on",
        "Zprime:gmZmode = 3",  # the Z' alone
        "32:m0 = 20.",
        "32:mWidth = 0.1",
        "32:doForceWidth = on",
        "32:mMin = 15.",
        "32:mMax = 25.",
        "PhaseSpace:mHatMin = 15.",
        "PhaseSpace:mHatMax = 25.",
        "32:onMode = off",
        "32:onIfAny = 13",
        "PartonLevel:MPI = off",
    ),
    "background": ("HardQCD:hardbbbar = on", "PhaseSpace:pTHatMin = 20.", "PartonLevel:MPI = off"),
    "minimum_bias": ("SoftQCD:inelastic = on",),
}

# Every b hadron decays into a muon: seven times the muons, but none of b -> c -> mu, and two in every event.
FORCED = tuple(f"{number}:{line}" for number in B_HADRONS for line in ("onMode = off", "onIfAny = 13"))


def generate(process: str, seed: int, batch: int, forced: bool = False) -> Iterator[Particles]:
    """Yield batches of events of a process, a key of `PROCESSES`, without end; see `pythia_events`.

    With `forced`, all b hadrons of the background decay into a muon.
    """
    lines = PROCESSES[process] + (FORCED if forced and process == "background" else ())
    return pythia_events(process, lines, ACCEPTANCE, seed, batch)
