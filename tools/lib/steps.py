# SPDX-License-Identifier: Apache-2.0
"""The account of a run: one line for each step as it ends, a moving line while one takes long, a count at the end."""

import sys
import time


class Steps:
    def __init__(self, stream=sys.stdout):
        self._stream = stream
        self._live = stream.isatty()
        self._began = time.monotonic()
        self._last_note = 0.0
        self._line_open = False
        self.passed = 0
        self.failed = 0

    def say(self, text=""):
        self._clear()
        print(text, file=self._stream, flush=True)

    def _clear(self):
        if self._line_open:
            self._stream.write("\r\033[K")
            self._line_open = False

    def note(self, what, waited, limit):
        """Progress of a wait: on a terminal a line that moves, elsewhere a line every ten seconds."""
        text = f"  ...   waiting for {what}: {waited:.0f} s of at most {limit:.0f} s"
        if self._live:
            self._stream.write("\r\033[K" + text[:100])
            self._stream.flush()
            self._line_open = True
        elif waited >= 10 and time.monotonic() - self._last_note >= 10:
            self._last_note = time.monotonic()
            self.say(text)

    def ok(self, text):
        self.passed += 1
        self.say(f"  ok    {text:<78} {time.monotonic() - self._began:6.1f} s")

    def fail(self, text, detail=""):
        self.failed += 1
        self.say(f"  FAIL  {text}")
        for line in detail.splitlines():
            self.say(f"        {line}")

    def summary(self):
        return f"{self.passed} passed, {self.failed} failed"
