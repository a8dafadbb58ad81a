# SPDX-License-Identifier: Apache-2.0
"""Dom0 and a guest come up on CPU models old and new."""

import machine
from guest import Guest
from harness import equal, test


def works_on(c, model):
    _, dom0 = c.boot(f"cpu-{model.split(',')[0]}", cpu=model)
    demo = Guest(dom0)
    demo.create()
    demo.await_network()
    equal(demo.fetch_into_dom0(), demo.disk_hash, "hash of a file fetched from the guest")


@test(kind="own", limit=240)
def qemu64(c):
    works_on(c, "qemu64")


@test(kind="own", limit=240)
def epyc(c):
    works_on(c, machine.without_faults(c.settings.qemu, "EPYC"))


@test(kind="own", limit=240)
def haswell(c):
    works_on(c, machine.without_faults(c.settings.qemu, "Haswell-noTSX"))
