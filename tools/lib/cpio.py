# SPDX-License-Identifier: Apache-2.0
"""Writes cpio archives in the `newc` format that Linux unpacks as initrd, reproducibly and without privilege."""

import os
import stat


class Archive:
    """Entries are added in order; a folder must come before what it holds (add() sees to that)."""

    def __init__(self, stream):
        self._stream = stream
        self._inode = 0
        self._folders = {""}

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self._inode += 1
        encoded = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % f for f in fields)
        self._padded(header + encoded)
        self._padded(data)

    def _padded(self, data):
        self._stream.write(data + b"\0" * (-len(data) % 4))

    def folder(self, name):
        """Adds a folder and the folders above it, each once."""
        name = name.strip("/")
        if name in self._folders:
            return
        self.folder(os.path.dirname(name))
        self._folders.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, name, major, minor, mode=0o600):
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFCHR | mode, b"", (major, minor))

    def finish(self):
        self._entry("TRAILER!!!", 0)
