# SPDX-License-Identifier: Apache-2.0
"""Dom0 on the machine: its disks, network cards, interrupts, clock and memory."""

import hashlib
import re
import time

import layout
from fileserver import FileServer
from harness import check, equal, test

BLOCK = layout.content("block", 2 * layout.MIB)
BLOCK_HASH = hashlib.sha256(BLOCK).hexdigest()


@test()
def virtio_disk(c):
    mounted = c.dom0.ask("mount | grep ' / '")
    check(mounted.startswith("/dev/vda ") or "/dev/root" in mounted, f"root is not the virtio disk: {mounted}")
    # Written, dropped from the cache, read again: both directions go through the disk.
    c.dom0.run("dd if=/dev/urandom of=/root/block bs=64k count=32 2>/dev/null; sync")
    before = c.dom0.ask("sha256sum < /root/block")
    c.dom0.run("echo 3 > /proc/sys/vm/drop_caches")
    equal(c.dom0.ask("sha256sum < /root/block"), before, "hash of what was written")
    c.dom0.run("rm /root/block")


@test()
def ahci_disk(c):
    c.dom0.run("echo 3 > /proc/sys/vm/drop_caches")
    digest = c.dom0.ask("sha256sum /dev/sda").split()[0]
    equal(digest, layout.content_hash("second disk", layout.SECOND_DISK_SIZE), "hash of the AHCI disk")


@test()
def network_cards(c):
    for card, gateway in (("virtio", layout.GATEWAY), ("e1000", layout.SECOND_GATEWAY)):
        c.dom0.run(f"ping -c 2 -W 10 {gateway}")
        with FileServer(BLOCK) as server:
            digest = c.dom0.ask(f"wget -q -O - http://{gateway}:{server.port}/ | sha256sum", 120).split()[0]
        equal(digest, BLOCK_HASH, f"hash of a file fetched through the {card} card")


def interrupts(dom0):
    """{(chip and type, name): count over all CPUs} of the event-channel lines of /proc/interrupts."""
    counts = {}
    for line in dom0.run("cat /proc/interrupts").splitlines():
        found = re.match(r"\s*\d+:((?:\s+\d+)+)\s+(xen-\S+)\s+-(\S+)\s+(.+)$", line)
        if found:
            key = (f"{found[2]} {found[3]}", found[4].strip())
            counts[key] = counts.get(key, 0) + sum(map(int, found[1].split()))
    return counts


@test()
def interrupts_counted(c):
    before = interrupts(c.dom0)
    c.dom0.run(f"echo 3 > /proc/sys/vm/drop_caches; cat /dev/sda /bin/busybox > /dev/null")
    c.dom0.run(f"ping -c 2 -W 10 {layout.GATEWAY}; ping -c 2 -W 10 {layout.SECOND_GATEWAY}")
    after = interrupts(c.dom0)

    def grew(kind, name):
        matching = [k for k in after if re.fullmatch(kind, k[0]) and re.search(name, k[1])]
        check(matching, f"no interrupt line of kind {kind} named {name}: {sorted(after)}")
        rise = sum(after[k] - before.get(k, 0) for k in matching)
        check(rise > 0, f"the interrupts of {name} ({kind}) were not counted: {matching}")

    grew(r"xen-pirq msi-x", r"virtio\d+-req")
    grew(r"xen-pirq msi-x", r"virtio\d+-input")
    grew(r"xen-pirq msi", r"ahci")
    grew(r"xen-pirq ioapic-level", r"eth1")
    grew(r"xen-percpu virq", r"timer0")


@test()
def clock(c):
    # Minutes, not seconds: the machine read the real-time clock of this computer when it booted.
    difference = abs(int(c.dom0.ask("date -u +%s")) - time.time())
    check(difference < 600, f"dom0's clock is {difference:.0f} s away from this computer's")
    first, second = c.dom0.ask("cut -d' ' -f1 /proc/uptime; sleep 1; cut -d' ' -f1 /proc/uptime").split()
    check(float(second) > float(first), f"dom0's clock stands still: {first}, {second}")


def memory_total(dom0):
    """dom0's MemTotal and what `domus list` says of it, both in MiB."""
    total = int(dom0.ask("awk '/MemTotal/ {print $2}' /proc/meminfo")) // 1024
    listed = int(dom0.ask("domus list 0 | awk 'NR==2 {print $3}'"))
    return total, listed


def set_target(dom0, kib):
    node = "/sys/devices/system/xen_memory/xen_memory0"
    dom0.run(f"echo {kib} > {node}/target_kb")
    dom0.run(
        f"i=0; until [ $(cat {node}/info/current_kb) -eq {kib} ]; do i=$((i+1)); [ $i -lt 240 ] || break;"
        f" usleep 250000; done; [ $(cat {node}/info/current_kb) -eq {kib} ]",
        timeout=120,
    )


@test()
def balloon(c):
    start = int(c.dom0.ask("cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb"))
    total, listed = memory_total(c.dom0)
    free = int(c.dom0.ask("domus info free_memory"))
    shrink = 128
    set_target(c.dom0, start - shrink * 1024)
    small_total, small_listed = memory_total(c.dom0)
    equal(total - small_total, shrink, "fall of MemTotal in MiB")
    equal(listed - small_listed, shrink, "fall of the memory that domus list shows")
    equal(int(c.dom0.ask("domus info free_memory")) - free, shrink, "rise of the hypervisor's free memory")
    set_target(c.dom0, start)
    equal(memory_total(c.dom0), (total, listed), "memory after growing back")
