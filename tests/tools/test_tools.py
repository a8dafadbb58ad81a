#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the tools that judge everything else: test runner, voices on the serial line, archives, packages."""

import io
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tools/lib"))

import cpio  # noqa: E402
import kmodules  # noqa: E402
import machine  # noqa: E402


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


# -- the test runner ----------------------------------------------------------------------------------------------------


def run_tests(*scripts, kind="unit"):
    """Runs made-up suites; returns (status, last line, all output)."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(scripts):
            path = pathlib.Path(folder) / f"suite{number}"
            path.write_text("#!/bin/sh\n" + text)
            path.chmod(0o755)
            names.append(f"{kind}:{path}")
        command = [TREE / "tools/run-tests", "--logs", f"{folder}/logs", *names]
        result = subprocess.run(command, capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()[-1], result.stdout


def runner_adds_up():
    status, last, _ = run_tests("echo 3 passed, 0 failed, 1 skipped", "echo x; echo 2 passed, 0 failed, 0 skipped")
    equal((status, last), (0, "5 passed, 0 failed, 1 skipped"))


def runner_counts_failures():
    status, last, _ = run_tests("echo 1 passed, 2 failed, 0 skipped; exit 1")
    equal((status, last), (1, "1 passed, 2 failed, 0 skipped"))


def runner_counts_a_suite_without_summary():
    status, last, text = run_tests("echo the end of it; exit 0", "echo 1 passed, 0 failed, 0 skipped")
    equal((status, last), (1, "1 passed, 1 failed, 0 skipped"))
    assert "the end of it" in text, "the suite's last lines are not shown"


def runner_distrusts_a_wrong_status():
    equal(run_tests("echo 4 passed, 0 failed, 0 skipped; exit 9")[:2], (1, "4 passed, 1 failed, 0 skipped"))
    equal(run_tests("echo 4 passed, 1 failed, 0 skipped; exit 0")[0], 1)


def runner_ends_its_suite_when_ended():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "suite"
        path.write_text(f"#!/bin/sh\necho $$ > {folder}/pid\nsleep 600\n")
        path.chmod(0o755)
        runner = subprocess.Popen(
            [TREE / "tools/run-tests", "--logs", f"{folder}/logs", f"unit:{path}"], stdout=subprocess.DEVNULL
        )
        pid = pathlib.Path(folder) / "pid"
        for _ in range(600):
            if pid.exists() and pid.read_text().strip():
                break
            time.sleep(0.1)
        suite = int(pid.read_text())
        runner.terminate()
        runner.wait(60)
        for _ in range(600):
            state = pathlib.Path(f"/proc/{suite}/stat")
            if not state.exists() or " Z " in state.read_text():
                return
            time.sleep(0.1)
        raise AssertionError("the suite outlived the runner")


# -- the serial line ----------------------------------------------------------------------------------------------------


def heard(*pieces):
    voices = machine.Voices()
    for piece in pieces:
        voices.feed(piece)
    return voices.console, voices.hypervisor


def voices_apart():
    equal(heard("dom0 says\n(DOM) we say\nmore\n"), ("dom0 says\nmore\n", "(DOM) we say\n"))
    equal(heard("(XEN) a\n(d12) b\nc"), ("c", "(XEN) a\n(d12) b\n"))


def voices_apart_inside_a_line():
    equal(heard("<<end1(DOM) domain 3 died\n7:0>>\n"), ("<<end17:0>>\n", "(DOM) domain 3 died\n"))


def voices_apart_in_any_pieces():
    text = "ab(c) (D(DOM) x\n(d1) y\n(d) z (DOM\n(XEN) last\n"
    whole = heard(text)
    for size in (1, 2, 3, 5):
        equal(heard(*(text[i : i + size] for i in range(0, len(text), size))), whole)


# -- archives and modules -----------------------------------------------------------------------------------------------


def archive_is_read_back():
    stream = io.BytesIO()
    archive = cpio.Archive(stream)
    archive.file("a/b/file", b"12345", 0o755)
    archive.link("a/link", "b/file")
    archive.finish()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "archive"
        path.write_bytes(stream.getvalue())
        with open(path, "rb") as source:
            subprocess.run(["busybox", "cpio", "-i"], stdin=source, cwd=folder, check=True, capture_output=True)
        equal((pathlib.Path(folder) / "a/link").read_bytes(), b"12345")
        equal((pathlib.Path(folder) / "a/b/file").stat().st_mode & 0o777, 0o755)


def module_file(**info):
    """The least of an ELF file that has a .modinfo section."""
    text = b"\0".join(f"{k}={v}".encode() for k, v in info.items()) + b"\0"
    names = b"\0.modinfo\0.shstrtab\0"
    header = 64
    sections = header + len(text) + len(names)
    elf = b"\x7fELF\x02\x01".ljust(0x28, b"\0") + struct.pack("<Q", sections)
    elf = elf.ljust(0x3A, b"\0") + struct.pack("<HHH", 64, 3, 2)

    def section(name, offset, size):
        return struct.pack("<I", name).ljust(0x18, b"\0") + struct.pack("<QQ", offset, size).ljust(40, b"\0")

    body = text + names + bytes(64) + section(1, header, len(text)) + section(10, header + len(text), len(names))
    return elf.ljust(header, b"\0") + body


def tree_of(folder, files, builtin=""):
    tree = pathlib.Path(folder) / "lib/modules/6.1.0"
    (tree / "kernel").mkdir(parents=True)
    (tree / "modules.builtin").write_text(builtin)
    for name, info in files.items():
        (tree / f"kernel/{name}.ko").write_bytes(module_file(**info))
    return kmodules.Modules(folder)


def modules_in_load_order():
    files = {"x-top": {"depends": "mid,low"}, "mid": {"depends": "low"}, "low": {"depends": "", "softdep": "pre: soft"}, "soft": {}}
    with tempfile.TemporaryDirectory() as folder:
        modules = tree_of(folder, files, "kernel/built_in.ko\n")
        equal([p.stem for p in modules.resolve(["built-in", "x_top", "mid"])], ["soft", "low", "mid", "x-top"])


def missing_module_is_named():
    with tempfile.TemporaryDirectory() as folder:
        modules = tree_of(folder, {"top": {"depends": "gone"}})
        try:
            modules.resolve(["top"])
        except kmodules.ModuleError as error:
            assert "gone" in str(error) and "top" in str(error), f"names neither: {error}"
            return
        raise AssertionError("no error for a module that is not there")


# -- packages -----------------------------------------------------------------------------------------------------------


def packages_list_is_well_formed():
    for line in (TREE / "tools/packages.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        words = line.split(None, 2)
        assert len(words) == 3 and words[1] in ("build", "run", "test", "check"), f"not PACKAGE STEP REASON: {line!r}"


def missing_packages_are_named_to_a_user():
    # A dpkg-query that knows nothing and an id that is not root stand before the real ones in PATH.
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("dpkg-query", "exit 1"), ("id", "echo 1000")):
            path = pathlib.Path(folder) / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        command = [TREE / "tools/install-packages", "test"]
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        equal(result.returncode, 1)
        assert "libcunit1-dev libxen-dev" in result.stderr, f"the packages are not named: {result.stderr}"
        assert "busybox" not in result.stderr, "packages of other steps are named"


TESTS = [
    runner_adds_up,
    runner_counts_failures,
    runner_counts_a_suite_without_summary,
    runner_distrusts_a_wrong_status,
    runner_ends_its_suite_when_ended,
    voices_apart,
    voices_apart_inside_a_line,
    voices_apart_in_any_pieces,
    archive_is_read_back,
    modules_in_load_order,
    missing_module_is_named,
    packages_list_is_well_formed,
    missing_packages_are_named_to_a_user,
]


def main():
    failed = 0
    for test in TESTS:
        try:
            test()
            print(f"ok    {test.__name__}")
        except Exception as error:  # every failure is a verdict
            failed += 1
            print(f"FAIL  {test.__name__}: {error!r}")
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
