#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole machines in QEMU: runs the tests of tests/system/test_*.py and counts them.

Environment: HYPERVISOR and IMAGES say what to boot, TESTS limits the run to tests whose name contains one of its words.
A failing test costs the shared machine: the next one gets a fresh boot, so one failure does not make others.
"""

import importlib
import os
import pathlib
import sys
import time
import traceback

import harness
from harness import TREE, Context, Failure, Skip
from machine import MachineError, Settings, boot

KINDS = ("shared", "last", "own")


class Runner:
    def __init__(self, settings, logs):
        self.settings = settings
        self.logs = logs
        self.machine = None
        self.dom0 = None
        self.boots = 0
        self.counts = {"ok": 0, "FAIL": 0, "skip": 0}
        self.failures = []

    def shared_machine(self):
        if self.machine is None or not self.machine.running:
            self.drop()
            self.boots += 1
            self.machine, self.dom0 = boot(self.settings, self.logs / f"system-shared-{self.boots}.log")
        return self.machine, self.dom0

    def drop(self):
        if self.machine:
            self.machine.close()
        self.machine = self.dom0 = None

    def tidy(self):
        """No guest outlives its test, whatever became of the test."""
        self.dom0.run(
            "for d in $(domus list 2>/dev/null | awk 'NR>1 && $2>0 {print $2}'); do domus destroy $d; done; true", 120
        )

    def attempt(self, function, kind, limit):
        """Runs one test; returns (verdict, text)."""
        context = Context(self.settings, self.logs, None)
        try:
            if kind != "own":
                context.machine, context.dom0 = self.shared_machine()
            context.deadline = time.monotonic() + limit
            if context.machine:
                context.machine.deadline = context.deadline
            function(context)
            if kind == "shared":
                self.tidy()
            verdict, text = "ok", ""
        except Skip as reason:
            verdict, text = "skip", str(reason)
        except (Failure, MachineError) as error:
            verdict, text = "FAIL", str(error)
        except Exception:
            verdict, text = "FAIL", traceback.format_exc()
        finally:
            context.close()
            if context.machine:
                context.machine.deadline = None
        if verdict == "FAIL" or kind == "last":
            if verdict == "FAIL" and context.machine and not text.count("\n--- the end of"):
                text += f"\n(console: {context.machine.log})"
            if kind != "own":
                self.drop()
        return verdict, text

    def run(self, function, kind, limit):
        name = f"{function.__module__.removeprefix('test_')}.{function.__name__}"
        began = time.monotonic()
        verdict, text = self.attempt(function, kind, limit)
        self.counts[verdict] += 1
        lines = text.splitlines() or [""]
        print(f"{verdict:<5} {name:<44} {time.monotonic() - began:6.1f} s  {lines[0]}".rstrip(), flush=True)
        for line in lines[1:]:
            print(f"      {line}", flush=True)
        if verdict == "FAIL":
            self.failures.append(f"{name}: {lines[0]}")


def wanted(function):
    words = os.environ.get("TESTS", "").split()
    name = f"{function.__module__}.{function.__name__}"
    return not words or any(word in name for word in words)


def main():
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(path.stem)
    images = os.environ.get("IMAGES", str(TREE / "build/image"))
    hypervisor = os.environ.get("HYPERVISOR") or str(TREE / "build/hypervisor/domus")
    runner = Runner(Settings(images, hypervisor), TREE / "build/logs")
    tests = [t for t in harness.REGISTERED if wanted(t[0])]
    try:
        for function, kind, limit in sorted(tests, key=lambda t: KINDS.index(t[1])):
            if kind == "own":
                runner.drop()
            runner.run(function, kind, limit)
    finally:
        runner.drop()
    if runner.failures:
        print("Failures:")
        for line in runner.failures:
            print(f"  {line}")
    counts = runner.counts
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] else 0


sys.exit(main())
