"""A private SLURM cluster: controller, nodes and munge on the loopback interface, without systemd.

The daemons are children of this process and end with it; all their files are in one folder.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

# The default path of all clients; those within jobs do not inherit SLURM_CONF.
CONF = Path("/etc/slurm/slurm.conf")
MARK = "# The tests' own SLURM, see tests/slurm/cluster.py"
PACKAGES = ["slurmctld", "slurmd", "slurm-client", "slurm-wlm-basic-plugins", "munge"]
PROGRAMS = ["slurmctld", "slurmd", "sbatch", "munged"]

# EnforcePartLimits refuses jobs that can never run. MinJobAge lets squeue show jobs long after their end.
# JobAcctGatherParams enforces memory limits without cgroups. SlurmdTimeout and cred_expire let a job of a
# dead node start elsewhere within a minute. config_overrides lets nodes claim more than the machine has. LLN
# spreads jobs over the nodes.
SETTINGS = f"""{MARK}
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={{port}}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={{folder}}/munge.socket,cred_expire=15
SlurmUser=root
SlurmdUser=root
StateSaveLocation={{folder}}/state
SlurmdSpoolDir={{folder}}/%n
SlurmctldPidFile={{folder}}/slurmctld.pid
SlurmdPidFile={{folder}}/%n.pid
SlurmctldLogFile={{folder}}/slurmctld.log
SlurmdLogFile={{folder}}/%n.log
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
EnforcePartLimits=ALL
MinJobAge=36000
KillWait=2
SlurmdTimeout=10
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE LLN=YES State=UP
"""
NODE = (
    "NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} "
    "CPUs={cpus} RealMemory={memory} Gres=gpu:1\n"
)


class ClusterError(Exception):
    """Raised when the cluster cannot be started, or an event does not happen in time."""


@dataclass(frozen=True)
class Job:
    """A job as squeue shows it, also after its end; `rule` includes the wildcards."""

    number: int
    state: str
    node: str
    memory: str
    rule: str


class Cluster:
    """A SLURM with the nodes n1, n2, ...; used as a context manager."""

    def __init__(self, folder: Path, nodes: int = 3, cpus: int = 4, memory: int = 8000):
        """Each node claims `cpus` cores and `memory` MB, whatever the machine has."""
        self.folder = folder
        self.cpus = cpus
        self.memory = memory
        self.nodes = [f"n{number + 1}" for number in range(nodes)]
        self._daemons: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Cluster":
        """Install missing Debian packages, start the cluster and wait until all nodes are idle."""
        install_packages()
        self._refuse_others()
        with ExitStack() as undo:
            undo.callback(self._stop)
            self._configure()
            self._start("munged", "munged", "--foreground", "--force", *self._munge_options())
            wait_for((self.folder / "munge.socket").exists, 10, f"munged (see {self.folder}/munge.log)")
            self._start("slurmctld", "slurmctld", "-D", "-i", "-f", self.folder / "slurm.conf")
            for node in self.nodes:
                self.revive(node)
            wait_for(self._all_idle, 60, f"idle nodes (see {self.folder}/*.log)")
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel all jobs and end all daemons."""
        self._stop()

    def jobs(self) -> list[Job]:
        """Return all jobs so far, in the order of their submission."""
        listed = output_of("squeue", "--noheader", "--states=all", "--sort=i", "--format=%i|%T|%N|%m|%k")
        jobs = [line.split("|") for line in listed.splitlines()]
        return [
            Job(int(number), state, node, memory, comment.removeprefix("rule_").replace("_wildcards_", " "))
            for number, state, node, memory, comment in jobs
        ]

    def living(self) -> list[Job]:
        """Return the jobs that have not ended."""
        return [job for job in self.jobs() if job.state in ("PENDING", "RUNNING", "SUSPENDED", "COMPLETING")]

    def cancel(self) -> None:
        """Cancel all jobs."""
        if self.living():
            output_of("scancel", *(str(job.number) for job in self.living()))
            wait_for(lambda: not self.living(), 60, "the end of cancelled jobs")

    def crash(self, node: str) -> None:
        """Kill all processes of a node, as a power cut would."""
        daemon, log = self._daemons.pop(node), str(self.folder / f"{node}.log")
        steps = [
            step
            for step in living_processes("slurmstepd")
            if any(file.path == log for file in step.open_files())
        ]
        doomed = [process for step in steps for process in [step, *step.children(recursive=True)]]
        daemon.kill()
        for process in doomed:
            process.kill()
        daemon.wait()

    def revive(self, node: str) -> None:
        """Start the daemon of a node."""
        self._start(node, "slurmd", "-D", "-f", self.folder / "slurm.conf", "-N", node)

    def _refuse_others(self) -> None:
        for other in living_processes("slurmctld"):
            raise ClusterError(f"another slurmctld runs, as process {other.pid}; end it first")
        if CONF.exists() and not CONF.read_text().startswith(MARK):
            raise ClusterError(f"{CONF} belongs to another SLURM; these tests need a machine without one")
        name = socket.gethostname()
        address = socket.gethostbyname(name)
        if not address.startswith("127."):
            raise ClusterError(
                f"this machine's name, {name}, has the address {address}, where other machines could reach "
                f"the tests' SLURM; put the line `127.0.0.1 {name}` first in /etc/hosts"
            )
        if len(str(self.folder)) > 70:
            raise ClusterError(
                f"{self.folder} is too long a path for sockets; give pytest a shorter --basetemp"
            )

    def _configure(self) -> None:
        for name in ("state", *self.nodes):
            (self.folder / name).mkdir(parents=True)
        port, *ports = free_ports(1 + len(self.nodes))
        path = self.folder / "slurm.conf"
        path.write_text(
            SETTINGS.format(folder=self.folder, port=port)
            + "".join(
                NODE.format(name=name, port=port, cpus=self.cpus, memory=self.memory)
                for name, port in zip(self.nodes, ports, strict=True)
            )
        )
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/zero\n")
        CONF.parent.mkdir(exist_ok=True)
        CONF.unlink(missing_ok=True)
        CONF.symlink_to(path)

    def _munge_options(self) -> list[str]:
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        files = ["key-file", "pid-file", "seed-file", "log-file", "socket"]
        return [f"--{name}={self.folder}/munge.{name.removesuffix('-file')}" for name in files]

    def _start(self, name: str, *command: str | Path) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._daemons[name] = subprocess.Popen(command, preexec_fn=end_with_parent, **quiet)

    def _all_idle(self) -> bool:
        states = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--format=%T"], capture_output=True, text=True
        )
        return states.stdout.split() == ["idle"] * len(self.nodes)

    def _stop(self) -> None:
        try:
            if "slurmctld" in self._daemons:
                self.cancel()
        finally:
            for daemon in self._daemons.values():
                daemon.terminate()
            for daemon in self._daemons.values():
                try:
                    daemon.wait(10)
                except subprocess.TimeoutExpired:
                    daemon.kill()
            for step in living_processes("slurmstepd"):
                step.kill()
            CONF.unlink(missing_ok=True)


def install_packages() -> None:
    """Install Debian's packages of SLURM if they are missing."""
    if os.geteuid() != 0:
        raise ClusterError("only root can start a SLURM cluster; run these tests as root")
    if all(map(shutil.which, PROGRAMS)):
        return
    if not shutil.which("apt-get"):
        raise ClusterError(f"SLURM and apt-get are missing; install {', '.join(PACKAGES)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # starts no services
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        result = subprocess.run(
            ["apt-get", "--quiet", *command], env=environment, capture_output=True, text=True
        )
        if result.returncode:
            raise ClusterError(f"apt-get {' '.join(command)} failed:\n{result.stdout}\n{result.stderr}")


def living_processes(name: str) -> list[psutil.Process]:
    """Return the living processes of a name; a slurmstepd supervises one step of a job."""
    return [
        process
        for process in psutil.process_iter(["name", "status"])
        if process.info["name"] == name and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def free_ports(number: int) -> list[int]:
    """Return free ports of the loopback interface."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in sockets]


def end_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def output_of(*command: str) -> str:
    """Return the output of a SLURM command."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if result.returncode:
        raise ClusterError(f"{' '.join(command)} failed: {result.stderr}")
    return result.stdout


def wait_for(condition: Callable[[], bool], seconds: float, event: str) -> None:
    """Wait until a condition holds, at most some seconds; `event` names it in the error."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise ClusterError(f"waited {seconds} s in vain for {event}")
        time.sleep(0.1)
