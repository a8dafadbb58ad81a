# SPDX-License-Identifier: Apache-2.0
"""`domus destroy` at any moment of a guest's life leaves nothing behind."""

import random
import time

from harness import Failure, check, equal, test

SEED = 20240229
ROUNDS = 25


@test()
def what_is_left_is_seen(c):
    """The count itself: each kind of thing that could be left behind is planted once and must be found."""
    before = c.leftovers()
    planted = [
        ("domains", "domus create -p /etc/xen/demo.cfg", "domus destroy demo"),
        ("loop devices", "losetup /dev/loop7 /var/lib/domus/demo2.img", "losetup -d /dev/loop7"),
        ("network interfaces", "brctl addbr left0", "brctl delbr left0"),
        ("xenstore nodes", "xenstore-write /tool/left 1", "xenstore-rm /tool/left"),
    ]
    for what, plant, remove in planted:
        c.dom0.run(plant)
        try:
            c.await_leftovers(before, 0)
        except Failure as failure:
            check(f"{what}: +" in str(failure), f"{what} planted, but found: {failure}")
        else:
            raise Failure(f"{what} planted and not found")
        c.dom0.run(remove)
    c.await_leftovers(before)


@test(limit=300)
def destroy_at_random_moments(c):
    demo = c.guest()
    # The first guest makes dom0 set aside what it keeps (grant frames, loop devices): only then is a count fair.
    demo.create()
    demo.await_network()
    c.dom0.run("domus destroy demo")
    demo.await_state("")
    time.sleep(1)
    before = c.leftovers()
    moments = random.Random(SEED)
    for _ in range(6):
        demo.create()
        time.sleep(moments.uniform(0, 4))
        c.dom0.run("domus destroy demo")
        equal(c.dom0.run("domus list demo", check=False)[0], 1, "status of domus list after destroy")
    c.await_leftovers(before)


@test(limit=300)
def destroy_while_creating(c):
    demo = c.guest()
    demo.create()
    c.dom0.run("domus destroy demo")
    time.sleep(1)
    before = c.leftovers()
    moments = random.Random(SEED + 1)
    for _ in range(6):
        # The command is killed at some point of its work; what it made must go by `domus destroy`, if it is there at all.
        c.dom0.run(f"(domus create {demo.config} >/tmp/create.out 2>&1 &) ; usleep {moments.randint(0, 1500000)};"
                   " killall -9 domus; usleep 200000; true")
        c.dom0.run("for d in $(domus list | awk 'NR>1 && $2>0 {print $2}'); do domus destroy $d; done; true", 60)
    c.await_leftovers(before)


@test(limit=420)
def rounds_leave_nothing(c):
    demo = c.guest()
    demo.create()
    demo.await_network()
    c.dom0.run("domus destroy demo")
    demo.await_state("")
    time.sleep(1)
    before = c.leftovers()
    for number in range(ROUNDS):
        demo.create()
        if number % 5 == 4:
            demo.await_network()
        c.dom0.run("domus destroy demo")
    c.await_leftovers(before)
