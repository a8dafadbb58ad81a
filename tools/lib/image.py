# SPDX-License-Identifier: Apache-2.0
"""Pieces that both image builders use: the busybox binary, initrds, ext4 files filled without privilege."""

import os
import pathlib
import shutil
import subprocess
import sys

import cpio

MIB = 1 << 20


class ImageError(Exception):
    """What cannot be built, in one line for the user."""


def run_builder(name, build):
    """Runs build() as a program: an expected failure is one line on stderr and exit code 1."""
    try:
        build()
    except (ImageError, OSError, ValueError) as error:
        sys.exit(f"{name}: {error}")


def busybox():
    """The statically linked busybox of this machine."""
    for path in map(pathlib.Path, ("/bin/busybox", "/usr/bin/busybox")):
        if path.exists():
            if subprocess.run(["ldd", path], capture_output=True).returncode == 0:
                raise ImageError(f"{path} is linked dynamically; package busybox-static is needed")
            return path
    raise ImageError("no /bin/busybox; package busybox-static is needed")


def only(pattern, root):
    """The one file below root that matches."""
    found = sorted(pathlib.Path(root).glob(pattern))
    if len(found) != 1:
        raise ImageError(f"{root}/{pattern}: expected one file, found {len(found)}")
    return found[0]


def replace(path, write):
    """Calls write(stream) on a new file that takes path's place only when complete."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with open(new, "wb") as stream:
        write(stream)
    os.replace(new, path)


def write_initrd(path, init, modules, files=()):
    """An initrd of busybox, the program init, module files in load order, and (name, bytes, mode) files."""

    def write(stream):
        archive = cpio.Archive(stream)
        for folder in ("bin", "dev", "proc", "sys", "root"):
            archive.folder(folder)
        archive.character_device("dev/console", 5, 1)
        archive.file("bin/busybox", busybox().read_bytes(), 0o755)
        archive.link("bin/sh", "busybox")
        archive.file("init", pathlib.Path(init).read_bytes(), 0o755)
        for module in modules:
            archive.file(f"modules.d/{module.name}", module.read_bytes())
        names = "".join(f"/modules.d/{m.name}\n" for m in modules)
        archive.file("modules", names.encode())
        for name, data, mode in files:
            archive.file(name, data, mode)
        archive.finish()

    replace(path, write)


def write_ext4(path, tree, spare=8 * MIB):
    """An ext4 file that holds the folder tree and has spare bytes free. No mount, no loop device, no root."""
    blocks = sum(max(1, -(-p.lstat().st_size // 4096)) + 1 for p in pathlib.Path(tree).rglob("*"))
    size = (blocks * 4096 + spare + 4 * MIB) // MIB * MIB
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(new, "wb") as stream:
        stream.truncate(size)
    mke2fs = shutil.which("mke2fs", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not mke2fs:
        raise ImageError("no mke2fs; package e2fsprogs is needed")
    # No journal: the machine works on a throw-away copy. 128 MiB of blocks would make mke2fs choose 4 KiB by itself.
    command = [mke2fs, "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-O", "^has_journal"]
    command += ["-E", "root_owner=0:0", "-d", str(tree), str(new)]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise ImageError(f"mke2fs failed for {path}: {result.stderr.strip().splitlines()[-1:]}")
    os.replace(new, path)
