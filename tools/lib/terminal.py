# SPDX-License-Identifier: Apache-2.0
"""Hands the machine's serial line to the user's terminal."""

import os
import select
import sys
import termios
import tty

LEAVE = b"\x01"  # Ctrl-A, then x


def hand_over(machine):
    """Relays the terminal until the machine ends or the user types Ctrl-A x; returns whether it still runs."""
    stdin = sys.stdin.fileno()
    saved = termios.tcgetattr(stdin)
    machine.relay_to(lambda data: os.write(sys.stdout.fileno(), data))
    try:
        tty.setraw(stdin)
        armed = False
        while machine.running:
            if not select.select([stdin], [], [], 0.2)[0]:
                continue
            data = os.read(stdin, 1024)
            if not data:
                break
            out = b""
            for byte in (data[i : i + 1] for i in range(len(data))):
                if armed and byte in (b"x", b"X"):
                    return True
                # Ctrl-A twice sends one.
                if byte == LEAVE and not armed:
                    armed = True
                    continue
                armed = False
                out += byte
            if out:
                machine.send_raw(out)
    except OSError:
        pass
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, saved)
        machine.relay_to(None)
    return machine.running
