"""Events from Pythia 8: di-electrons (signal), dijets (background) and minimum bias."""

from collections.abc import Iterator
from importlib.metadata import version

import awkward as ak
import numpy as np
import pythia8mc

from leptonid.data.simulation.electrons.particles import (
    CHARGED_HADRON,
    ELECTRON,
    NEUTRAL_HADRON,
    PHOTON,
    Particles,
)
from leptonid.errors import InputError

# Below 0.35 GeV a charged particle curls up before the calorimeter; above 2.7 none reaches an image.
MIN_PT = 0.3  # GeV
MAX_ETA = 2.7

COMMON = (
    "Beams:eCM = 13000.",
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",  # mm: what lives longer reaches the detector
    "Check:event = off",  # a fifth of the time; failed events are left out anyway
    "Print:quiet = on",
    "Next:numberCount = 0",
)

# Multi-parton interactions are nine tenths of Pythia's time: they are off, and minimum-bias events
# are overlaid instead (overlay.py). The signal's masses give electrons over the whole range of ET
# (the paper's 20 GeV resonance needs recoil for that); dijets below 18 GeV would give one candidate
# in eight, above 80 GeV next to none.
PROCESSES = {
    "signal": (
        "WeakSingleBoson:ffbar2gmZ = on",
        "23:onMode = off",
        "23:onIfAny = 11",
        "PhaseSpace:mHatMin = 18.",
        "PhaseSpace:mHatMax = 75.",
        "PartonLevel:MPI = off",
    ),
    "background": (
        "HardQCD:all = on",
        "PhaseSpace:pTHatMin = 18.",
        "PhaseSpace:pTHatMax = 80.",
        "PartonLevel:MPI = off",
    ),
    "minimum_bias": ("SoftQCD:nonDiffractive = on",),
}

PYTHIA_SEEDS = 900_000_000  # Pythia takes seeds from 1 to this

NEUTRINOS_AND_MUONS = (12, 13, 14, 16)


def versions() -> dict[str, str]:
    """Return the versions of what decides the events, by name."""
    return {name: version(name) for name in ("pythia8mc", "numpy", "awkward")}


def generate(process: str, seed: int, batch: int) -> Iterator[Particles]:
    """Yield batches of about `batch` events of a process without end (failed events are left out).

    Parameters
    ----------
    process
        A key of `PROCESSES`.
    seed
        Seed of Pythia's own random numbers, 1 to `PYTHIA_SEEDS`.

    Raises
    ------
    InputError
        If Pythia cannot be set up.
    """
    pythia = pythia8mc.Pythia("", False)
    lines = (*COMMON, *PROCESSES[process], "Random:setSeed = on", f"Random:seed = {seed}")
    refused = [line for line in lines if not pythia.readString(line)]
    if refused or not pythia.init():
        raise InputError(f"Pythia 8 cannot be set up for {process}: refused settings {refused or 'none'}")
    while True:
        yield final_particles(pythia.nextBatch(batch))


def final_particles(batch: ak.Array) -> Particles:
    """Return the stable particles of a batch of Pythia events that can matter to the calorimeters.

    Muons, neutrinos, and what is below `MIN_PT` or beyond `MAX_ETA` are left out.
    """
    counts = ak.to_numpy(ak.num(batch["prt"]))
    record = ak.flatten(batch["prt"])
    event = np.repeat(np.arange(len(counts)), counts)
    identity, status = ak.to_numpy(record["id"]), ak.to_numpy(record["status"])
    px, py, pz = (ak.to_numpy(record["p", axis]) for axis in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    with np.errstate(divide="ignore", invalid="ignore"):  # the beams have no pt
        eta = np.arcsinh(pz / pt)
    species = np.abs(identity)
    chosen = (status > 0) & (pt > MIN_PT) & (np.abs(eta) < MAX_ETA) & ~np.isin(species, NEUTRINOS_AND_MUONS)
    identity = identity[chosen]
    kind, charge = kinds_and_charges(identity)
    phi = np.arctan2(py[chosen], px[chosen])
    return Particles(len(counts), event[chosen], pt[chosen], eta[chosen], phi, kind, charge)


def kinds_and_charges(identity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return kind and charge (both int8) of stable particles from their PDG numbers.

    Long-lived hadrons are few; the charged ones are listed, the rest counts as neutral.
    """
    species = np.abs(identity)
    kind = np.full(identity.shape, NEUTRAL_HADRON, np.int8)
    kind[np.isin(species, CHARGED_HADRONS)] = CHARGED_HADRON
    kind[species == 11] = ELECTRON
    kind[species == 22] = PHOTON
    charge = np.where(np.isin(kind, (ELECTRON, CHARGED_HADRON)), np.sign(identity), 0)
    charge[np.isin(species, NEGATIVE_AS_PARTICLES)] *= -1
    return kind, charge.astype(np.int8)


# pi, K, p, Sigma+, Sigma-, Xi-, Omega- (PDG numbers of what is stable at 10 mm).
CHARGED_HADRONS = (211, 321, 2212, 3222, 3112, 3312, 3334)
NEGATIVE_AS_PARTICLES = (11, 3112, 3312, 3334)
