"""Events from Pythia 8: di-electrons (signal), dijets (background) and minimum bias."""

from collections.abc import Iterator
from dataclasses import replace
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

# Events whose hardest jet of partons has less pT are dropped early (`JetVeto`). Measured on complete
# events, this loses 0.3 % of the background's candidates and none of 5,000 of the signal.
MIN_JET_PT = {"signal": 8.5, "background": 15.0}  # GeV
JET_RADIUS = 0.3
JET_MAX_ETA = 2.2  # of its partons
VETO_SCALE = 2.0  # GeV; the shower below it, with ever more partons, takes most of the time

PYTHIA_SEEDS = 900_000_000  # Pythia takes seeds from 1 to this

NEUTRINOS_AND_MUONS = (12, 13, 14, 16)


def versions() -> dict[str, str]:
    """Return the versions of what decides the events, by name."""
    return {name: version(name) for name in ("pythia8mc", "numpy", "awkward")}


class JetVeto(pythia8mc.UserHooks):
    """Drop events without a hard central jet of partons before they are hadronised.

    Parameters
    ----------
    min_pt
        pT in GeV that an event's hardest jet needs.
    early
        Whether to look at the partons also at `VETO_SCALE`. The Z of the signal has not decayed by then.

    Attributes
    ----------
    dropped
        Number of events dropped so far.
    """

    def __init__(self, min_pt: float, early: bool) -> None:
        super().__init__()
        self.early = early
        self.dropped = 0
        # Anti-kt jets of all particles; the last arguments avoid FastJet and its banner.
        self.jets = pythia8mc.SlowJet(-1, JET_RADIUS, min_pt, JET_MAX_ETA, 1, 2, None, False)

    def drops(self, event: pythia8mc.Event) -> bool:
        """Return whether no jet of an event is hard enough, and count the event if so."""
        self.jets.analyze(event)
        dropped = self.jets.sizeJet() == 0
        self.dropped += dropped
        return dropped

    # The names of the following methods are Pythia's.

    def canVetoPT(self) -> bool:  # noqa: N802
        """Return whether `doVetoPT` is to be called."""
        return self.early

    def scaleVetoPT(self) -> float:  # noqa: N802
        """Return at which pT of the shower `doVetoPT` is called."""
        return VETO_SCALE

    def doVetoPT(self, _position: int, event: pythia8mc.Event) -> bool:  # noqa: N802
        """Return whether to drop an event in the middle of its shower."""
        return self.drops(event)

    def canVetoPartonLevel(self) -> bool:  # noqa: N802
        """Return that `doVetoPartonLevel` is to be called."""
        return True

    def doVetoPartonLevel(self, event: pythia8mc.Event) -> bool:  # noqa: N802
        """Return whether to drop an event after its shower."""
        return self.drops(event)


def generate(process: str, seed: int, batch: int) -> Iterator[Particles]:
    """Yield batches of about `batch` complete events of a process without end (failed events are left out).

    Events that were dropped early count as well, as events without particles at the end of a batch.

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
    veto = None
    if process in MIN_JET_PT:
        veto = JetVeto(MIN_JET_PT[process], early=process == "background")
        pythia.setUserHooksPtr(veto)
    if refused or not pythia.init():
        raise InputError(f"Pythia 8 cannot be set up for {process}: refused settings {refused or 'none'}")
    dropped = 0
    while True:
        particles = final_particles(pythia.nextBatch(batch))
        if veto:
            particles = replace(particles, events=particles.events + veto.dropped - dropped)
            dropped = veto.dropped
        yield particles


def final_particles(batch: ak.Array) -> Particles:
    """Return the stable particles of a batch of Pythia events that can matter to the calorimeters.

    Muons, neutrinos, and what is below `MIN_PT` or beyond `MAX_ETA` are left out.
    """
    counts = ak.to_numpy(ak.num(batch["prt"]))
    record = ak.flatten(batch["prt"])
    stable = np.flatnonzero(ak.to_numpy(record["status"]) > 0)
    event = np.repeat(np.arange(len(counts)), counts)[stable]
    identity = ak.to_numpy(record["id"])[stable]
    px, py, pz = (ak.to_numpy(record["p", axis])[stable] for axis in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / pt)
    chosen = (pt > MIN_PT) & (np.abs(eta) < MAX_ETA) & ~np.isin(np.abs(identity), NEUTRINOS_AND_MUONS)
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
