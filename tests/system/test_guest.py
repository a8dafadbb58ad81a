# SPDX-License-Identifier: Apache-2.0
"""A stock guest: console, disk, network, and the commands that act on it."""

import hashlib

import layout
from fileserver import FileServer
from harness import check, equal, test

BLOCK = layout.content("block for a guest", 2 * layout.MIB)


@test()
def console_disk_network(c):
    demo = c.guest()
    demo.create()
    with demo.console() as shell:
        equal(shell.ask("hostname"), "demo", "host name inside the guest")
        equal(demo.disk_hash_inside(shell), demo.disk_hash, "hash of the disk's content in the guest")
        with FileServer(BLOCK) as server:
            command = f"wget -q -O - http://{layout.GATEWAY}:{server.port}/ | sha256sum"
            equal(shell.ask(command, 120).split()[0], hashlib.sha256(BLOCK).hexdigest(), "hash of a fetched file")
        # What the guest writes is on its disk, not only in its cache.
        shell.run("echo written > /disk/note; sync; echo 3 > /proc/sys/vm/drop_caches")
        equal(shell.ask("cat /disk/note"), "written", "file read again")
    check(demo.ping() > 0, "no answer to ping")
    equal(demo.fetch_into_dom0(), demo.disk_hash, "hash of a file fetched from the guest")


@test()
def console_from_the_first_byte(c):
    demo = c.guest()
    c.dom0.run("rm -f /var/log/domus/console/guest-demo.log*")
    demo.create()
    demo.await_network()
    first = c.dom0.ask("head -n 2 /var/log/domus/console/guest-demo.log")
    check("Linux version" in first, f"the log does not begin with the kernel's first lines: {first!r}")


@test()
def shutdown(c):
    demo = c.guest()
    demo.create()
    demo.await_network()
    c.dom0.run("domus shutdown -w demo", timeout=120)
    # on_poweroff = "destroy" is the monitor's work, a moment later.
    demo.await_state("")


@test()
def reboot(c):
    demo = c.guest()
    demo.create()
    demo.await_network()
    first = demo.domid()
    c.dom0.run("domus reboot demo", timeout=60)
    c.dom0.run(
        f"i=0; until d=$(domus domid demo 2>/dev/null) && [ $d != {first} ]; do i=$((i+1)); [ $i -lt 240 ] || break;"
        f" usleep 500000; done; [ $d != {first} ]",
        timeout=150,
    )
    demo.await_network()
    equal(demo.fetch_into_dom0(), demo.disk_hash, "hash of a file fetched after the reboot")


@test()
def pause_and_unpause(c):
    demo = c.guest()
    demo.create()
    demo.await_network()
    c.dom0.run("domus pause demo")
    demo.await_state("p")
    equal(demo.ping(2), 0, "packets that a paused guest answers")
    c.dom0.run("domus unpause demo")
    demo.await_network()


@test()
def created_paused(c):
    demo = c.guest()
    demo.create("-p")
    demo.await_state("p")
    equal(c.dom0.ask("domus list demo | awk 'NR==2 {print $6}'"), "0.0", "CPU time of a guest that never ran")
    c.dom0.run("domus unpause demo")
    demo.await_network()
