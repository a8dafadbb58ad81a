# SPDX-License-Identifier: Apache-2.0
"""A machine that cannot boot says why on its console, and stops."""

import pathlib
import tempfile

from harness import Skip, check, test

WAIT = 60


def refuses(c, name, words, **fields):
    """Boots with bad input: the hypervisor must name it and dom0 must not come up."""
    if c.is_xen():
        raise Skip("texts of our hypervisor")
    m = c.start(f"bad-{name}", **fields)
    for word in words:
        m.expect_hypervisor(word, WAIT, f"message that holds '{word}'")
    check("Linux version" not in m.console, "dom0's kernel was started nevertheless")


@test(kind="own")
def missing_kernel(c):
    refuses(c, "missing-kernel", [r"Panic: .*kernel"], kernel=None)


@test(kind="own")
def missing_initrd(c):
    # A kernel without an initrd is a legal machine; what the user sees is Linux's own complaint.
    m = c.start("missing-initrd", initrd=None)
    m.expect(r"Unable to mount root fs", WAIT, "Linux's complaint that it has no root file system")


def with_file(c, name, content, field, words):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file"
        path.write_bytes(content)
        refuses(c, name, words, **{field: path})


@test(kind="own")
def kernel_is_text(c):
    with_file(c, "text-kernel", b"this is no kernel\n" * 100, "kernel", [r"cannot build domain 0: .*(ELF|image)"])


@test(kind="own")
def kernel_is_cut(c):
    data = c.settings.kernel.read_bytes()
    with_file(c, "cut-kernel", data[: len(data) // 3], "kernel", [r"cannot build domain 0: .*(ELF|image)"])


@test(kind="own")
def kernel_is_compressed(c):
    vmlinuz = next(iter(sorted((c.settings.images.parent / "cache/kernel-dom0/boot").glob("vmlinuz-*"))), None)
    if vmlinuz is None:
        raise Skip("no packed kernel at hand")
    refuses(c, "packed-kernel", [r"cannot build domain 0: .*ELF"], kernel=vmlinuz)


@test(kind="own")
def too_little_memory(c):
    refuses(c, "memory", [r"Panic: .*(?i:memory)"], memory=64)


@test(kind="own")
def dom0_memory_too_small(c):
    options = c.settings.options.replace("dom0_mem=768M,max:768M", "dom0_mem=16M")
    refuses(c, "dom0-mem", [r"Panic: .*(?i:memory|dom0_mem)"], options=options)


@test(kind="own")
def unknown_option(c):
    if c.is_xen():
        raise Skip("texts of our hypervisor")
    m = c.start("unknown-option", options=c.settings.options + " no_such_option=7")
    m.expect_hypervisor(r"no_such_option", WAIT, "message that names the unknown option")
