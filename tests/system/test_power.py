# SPDX-License-Identifier: Apache-2.0
"""Dom0 ends the machine: power off, and reboot."""

from harness import equal, test


@test(kind="last")
def power_off(c):
    c.dom0.type_line("poweroff")
    equal(c.machine.expect_end(120), "guest-shutdown", "reason for which the machine ended")


@test(kind="own")
def reboot(c):
    m, dom0 = c.boot("reboot")
    dom0.type_line("reboot")
    # QEMU runs with -no-reboot: a reset ends it and is told by its reason.
    equal(m.expect_end(120), "guest-reset", "reason for which the machine ended")
