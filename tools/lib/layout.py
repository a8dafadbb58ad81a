# SPDX-License-Identifier: Apache-2.0
"""What the image builders and the programs that drive the machine must agree on: names, addresses, content."""

import hashlib

NETWORK = "10.0.2"  # behind the virtio card: QEMU's user-mode network, bridged to the guests
SECOND_NETWORK = "10.0.3"  # behind the e1000
GATEWAY = f"{NETWORK}.2"  # answers ping; TCP to it reaches the host's loopback
SECOND_GATEWAY = f"{SECOND_NETWORK}.2"
DOM0 = f"{NETWORK}.15"
SECOND_DOM0 = f"{SECOND_NETWORK}.15"

MIB = 1 << 20
CONTENT_SIZE = 8 * MIB  # content.bin on each guest's disk
SECOND_DISK_SIZE = 4 * MIB  # the AHCI disk, no file system

GUEST_MEMORY = 192  # MiB
GUESTS = {
    "demo": {"address": f"{NETWORK}.21", "mac": "00:16:3e:00:00:21"},
    "demo2": {"address": f"{NETWORK}.22", "mac": "00:16:3e:00:00:22"},
}


def content(name, size):
    """The bytes known to be on a disk: each disk has its own, and they look random."""
    return hashlib.shake_256(f"domus {name}".encode()).digest(size)


def content_hash(name, size):
    return hashlib.sha256(content(name, size)).hexdigest()
