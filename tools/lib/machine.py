# SPDX-License-Identifier: Apache-2.0
"""An emulated machine with a hypervisor and dom0, driven over its serial line.

The serial line carries two voices: the hypervisor's own lines, and dom0's console. They are told apart here, because
a hypervisor line may fall into the middle of whatever dom0 is printing. Every wait has a limit; when one passes, the
error holds the end of the log and where each processor was.
"""

import ctypes
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

TAIL_LINES = 40


class MachineError(Exception):
    """A wait that took too long or a machine that ended; the text is fit to show, log included."""


class Settings:
    """What a machine consists of; the fields are the make variables of the same names."""

    def __init__(self, images, hypervisor):
        self.images = pathlib.Path(images)
        self.hypervisor = pathlib.Path(hypervisor)
        self.kernel = self.images / "vmlinux-dom0"  # None: the hypervisor gets no module at all
        self.initrd = self.images / "initrd"  # None: it gets the kernel only
        self.qemu = os.environ.get("QEMU") or "qemu-system-x86_64"
        self.cpu = os.environ.get("QEMU_CPU") or None
        self.cpus = 2
        self.memory = 2048  # MiB
        self.options = "console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all dom0_mem=768M,max:768M"
        self.dom0_arguments = "console=hvc0 root=/dev/vda panic=5"
        self.extra = []  # further arguments for QEMU

    def missing(self):
        """The first file that is not there, or None."""
        files = (self.hypervisor, self.kernel, self.initrd, self.images / "root.ext4")
        return next((f for f in files if f and not f.exists()), None)


def qemu_version(qemu):
    """(major, minor) of a QEMU program."""
    try:
        text = subprocess.run([qemu, "--version"], capture_output=True, text=True).stdout
    except OSError as error:
        raise MachineError(f"cannot run {qemu}: {error.strerror}") from None
    found = re.search(r"version (\d+)\.(\d+)", text)
    if not found:
        raise MachineError(f"{qemu} --version: no version in {text[:60]!r}")
    return int(found[1]), int(found[2])


def hardware_virtualization():
    """Whether this machine can run a hypervisor under KVM. /dev/kvm alone says nothing: it may open and still fail."""
    flags = re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    usable = flags and {"vmx", "svm"} & set(flags[1].split())
    return bool(usable) and os.access("/dev/kvm", os.R_OK | os.W_OK)


def without_faults(qemu, model):
    """QEMU before 10 reads a ring-3 iretq's stack as supervisor: with SMAP on, dom0's first iret faults."""
    return model if qemu_version(qemu)[0] >= 10 else f"{model},-smap,-smep"


def command_line(settings, serial, monitor):
    """QEMU's arguments. The machine has a virtio disk and card, and one of each that is not virtio."""

    def escaped(text):
        return str(text).replace(",", ",,")

    modules = f"{escaped(settings.kernel)} {escaped(settings.dom0_arguments)}"
    if settings.initrd:
        modules += f",{escaped(settings.initrd)}"
    accel = "kvm" if hardware_virtualization() else "tcg,thread=multi"
    # Disks are throw-away copies: a killed machine leaves the images as they were built.
    disk = "if=none,format=raw,snapshot=on"
    return [
        settings.qemu,
        *("-machine", "q35", "-accel", accel, "-cpu", settings.cpu or without_faults(settings.qemu, "max")),
        *("-smp", str(settings.cpus), "-m", str(settings.memory)),
        *("-display", "none", "-nodefaults", "-no-reboot"),
        *("-kernel", str(settings.hypervisor), "-append", settings.options),
        *(("-initrd", modules) if settings.kernel else ()),
        *("-drive", f"{disk},id=root,file={escaped(settings.images / 'root.ext4')}"),
        *("-device", "virtio-blk-pci,drive=root"),
        *("-drive", f"{disk},id=second,file={escaped(settings.images / 'second.img')}"),
        *("-device", "ide-hd,bus=ide.0,drive=second"),
        *("-netdev", "user,id=net0,net=10.0.2.0/24", "-device", "virtio-net-pci,netdev=net0,romfile="),
        *("-netdev", "user,id=net1,net=10.0.3.0/24", "-device", "e1000,netdev=net1,romfile="),
        *("-chardev", f"socket,id=com1,path={serial}", "-serial", "chardev:com1"),
        *("-chardev", f"socket,id=qmp,path={monitor}", "-mon", "chardev=qmp,mode=control"),
        *settings.extra,
    ]


class Voices:
    """Splits the serial stream into the hypervisor's lines and dom0's console text."""

    # Ours, Xen's, and a guest's line that the hypervisor prints for it.
    PREFIX = re.compile(r"\((?:DOM|XEN|d\d+)\) ")
    BEGINNING = re.compile(r"\((?:D|DO|DOM|X|XE|XEN|d\d*)?\)?$")
    LONGEST = len("(d32767) ")

    def __init__(self):
        self.hypervisor = ""
        self.console = ""
        self._pending = ""

    def feed(self, text):
        self._pending += text
        while True:
            found = self.PREFIX.search(self._pending)
            if not found:
                # Keep back what could be the beginning of a prefix.
                beginning = self.BEGINNING.search(self._pending[-self.LONGEST :])
                kept = len(beginning[0]) if beginning else 0
                self._to_console(len(self._pending) - kept)
                return
            self._to_console(found.start())
            end = self._pending.find("\n")
            if end < 0:
                return
            self.hypervisor += self._pending[: end + 1]
            self._pending = self._pending[end + 1 :]

    def so_far(self):
        """The console with what is held back because a hypervisor's line may begin there."""
        return self.console + self._pending

    def _to_console(self, count):
        self.console += self._pending[:count]
        self._pending = self._pending[count:]


_libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def _die_with_parent():
    """In the child: no emulator outlives the program that drives it, however that ended."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """One QEMU process. Use as a context manager; the log keeps every byte of the serial line."""

    def __init__(self, settings, log, note=None):
        self.settings = settings
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.note = note or (lambda waiting_for, waited, limit: None)
        self.deadline = None  # time.monotonic() value that no wait outlasts
        self.events = []  # QMP events: how the machine ended
        self._changed = threading.Condition()
        self._voices = Voices()
        self._ended = False
        self._serial = None
        self._monitor = None
        self._process = None
        self._folder = None
        self._relay = None

    # -- starting and ending ------------------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        missing = self.settings.missing()
        if missing:
            raise MachineError(f"{missing} is not there; build it first with make")
        self._folder = tempfile.mkdtemp(prefix="domus-machine-")
        listeners = {}
        for name in ("serial", "monitor"):
            listeners[name] = socket.socket(socket.AF_UNIX)
            listeners[name].bind(f"{self._folder}/{name}")
            listeners[name].listen(1)
        arguments = command_line(self.settings, f"{self._folder}/serial", f"{self._folder}/monitor")
        self._errors = open(f"{self._folder}/errors", "w+b")
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                preexec_fn=_die_with_parent,
            )
        except OSError as error:
            raise MachineError(f"cannot run {arguments[0]}: {error.strerror}") from None
        self._serial = self._accept(listeners["serial"])
        self._monitor = self._accept(listeners["monitor"])
        self._log_stream = open(self.log, "wb")
        threading.Thread(target=self._read_serial, daemon=True).start()
        threading.Thread(target=self._read_monitor, daemon=True).start()
        self._monitor.sendall(b'{"execute":"qmp_capabilities"}\n')

    def _accept(self, listener):
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            if select.select([listener], [], [], 0.2)[0]:
                connection, _ = listener.accept()
                listener.close()
                return connection
            if self._process.poll() is not None:
                break
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        raise MachineError(f"{self.settings.qemu} did not start: {said or 'no message'}")

    def close(self):
        """Ends the machine at once, as if its power were cut."""
        if self._process:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            for stream in (self._serial, self._monitor):
                if stream:
                    stream.close()
            self._errors.close()
            self._process = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    # -- what the machine says ----------------------------------------------------------------------------------------

    def _read_serial(self):
        while True:
            try:
                data = self._serial.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            self._log_stream.write(data)
            self._log_stream.flush()
            relay = self._relay
            if relay:
                relay(data)
            with self._changed:
                self._voices.feed(data.decode(errors="replace").replace("\r", ""))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._log_stream.close()
            self._changed.notify_all()

    def _read_monitor(self):
        try:
            for line in self._monitor.makefile("rb"):
                message = json.loads(line)
                with self._changed:
                    self.events.append(message)
                    self._changed.notify_all()
        except (OSError, ValueError):
            pass

    @property
    def console(self):
        """All of dom0's console so far."""
        with self._changed:
            return self._voices.console

    @property
    def hypervisor(self):
        """All the hypervisor's own lines so far."""
        with self._changed:
            return self._voices.hypervisor

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def mark(self):
        """The present end of dom0's console, for expect(since=...)."""
        return len(self.console)

    def _wait(self, found, what, timeout, ending=False):
        """Waits until found() returns something true, and returns it."""
        began = time.monotonic()
        limit = began + timeout
        if self.deadline is not None:
            limit = min(limit, self.deadline)
        with self._changed:
            while True:
                value = found()
                if value:
                    return value
                if self._ended and not ending:
                    self._changed.wait(0.3)
                    raise MachineError(self._report(f"the machine ended while waiting for {what}"))
                now = time.monotonic()
                if now >= limit:
                    break
                self._changed.wait(min(1.0, limit - now))
                self.note(what, time.monotonic() - began, timeout)
        state = self.processors()
        raise MachineError(self._report(f"no {what} within {limit - began:.0f} s", state))

    def expect(self, pattern, timeout, what=None, since=0):
        """Waits until dom0's console holds the regular expression; returns the match."""
        expression = re.compile(pattern, re.M)
        return self._wait(
            lambda: expression.search(self._voices.console, since), what or repr(pattern), timeout
        )

    def appears(self, text, since, timeout):
        """Whether dom0's console holds the text after the mark since, or comes to hold it in time."""
        limit = time.monotonic() + timeout
        with self._changed:
            while text not in self._voices.so_far()[since:]:
                if self._ended or time.monotonic() >= limit:
                    return False
                self._changed.wait(0.5)
        return True

    def expect_hypervisor(self, pattern, timeout, what=None, since=0):
        """The same for the hypervisor's own lines."""
        expression = re.compile(pattern, re.M)
        return self._wait(
            lambda: expression.search(self._voices.hypervisor, since), what or repr(pattern), timeout
        )

    def expect_either(self, pattern, timeout, what=None):
        """Waits for a pattern in either voice."""
        expression = re.compile(pattern, re.M)
        return self._wait(
            lambda: expression.search(self._voices.hypervisor) or expression.search(self._voices.console),
            what or repr(pattern),
            timeout,
        )

    def expect_end(self, timeout):
        """Waits until QEMU ends by itself; returns its reason, such as guest-shutdown or guest-reset."""
        self._wait(lambda: self._ended, "end of the machine", timeout, ending=True)
        self._process.wait(10)
        for message in self.events:
            if message.get("event") == "SHUTDOWN":
                return message["data"]["reason"]
        return "none given"

    def _tail(self):
        # Called with the lock held or after the end.
        whole = self.log.read_bytes().decode(errors="replace").replace("\r", "")
        return "\n".join(whole.splitlines()[-TAIL_LINES:])

    def _report(self, headline, state=""):
        lines = [headline, f"--- the end of {self.log} ---", self._tail(), "---"]
        if state:
            lines += ["processors:", state]
        return "\n".join(lines)

    def processors(self):
        """Where each processor is: its registers' first lines, from QEMU."""
        text = self.monitor_command("info registers -a")
        kept = [l for l in text.splitlines() if re.match(r"CPU#|R[ABCDSI][XPI]|RSP|CR0|RIP", l)]
        return "\n".join(kept)

    def monitor_command(self, line, timeout=10):
        """One command of QEMU's human monitor; returns its text, or nothing when the machine does not answer."""
        request = {"execute": "human-monitor-command", "arguments": {"command-line": line}}
        with self._changed:
            seen = len(self.events)
        try:
            self._monitor.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            return ""
        limit = time.monotonic() + timeout
        with self._changed:
            while time.monotonic() < limit:
                for message in self.events[seen:]:
                    if isinstance(message.get("return"), str):
                        return message["return"]
                self._changed.wait(0.5)
        return ""

    # -- talking to it ------------------------------------------------------------------------------------------------

    def send(self, text):
        """Types text. In small pieces: a serial port's receive buffer is small, and who reads it may be slow."""
        data = text.encode()
        for start in range(0, len(data), 48):
            try:
                self._serial.sendall(data[start : start + 48])
            except OSError:
                raise MachineError(self._report("the machine ended while being typed to")) from None
            time.sleep(0.01)

    def relay_to(self, consumer):
        """Hands every further byte of the serial line to consumer (None ends that)."""
        self._relay = consumer

    def send_raw(self, data):
        self._serial.sendall(data)


class Shell:
    """A shell at the far end of the serial line: dom0's, or a guest's inside `domus console`.

    A serial line loses what is typed faster than it is read, so each piece is typed when the echo of the last one has
    come back. For that the shell is put into a loop that reads plain lines: its line editor would wrap the echo.
    Commands are wrapped in markers that differ from what is typed, so an echo is never taken for an answer.
    """

    READ_LOOP = 'while IFS= read -r l; do eval "$l"; done\n'
    INTERRUPT, ERASE_LINE = "\x03", "\x15"
    PIECE = 32

    _last_number = 0

    def __init__(self, machine, name):
        self.machine = machine
        self.name = name  # the host name too: commands must not reach the wrong domain

    @classmethod
    def number(cls):
        """A number not used in any marker before."""
        Shell._last_number += 1
        return Shell._last_number

    def attach(self, timeout, interrupt=False):
        """Waits until the shell answers and silences the kernel's messages.

        interrupt ends first whatever runs there; never use it on the way to a guest's console, where it would end
        the console command if typed too early.
        """
        limit = time.monotonic() + timeout
        since = self.machine.mark()
        numbers = []
        while True:
            numbers.append(str(self.number()))
            self.machine.send(f"{self.INTERRUPT if interrupt else ''}\n{self.READ_LOOP}")
            self.machine.send(f"printf '<<%s%d,%s>>\\n' ready {numbers[-1]} $(hostname)\n")
            left = limit - time.monotonic()
            try:
                # Any of the answers will do: what was typed while nobody read may still be read later.
                answer = f"<<ready(?:{'|'.join(numbers)}),(.*)>>"
                found = self.machine.expect(answer, min(max(left, 1), 3), f"{self.name}'s shell", since)
                break
            except MachineError:
                if left < 3 or not self.machine.running:
                    raise
        if found[1] != self.name:
            raise MachineError(f"the shell of {found[1]} answered in place of {self.name}'s")
        self.run("dmesg -n 1")

    def release(self):
        """Gives the shell back as a user knows it, with prompt and line editor."""
        self.machine.send(self.INTERRUPT)

    def type_line(self, line):
        """Types one line, piece by piece, and ends it."""
        for _ in range(5):
            since = self.machine.mark()
            if self._type_echoed(line, since):
                self.machine.send("\n")
                return
            self.machine.send(self.ERASE_LINE)
            time.sleep(0.5)
        raise MachineError(f"{self.name}: what is typed does not come back as echo: {line}")

    def _type_echoed(self, line, since):
        for end in range(self.PIECE, len(line) + self.PIECE, self.PIECE):
            self.machine.send(line[end - self.PIECE : end])
            if not self.machine.appears(line[:end], since, 15):
                return False
        return True

    def run(self, command, timeout=60, check=True):
        """Runs one line of shell; returns its output, or (status, output) with check=False."""
        number = self.number()
        since = self.machine.mark()
        self.type_line(
            f"printf '<<%s%d>>\\n' begin {number}; {command}; printf '<<%s%d:%d>>\\n' end {number} $?"
        )
        what = f"answer of {self.name} to: {command}"
        found = self.machine.expect(f"<<end{number}:(\\d+)>>", timeout, what, since)
        text = self.machine.console[since : found.start()]
        output = text.split(f"<<begin{number}>>\n", 1)[-1]
        status = int(found[1])
        if not check:
            return status, output
        if status:
            raise MachineError(f"{self.name}: '{command}' ended with status {status}:\n{output.strip()}")
        return output

    def ask(self, command, timeout=60):
        """Output of one command, surrounding white space removed."""
        return self.run(command, timeout).strip()


def boot(settings, log, note=None, timeout=180):
    """Starts a machine and waits for dom0's shell; returns (machine, shell). The caller closes the machine."""
    machine = Machine(settings, log, note)
    machine.start()
    try:
        machine.expect("^dom0 is ready", timeout, "line 'dom0 is ready'")
        shell = Shell(machine, "dom0")
        shell.attach(60, interrupt=True)
    except BaseException:
        machine.close()
        raise
    return machine, shell
