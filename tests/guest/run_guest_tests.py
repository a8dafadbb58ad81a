#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boot each guest test as dom0 in QEMU and collect the verdicts.

A test prints one line `TEST name: SUCCESS`, or SKIP, FAILURE, ERROR with more text, and shuts down. The wait is
bounded by the test's own silence: a machine that has printed nothing new for --quiet seconds, or has run for
--limit seconds in all, is ended. The log of each test stays in build/tests/guest/NAME.log; the end of a bad one
is printed.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, "build", "tests", "guest")
VERDICT = re.compile(rb"TEST ([\w-]+): (SUCCESS|SKIP|FAILURE|ERROR)\b ?([^\r\n]*)\r?\n")
HV_ARGS = "console=com1 com1=115200 dom0_mem=256M loglvl=all guest_loglvl=all noreboot=0"


def parse_args():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("tests", nargs="*", help="names of tests (default: all that are built)")
    p.add_argument("--tests-dir", default=BUILD, help="where the test kernels are and the logs go")
    p.add_argument("--hypervisor", default=os.path.join(TOP, "build", "hypervisor", "domus"), help="image to boot")
    p.add_argument("--hv-args", default=HV_ARGS, help="its command line (default: %(default)s)")
    p.add_argument("--qemu", default="qemu-system-x86_64")
    p.add_argument("--cpu", default="max,-smap,-smep", help="QEMU's CPU model (default: %(default)s)")
    p.add_argument("--smp", default="2", help="CPUs of the machine (default: %(default)s)")
    p.add_argument("--memory", default="512", help="MiB of the machine")
    p.add_argument("--wrapper", default=os.environ.get("QEMU_WRAPPER", ""), help="command to run QEMU under")
    p.add_argument("--quiet", type=float, default=60, help="seconds of silence that end a test")
    p.add_argument("--limit", type=float, default=180, help="seconds that end a test")
    p.add_argument("--start", type=float, default=900, help="seconds to wait for the first output (a wrapper may queue)")
    p.add_argument("--expect-fail", default="", help="comma-separated tests that are known to fail here (a SKIP)")
    p.add_argument("--verbose", action="store_true", help="print every log in full")
    return p.parse_args()


def built_tests(folder):
    return sorted(n[:-4] for n in os.listdir(folder) if n.endswith(".elf")) if os.path.isdir(folder) else []


def watch(machine, log, args):
    """Wait for a verdict, or the machine's end, or too much time. Answers what ended it."""
    start = last = time.monotonic()
    size = 0
    while True:
        done = machine.poll() is not None
        with open(log, "rb") as f:
            text = f.read()
        if VERDICT.search(text):
            return text, ""
        now = time.monotonic()
        if done:
            return text, f"machine ended with status {machine.returncode} and no verdict"
        if len(text) != size:
            start = start if size else now  # the limit counts from the first word
            size, last = len(text), now
        if size and (now - last > args.quiet or now - start > args.limit):
            return text, f"no verdict within {now - start:.0f} s"
        if not size and now - start > args.start:
            return text, f"no output within {now - start:.0f} s"
        time.sleep(0.05)


def run_one(name, args):
    """Answers (verdict word, text, log bytes)."""
    log = os.path.join(args.tests_dir, name + ".log")
    elf = os.path.join(args.tests_dir, name + ".elf")
    if not os.path.exists(elf):
        return "ERROR", f"{elf} is not built", b""
    open(log, "wb").close()
    command = args.wrapper.split() + [
        args.qemu, "-accel", "tcg", "-machine", "q35", "-cpu", args.cpu, "-m", args.memory, "-smp", args.smp,
        "-display", "none", "-no-reboot", "-monitor", "none", "-serial", "file:" + log, "-nic", "none",
        "-kernel", args.hypervisor, "-append", args.hv_args, "-initrd", f"{elf} {name}"]
    machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        text, trouble = watch(machine, log, args)
    finally:
        try:
            os.killpg(machine.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        said = machine.communicate()[0]
    found = VERDICT.search(text)
    if found:
        return found.group(2).decode(), found.group(3).decode("ascii", "replace"), text
    return "ERROR", trouble, text + said


def main():
    args = parse_args()
    tests = args.tests or built_tests(args.tests_dir)
    known = set(filter(None, args.expect_fail.split(",")))
    counts = {"SUCCESS": 0, "SKIP": 0, "bad": 0}
    for what, path in (("QEMU", shutil.which(args.qemu)), ("hypervisor", args.hypervisor)):
        if not path or not os.path.exists(path):
            print(f"SKIP all: {what} is missing ({args.qemu if what == 'QEMU' else path})")
            print(f"0 passed, 0 failed, {len(tests)} skipped")
            return 0
    if not tests:
        print(f"FAIL no test is built in {args.tests_dir}: run make guest-tests")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    for name in tests:
        word, more, log = run_one(name, args)
        if word in ("FAILURE", "ERROR") and name in known:
            word, more = "SKIP", f"known here ({word} {more})"
        print(f"{word:8} {name} {more}".rstrip(), flush=True)
        counts[word if word in counts else "bad"] += 1
        if word in ("FAILURE", "ERROR") or args.verbose:
            lines = log.decode("ascii", "replace").replace("\r", "").splitlines()
            for line in lines if args.verbose else lines[-25:]:
                print("    | " + line)
    print(f"{counts['SUCCESS']} passed, {counts['bad']} failed, {counts['SKIP']} skipped")
    return 1 if counts["bad"] else 0


if __name__ == "__main__":
    sys.exit(main())
