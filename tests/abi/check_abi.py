#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare include/public with Debian's libxen-dev, name by name.

Every structure, field, type, enumerator and constant macro of our headers is found by reading the preprocessor's
output, so nothing can be left out by forgetting it. A probe program prints size, offset, signedness or value of each;
it is compiled once against our headers and once against /usr/include/xen, and the two answers are compared.
tests/abi/names.txt keeps the list of names: a name that disappears from our headers or is new there fails until
the list is brought up to date (--update), so that such a change is seen in review.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PUBLIC = os.path.join(TOP, "include", "public")
NAMES = os.path.join(HERE, "names.txt")

# Ours -> theirs, where a header's name differs; None: nothing to compare with.
THEIRS = {
    "arch-x86.h": "xen.h",
    "xsm.h": "xsm/flask_op.h",
    "cpuid.h": "arch-x86/cpuid.h",
}
THEIR_EXTRAS = ["arch-x86/xen-mca.h", "errno.h"]

# Names that only we have, each with its reason.
OURS_ONLY = {
    "XEN_HYPERCALL_ENTRY_BYTES": "a fact that their headers leave to documentation",
    "XEN_EINTR": "behind __XEN__ there; checked by value below",
    "XEN_ERESTART": "behind __XEN__ there; checked by value below",
    "__guest_handle_grant_ref_t": "handle type of our own",
    "__guest_handle_const_grant_ref_t": "handle type of our own",
    "xen_memory_domain_t": "they name the structure only",
    "__guest_handle_xen_memory_domain_t": "handle type of our own",
    "__guest_handle_const_xen_memory_domain_t": "handle type of our own",
    "__guest_handle_xen_pod_target_t": "handle type of our own",
    "__guest_handle_const_xen_pod_target_t": "handle type of our own",
}
# Macros that are neither a constant nor a type, so that there is no value to compare.
NOT_VALUES = {"XEN_FLEX_ARRAY_DIM", "xen_wc_sec_hi", "xen_vga_console_info", "xenpf_settime"}

# Macros with arguments and the arguments to try.
CALLS = [
    "XENMEMF_address_bits(32)", "XENMEMF_get_address_bits(0x1ff)", "XENMEMF_node(3)",
    "XENMEMF_get_node(XENMEMF_node(5))", "XENMEMF_exact_node(7)", "XEN_DOMCTL_GRANT_version(0x12)",
    "xen_pfn_to_cr3(0x123456)", "xen_cr3_to_pfn(0x123456000)", "XEN_CPUID_LEAF(3)",
    "TRC_HD_TO_EVENT(0xffffffff)", "TRC_HD_INCLUDES_CYCLE_COUNT(0x80000000u)", "TRC_HD_EXTRA(0x30000000)",
    "TRC_PV_HYPERCALL_V2_ARG_32(2)", "TRC_PV_HYPERCALL_V2_ARG_64(2)", "MASK_XENSTORE_IDX(1025)",
    "MASK_XENCONS_IDX(2049, ((struct xencons_interface *)0)->out)",
    "XENMEM_resource_ioreq_server_frame_ioreq(2)",
    "xen_vcpu_physid_to_x86_apicid(0x1234567800000005)", "xen_vcpu_physid_to_x86_acpiid(0x1234567800000005)",
    "__CONST_RING_SIZE(blkif, 4096)", "__CONST_RING_SIZE(blkif, 65536)", "__CONST_RING_SIZE(netif_tx, 4096)",
    "__CONST_RING_SIZE(netif_rx, 4096)", "__CONST_RING_SIZE(xen_netif_ctrl, 4096)",
    "TI_GET_DPL(&(struct trap_info){.flags = 7})", "TI_GET_IF(&(struct trap_info){.flags = 7})",
]


def cc(args, text):
    return subprocess.run([os.environ.get("CC", "gcc"), "-std=gnu11", "-xc", *args, "-"], input=text,
                          capture_output=True, text=True)


def our_headers():
    found = []
    for folder, _, files in os.walk(PUBLIC):
        for name in files:
            if name.endswith(".h"):
                found.append(os.path.relpath(os.path.join(folder, name), PUBLIC))
    return sorted(found)


class Names:
    """What the headers declare: lists of (header, name)."""

    def __init__(self):
        self.macros, self.types, self.fields, self.enums = [], [], [], []
        self.seen = set()

    def add(self, kind, header, name):
        if (id(kind), name) not in self.seen:
            self.seen.add((id(kind), name))
            kind.append((header, name))


def preprocess(headers):
    """Yield (header, define-name or None, text) for the lines that come from our headers."""
    text = "".join(f"#include <public/{h}>\n" for h in headers)
    run = cc(["-E", "-dD", "-I" + os.path.dirname(PUBLIC)], text)
    if run.returncode:
        sys.exit(f"check_abi: {PUBLIC} does not preprocess:\n{run.stderr}")
    header = None
    for line in run.stdout.splitlines():
        mark = re.match(r'# \d+ "([^"]*)"', line)
        if mark:
            path = os.path.abspath(mark.group(1))
            header = os.path.relpath(path, PUBLIC) if path.startswith(PUBLIC + os.sep) else None
        elif header:
            yield header, line


def tokens_of(lines):
    for header, line in lines:
        for tok in re.findall(r"[A-Za-z_]\w*|\d\w*|\S", line):
            yield header, tok


class Parser:
    """Just enough C to follow structures, unions, enumerations and type definitions in headers."""

    def __init__(self, toks, names):
        self.toks, self.at, self.names = list(toks), 0, names

    def peek(self, ahead=0):
        return self.toks[self.at + ahead][1] if self.at + ahead < len(self.toks) else ""

    def header(self):
        return self.toks[min(self.at, len(self.toks) - 1)][0]

    def next(self):
        self.at += 1
        return self.toks[self.at - 1][1]

    def run(self):
        while self.peek():
            self.declaration()

    def declaration(self):
        header = self.header()
        typedef = self.peek() == "typedef"
        words = []
        while self.peek() and self.peek() != ";":
            if self.peek() in ("struct", "union", "enum") and "{" in (self.peek(1), self.peek(2)):
                self.aggregate()
                words.append("?")
            else:
                words.append(self.next())
        self.at += 1
        if typedef:
            while words and words[-1] == "]":
                words = words[:words.index("[")]
            self.names.add(self.names.types, header, words[-1])

    def aggregate(self, ignore_name=False):
        """At struct/union/enum with a body: record it, return its members [(name, kind)]."""
        header, what = self.header(), self.next()
        tag = None if self.peek() == "{" else self.next()
        self.next()
        if what == "enum":
            depth_names = True
            while self.peek() != "}":
                tok = self.next()
                if depth_names:
                    self.names.add(self.names.enums, header, tok)
                depth_names = tok == ","
                if not depth_names and self.peek() == ",":
                    self.next()
                    depth_names = True
            self.next()
            return []
        members = []
        while self.peek() != "}":
            members += self.member()
        self.next()
        if tag:
            self.names.add(self.names.types, header, f"{what} {tag}")
            for name, kind in members:
                self.names.add(self.names.fields, header, f"{what} {tag}\t{name}\t{kind}")
        return members

    def member(self):
        inner, words, found = None, [], []
        while self.peek() != ";":
            if self.peek() in ("struct", "union") and "{" in (self.peek(1), self.peek(2)):
                inner = self.aggregate()
                words.append("?")
            else:
                words.append(self.next())
        self.next()
        for part in " ".join(words).split(","):
            kind = "bits" if ":" in part else "flex" if re.search(r"\[\s*\]", part) else "plain"
            element = "[0]" if "[" in part else ""
            part = re.split(r"[:\[]", part)[0].strip()
            name = part.split()[-1].lstrip("*") if part else ""
            if name in ("?", ""):
                found += inner or []  # anonymous: its members are the outer structure's
            else:
                found.append((name, kind))
                if inner:
                    found += [(f"{name}{element}.{sub}", k) for sub, k in inner]
        return found


def collect():
    names = Names()
    code = []
    for header, line in preprocess(our_headers()):
        define = re.match(r"#define (\w+)(\(?)(.*)", line)
        if define:
            if not define.group(2):
                names.add(names.macros, header, define.group(1))
        elif not line.startswith("#"):
            code.append((header, line))
    Parser(tokens_of(code), names).run()
    return names


def includes(ours):
    if ours:
        return "".join(f"#include <public/{h}>\n" for h in our_headers())
    theirs = dict.fromkeys(THEIRS.get(h, h) for h in our_headers() + THEIR_EXTRAS)
    return "#define __XEN_TOOLS__ 1\n#include <stdint.h>\n#include <stddef.h>\n#include <string.h>\n" + \
        "".join(f"#include <xen/{h}>\n" for h in theirs)


PROBE_HEAD = r"""
#include <stdio.h>
#define SIGN(x) _Generic((x), signed char: 's', short: 's', int: 's', long: 's', char: 'c', default: 'u')
#define FIELD(t, f) printf(#t "." #f "\toffset %zu size %zu %c\n", offsetof(t, f), sizeof(((t *)0)->f), SIGN(((t *)0)->f))
#define FLEX(t, f) printf(#t "." #f "\toffset %zu\n", offsetof(t, f))
#define TYPE(t) printf(#t "\tsize %zu align %zu\n", sizeof(t), _Alignof(t))
#define TEXT(v) _Generic((v), char *: (const char *)(long)(v), default: (const char *)0)
static void print_value(const char *n, const char *s, long long v) { s ? printf("%s\t\"%s\"\n", n, s) : printf("%s\t%#llx\n", n, v); }
#define VALUE(v) print_value(#v, TEXT(v), (long long)(v))
"""


def probe_lines(names):
    """[(header, name, C statement)]"""
    lines = [(h, n, f"TYPE({n});") for h, n in names.types]
    for header, entry in names.fields:
        kind_of = {"plain": "FIELD", "flex": "FLEX"}
        owner, field, kind = entry.split("\t")
        if kind in kind_of:
            lines.append((header, f"{owner}.{field}", f"{kind_of[kind]}({owner}, {field});"))
    lines += [(h, n, f"VALUE({n});") for h, n in names.enums]
    for header, name in names.macros:
        if name not in NOT_VALUES:
            lines.append((header, name, f"VALUE({name});"))
    lines += [("macros with arguments", c, f"VALUE(({c}));") for c in CALLS]
    return lines


def build_and_run(lines, ours):
    """{name: answer} and {name: why it did not compile}."""
    bad = {}
    flags = ["-w", "-fno-diagnostics-show-caret", "-fmax-errors=0"] + (["-I" + os.path.dirname(PUBLIC)] if ours else [])
    for _ in range(4):
        body = [(i, line) for i, line in enumerate(lines) if line[1] not in bad]
        text = includes(ours) + PROBE_HEAD + "int main(void) {\n"
        first = text.count("\n") + 1
        text += "".join(f"{c}\n" for _, (_, _, c) in body) + "return 0; }\n"
        with tempfile.TemporaryDirectory() as tmp:
            exe = os.path.join(tmp, "probe")
            run = cc(flags + ["-o", exe], text)
            if run.returncode == 0:
                out = subprocess.run([exe], capture_output=True, text=True, check=True).stdout
                answers = [l.split("\t", 1)[1] for l in out.splitlines()]
                return {line[1]: a for (_, line), a in zip(body, answers)}, bad
        hit, why = [], ""
        for line in run.stderr.splitlines():
            error = re.search(r": error: (.*)", line)
            why = error.group(1) if error else why
            where = re.match(r"<stdin>:(\d+):", line)
            if where and 0 <= int(where.group(1)) - first < len(body):
                hit.append((int(where.group(1)) - first, why))
        if not hit:
            sys.exit("check_abi: the probe does not compile:\n" + run.stderr[:3000])
        for index, why in hit:
            bad.setdefault(body[index][1][1], why)
    sys.exit("check_abi: the probe does not settle")


def type_macros(lines, bad):
    """A macro that is not a value may name a type (blkif_vdev_t): compare its size then."""
    return [(h, n, f"TYPE({n});") if n in bad and c.startswith("VALUE") else (h, n, c) for h, n, c in lines]


def self_contained():
    """Each header alone, with all warnings, as C that needs no library."""
    failures = []
    for header in our_headers():
        run = cc(["-ffreestanding", "-fsyntax-only", "-Wall", "-Wextra", "-Wundef", "-Werror",
                  "-I" + os.path.dirname(PUBLIC)], f"#include <public/{header}>\n")
        if run.returncode:
            failures.append(f"{header} is not self-contained:\n{run.stderr}")
    return failures


def check_list(lines, update):
    have = [f"{h}: {n}" for h, n, _ in lines]
    if update:
        with open(NAMES, "w", encoding="ascii") as out:
            out.write("".join(n + "\n" for n in have))
    with open(NAMES, encoding="ascii") as src:
        want = src.read().splitlines()
    return [f"{n}: gone from include/public (or update {os.path.basename(NAMES)})" for n in want if n not in set(have)] + \
        [f"{n}: not in {os.path.basename(NAMES)} (run check_abi.py --update)" for n in have if n not in set(want)]


def report(name, failures, count, totals):
    for failure in failures:
        print(f"  {failure}")
    print(f"{'FAIL' if failures else 'ok  '} {name} ({count} names)" if count else f"{'FAIL' if failures else 'ok  '} {name}")
    totals[1 if failures else 0] += 1


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--update", action="store_true", help="rewrite names.txt from include/public")
    args = args.parse_args()
    totals = [0, 0]
    if not os.path.exists("/usr/include/xen/domctl.h"):
        print("SKIP /usr/include/xen/domctl.h is missing: install libxen-dev")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    lines = probe_lines(collect())
    _, bad = build_and_run(lines, ours=True)
    lines = type_macros(lines, bad)
    ours, bad_ours = build_and_run(lines, ours=True)
    theirs, bad_theirs = build_and_run([l for l in lines if l[1] not in OURS_ONLY], ours=False)

    report("headers are self-contained", self_contained(), 0, totals)
    report("names.txt lists every name", check_list(lines, args.update), len(lines), totals)
    report("errors that are internal to Xen", [] if (ours["XEN_EINTR"], ours["XEN_ERESTART"]) == ("0x4", "0x55") else
           ["XEN_EINTR and XEN_ERESTART must be 4 and 85"], 2, totals)
    for header in dict.fromkeys(h for h, _, _ in lines):
        mine = [n for h, n, _ in lines if h == header]
        failures = [f"{n}: does not compile against our headers: {bad_ours[n]}" for n in mine if n in bad_ours]
        failures += [f"{n}: libxen-dev has no such name: {bad_theirs[n]}" for n in mine if n in bad_theirs]
        failures += [f"{n}: ours {ours[n]}, Xen's {theirs[n]}" for n in mine
                     if n in ours and n in theirs and ours[n] != theirs[n]]
        report(header, failures, len(mine), totals)
    print(f"{totals[0]} passed, {totals[1]} failed, 0 skipped")
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
