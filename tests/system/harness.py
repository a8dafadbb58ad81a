# SPDX-License-Identifier: Apache-2.0
"""What every system test is made of: the decorator, the context it gets, the ways to fail and to skip."""

import copy
import pathlib
import sys
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tools/lib"))

import guest  # noqa: E402
import machine  # noqa: E402

REGISTERED = []


class Failure(Exception):
    """What was expected and what was found."""


class Skip(Exception):
    """Why a test says nothing here."""


def test(kind="shared", limit=180):
    """Registers a test. kind says which machine it works on:

    shared   one machine, dom0 up, no guest, used by one test after the other; it must be left as it was found
    last     the same machine, but it does not survive: these tests run after all shared ones
    own      the test boots what it needs by Context.boot() or Context.start()

    limit: seconds that all its waits together may last.
    """

    def register(function):
        REGISTERED.append((function, kind, limit))
        return function

    return register


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(found, expected, what):
    if found != expected:
        raise Failure(f"{what}: expected {expected!r}, found {found!r}")


def difference(what, before, after):
    """The lines that came and those that went, on one line."""
    old, new = before.splitlines(), after.splitlines()
    changes = [f"+ {line}" for line in new if line not in old] + [f"- {line}" for line in old if line not in new]
    return f"{what}: {'; '.join(changes) or 'the same lines in another number or order'}"


class Context:
    """What a test works with. dom0 is a Shell; machine is its Machine; log_folder is for own machines' logs."""

    def __init__(self, settings, logs, deadline):
        self.settings = settings
        self.logs = logs
        self.deadline = deadline
        self.machine = None
        self.dom0 = None
        self._opened = []

    def guest(self, name="demo"):
        return guest.Guest(self.dom0, name)

    def changed(self, **fields):
        """A copy of the settings with some fields changed."""
        settings = copy.copy(self.settings)
        for name, value in fields.items():
            if not hasattr(settings, name):
                raise AttributeError(name)
            setattr(settings, name, value)
        return settings

    def start(self, name, **fields):
        """Starts a machine of the test's own without waiting for anything; it is closed after the test."""
        m = machine.Machine(self.changed(**fields), self.logs / f"system-{name}.log")
        m.deadline = self.deadline
        self._opened.append(m)
        m.start()
        return m

    def boot(self, name, **fields):
        """Starts a machine and waits for dom0's shell; returns (machine, shell)."""
        m = self.start(name, **fields)
        m.expect("^dom0 is ready", 180, "line 'dom0 is ready'")
        shell = machine.Shell(m, "dom0")
        shell.attach(60, interrupt=True)
        return m, shell

    def close(self):
        for m in self._opened:
            m.close()

    def is_xen(self):
        """Whether the machine runs Debian's Xen instead of our hypervisor: texts of its own are not checked then."""
        return b"Xen version" in pathlib.Path(self.settings.hypervisor).read_bytes()

    def leftovers(self):
        """What guests leave in dom0 and the hypervisor when they are gone, as a comparable mapping."""
        dom0 = self.dom0
        return {
            "domains": dom0.ask("domus list | awk 'NR>1 {print $1, $2}'"),
            "xenstore nodes": dom0.ask("xenstore-ls -f | sed 's/ = .*//' | grep -v '^/local/domain/0/memory'"),
            "event channels": dom0.ask("grep -c xen-dyn /proc/interrupts; true"),
            "loop devices": dom0.ask("losetup -a"),
            "network interfaces": dom0.ask("ls /sys/class/net"),
            "processes": dom0.ask("ps -o comm | grep -E 'domus|xen' | grep -v kworker | sort; true"),
            "free memory": dom0.ask("domus info free_memory"),
        }

    def await_leftovers(self, expected, timeout=60):
        """Waits until nothing is left but what was there: kernel threads and interfaces end a moment after their domain."""
        limit = time.monotonic() + timeout
        while True:
            found = self.leftovers()
            different = {k: (expected[k], found[k]) for k in expected if expected[k] != found[k]}
            if not different:
                return
            if time.monotonic() > limit:
                raise Failure("left behind:\n" + "\n".join(difference(k, *v) for k, v in different.items()))
            time.sleep(1)
