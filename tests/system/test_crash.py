# SPDX-License-Identifier: Apache-2.0
"""A guest whose kernel crashes takes nothing with it, and the hypervisor says who died."""

from harness import Skip, check, equal, test


@test(limit=300)
def crash_of_one_of_two(c):
    first, second = c.guest("demo"), c.guest("demo2")
    first.create()
    second.create()
    first.await_network()
    second.await_network()
    domid = first.domid()
    since = len(c.machine.hypervisor)
    survivor = second.domid()
    with first.console() as shell:
        shell.type_line("echo c > /proc/sysrq-trigger")
        c.machine.expect("sysrq: Trigger a crash", 60, "the crash in the guest's console")
    first.await_state("")
    equal(second.domid(), survivor, "id of the other guest")
    check(second.ping() > 0, "the other guest no longer answers ping")
    equal(second.fetch_into_dom0(), second.disk_hash, "hash of a file fetched from the other guest")
    equal(c.dom0.ask("echo alive"), "alive", "dom0's answer")
    if c.is_xen():
        raise Skip("the crashed domain's registers are checked on our hypervisor only")
    c.machine.expect_hypervisor(rf"(?i)\bd(?:omain )?{domid}\b.*crash", 10, "line that names the dead domain", since)
    c.machine.expect_hypervisor(r"(?i)\brip\b.*ffffffff", 10, "registers of the dead domain", since)
