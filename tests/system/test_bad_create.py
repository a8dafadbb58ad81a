# SPDX-License-Identifier: Apache-2.0
"""What `domus create` cannot do gets exit status 1 and one line that names file and key, and leaves nothing behind."""

import time

from harness import Failure, check, equal, test

GOOD = {
    "name": '"bad"',
    "kernel": '"/boot/guest/vmlinuz"',
    "ramdisk": '"/boot/guest/initrd"',
    "memory": "96",
    "disk": '[ "/var/lib/domus/demo.img,raw,xvda,w" ]',
    "vif": '[ "bridge=xenbr0" ]',
}
# What is wrong, preparation in dom0, the key's new value, and words that the message must hold besides the file's name.
CASES = [
    ("missing kernel", "true", ("kernel", '"/nowhere/vmlinuz"'), ["kernel", "/nowhere/vmlinuz"]),
    ("truncated kernel", "head -c 3000000 /boot/guest/vmlinuz > /tmp/cut", ("kernel", '"/tmp/cut"'), ["kernel", "/tmp/cut"]),
    ("text as kernel", "echo hello > /tmp/text", ("kernel", '"/tmp/text"'), ["kernel", "/tmp/text"]),
    ("missing ramdisk", "true", ("ramdisk", '"/nowhere/initrd"'), ["ramdisk", "/nowhere/initrd"]),
    ("memory that is not there", "true", ("memory", "60000"), ["memory"]),
    ("disk that does not exist", "true", ("disk", '[ "/nowhere/disk.img,raw,xvda,w" ]'), ["disk", "/nowhere/disk.img"]),
    ("bridge that does not exist", "true", ("vif", '[ "bridge=nobridge" ]'), ["vif", "nobridge"]),
    ("name already taken", "true", ("name", '"Domain-0"'), ["name", "Domain-0"]),
]


def write_config(dom0, path, values):
    text = "\\n".join(f"{k} = {v}" for k, v in values.items())
    dom0.run(f"printf '{text}\\n' > {path}")


def refused(c, what, path, words):
    status, output = c.dom0.run(f"domus create {path}", timeout=60, check=False)
    equal(status, 1, f"{what}: status of domus create")
    lines = [l for l in output.splitlines() if l.strip() and not l.startswith("Parsing config")]
    check(len(lines) == 1, f"{what}: expected one line, found {lines}")
    for word in [path, *words]:
        check(word in lines[0], f"{what}: the message does not name {word}: {lines[0]}")


@test(limit=240)
def bad_configurations(c):
    time.sleep(1)
    before = c.leftovers()
    wrong = []
    for number, (what, prepare, (key, value), words) in enumerate(CASES):
        c.dom0.run(prepare)
        path = f"/tmp/bad{number}.cfg"
        write_config(c.dom0, path, {**GOOD, key: value})
        try:
            refused(c, what, path, words)
        except Failure as failure:
            wrong.append(str(failure))
    check(not wrong, "\n".join(wrong))
    c.await_leftovers(before)


@test()
def syntax_error(c):
    c.dom0.run("printf 'name = \"bad\"\\nmemory = = 96\\n' > /tmp/syntax.cfg")
    status, output = c.dom0.run("domus create /tmp/syntax.cfg", check=False)
    equal(status, 1, "status of domus create")
    check("/tmp/syntax.cfg" in output and "2" in output, f"the message names neither file nor line 2: {output.strip()}")


@test()
def missing_file(c):
    status, output = c.dom0.run("domus create /nowhere/x.cfg", check=False)
    equal(status, 1, "status of domus create")
    check("/nowhere/x.cfg" in output, f"the message does not name the file: {output.strip()}")
