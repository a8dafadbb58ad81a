# SPDX-License-Identifier: Apache-2.0
"""A guest as dom0 sees it, and its console as a shell. Every command goes through dom0's shell on the serial line."""

import contextlib
import re

import layout
from machine import Shell

ESCAPE = "\x1d"  # leaves `domus console`
CREATE_LIMIT = 120


class Guest:
    """One of the demonstration guests."""

    def __init__(self, dom0, name="demo"):
        self.dom0 = dom0
        self.name = name
        self.config = f"/etc/xen/{name}.cfg"
        self.address = layout.GUESTS[name]["address"]
        self.disk_hash = layout.content_hash(name, layout.CONTENT_SIZE)

    def create(self, arguments=""):
        self.dom0.run(f"domus create {arguments} {self.config}", timeout=CREATE_LIMIT)
        self.forget_address()

    def forget_address(self):
        """Drops dom0's idea of the guest's hardware address, so that only the guest itself can be talked to.

        Frames to an address that no bridge port has go out of the network card, and QEMU's user network answers any
        packet that reaches it, also one for a guest that is gone.
        """
        self.dom0.run(f"arp -d {self.address} 2>/dev/null; true")

    @contextlib.contextmanager
    def console(self, timeout=120):
        """Attaches to the guest's console and gives its shell; leaves the console afterwards."""
        machine = self.dom0.machine
        # The marker after the command tells when dom0's shell is back; typing earlier would go astray.
        number = Shell.number()
        since = machine.mark()
        self.dom0.type_line(f"domus console {self.name}; printf '<<%s%d>>\\n' left {number}")
        try:
            shell = Shell(machine, self.name)
            shell.attach(timeout)
            yield shell
        finally:
            if machine.running:
                machine.send(ESCAPE)
                machine.expect(f"<<left{number}>>", 30, "end of domus console", since)
                machine.send("\n")  # had the console ended by itself, the escape went to dom0's shell

    def await_network(self, timeout=120):
        """Waits until the guest answers ping."""
        self.forget_address()
        self.dom0.run(f"i=0; until ping -c 1 -W 1 {self.address} >/dev/null; do i=$((i+1)); [ $i -lt {timeout} ]"
                      " || break; done; ping -c 1 -W 1 " + self.address, timeout=timeout * 2)

    def await_state(self, pattern, timeout=60):
        """Waits until `domus list` shows states that match the pattern; an empty pattern waits until it is gone."""
        if pattern:
            test = f"domus list {self.name} 2>/dev/null | awk 'NR==2 {{print $5}}' | grep -q '{pattern}'"
        else:
            test = f"! domus list {self.name} >/dev/null 2>&1"
        self.dom0.run(f"i=0; until {test}; do i=$((i+1)); [ $i -lt {timeout * 2} ] || break; usleep 500000; done;"
                      f" {test}", timeout=timeout * 4)

    def domid(self):
        return int(self.dom0.ask(f"domus domid {self.name}"))

    def disk_hash_inside(self, shell):
        """The hash of the disk's content as the guest reads it, past its page cache."""
        shell.run("echo 3 > /proc/sys/vm/drop_caches")
        return shell.ask("sha256sum /disk/content.bin", timeout=180).split()[0]

    def fetch_into_dom0(self, timeout=180):
        """Hash of the guest's content.bin as dom0 receives it over TCP; waits until the guest serves it."""
        fetch = f"wget -q -O /tmp/fetched http://{self.address}/content.bin 2>/dev/null"
        return self.dom0.ask(
            f"i=0; until {fetch}; do i=$((i+1)); [ $i -lt 60 ] || break; sleep 1; done;"
            " sha256sum < /tmp/fetched; rm -f /tmp/fetched",
            timeout,
        ).split()[0]

    def ping(self, count=3):
        """Packets answered of count sent from dom0."""
        text = self.dom0.run(f"ping -c {count} -W 5 {self.address}; true", timeout=30 + count * 10)
        found = re.search(r"(\d+) packets received", text)
        return int(found[1]) if found else 0
