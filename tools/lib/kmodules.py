# SPDX-License-Identifier: Apache-2.0
"""Kernel modules of an unpacked Debian kernel: which files a wanted set needs, in an order that loads.

Debian's packages carry no modules.dep (depmod runs at installation), so the dependencies are read from the
modules themselves: section .modinfo holds NUL-terminated `key=value` strings.
"""

import pathlib
import struct


class ModuleError(Exception):
    """A wanted module does not exist, or a module file cannot be read."""


def _plain(name):
    return name.replace("-", "_")


def modinfo(path):
    """All (key, value) pairs of a module file's .modinfo section."""
    data = pathlib.Path(path).read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ModuleError(f"{path}: not a 64-bit little-endian ELF file")
    (section_offset,) = struct.unpack_from("<Q", data, 0x28)
    entry_size, count, names_index = struct.unpack_from("<HHH", data, 0x3A)

    def section(index):
        # sh_name, then sh_offset and sh_size
        base = section_offset + index * entry_size
        (name,) = struct.unpack_from("<I", data, base)
        offset, size = struct.unpack_from("<QQ", data, base + 0x18)
        return name, offset, size

    _, names_offset, _ = section(names_index)
    for index in range(count):
        name, offset, size = section(index)
        start = names_offset + name
        if data[start : start + 9] == b".modinfo\0":
            texts = data[offset : offset + size].split(b"\0")
            return [tuple(t.decode(errors="replace").split("=", 1)) for t in texts if b"=" in t]
    return []


class Modules:
    """The modules of one kernel: root is the unpacked package (the folder above lib/modules)."""

    def __init__(self, root):
        trees = sorted(pathlib.Path(root).glob("lib/modules/*"))
        if len(trees) != 1:
            raise ModuleError(f"{root}/lib/modules: expected one kernel version, found {len(trees)}")
        self.tree = trees[0]
        self.version = self.tree.name
        self._files = {_plain(p.stem): p for p in self.tree.glob("kernel/**/*.ko")}
        builtin = (self.tree / "modules.builtin").read_text().split()
        self._builtin = {_plain(pathlib.PurePath(b).stem) for b in builtin}
        self._needs = {}

    def needs(self, name):
        """Names of the modules that must be loaded before this one, soft dependencies included."""
        name = _plain(name)
        if name not in self._needs:
            hard, soft = [], []
            for key, value in modinfo(self._files[name]):
                if key == "depends" and value:
                    hard = [_plain(v) for v in value.split(",")]
                elif key == "softdep" and value.startswith("pre:"):
                    soft = value[4:].split("post:")[0].split()
            self._needs[name] = hard + [s for s in map(self._soft, soft) if s]
        return self._needs[name]

    def _soft(self, alias):
        # The one alias that matters here: ext4 and jbd2 ask for some provider of crc32c.
        name = _plain(alias)
        if name.startswith("crypto_"):
            name = name[len("crypto_") :] + "_generic"
        return name if name in self._files else None

    def resolve(self, wanted):
        """Files to load for the wanted modules, each after everything it needs; built-in ones are left out."""
        order, done = [], set()

        def visit(name, wanted_by):
            name = _plain(name)
            if name in done or name in self._builtin:
                return
            if name not in self._files:
                raise ModuleError(f"kernel {self.version} has no module {name} (needed by {wanted_by})")
            done.add(name)
            for need in self.needs(name):
                visit(need, name)
            order.append(self._files[name])

        for name in wanted:
            visit(name, "the image")
        return order

    def relative(self, path):
        """A module's path inside /lib/modules/VERSION."""
        return str(path.relative_to(self.tree))

    def dep_lines(self, files):
        """Text of modules.dep for these files, so that modprobe works inside the image."""
        lines = []
        for path in files:
            before = [self.relative(p) for p in self.resolve([path.stem])[:-1]]
            lines.append(f"{self.relative(path)}: {' '.join(reversed(before))}".rstrip())
        return "\n".join(lines) + "\n"
