# SPDX-License-Identifier: Apache-2.0
# Front door: packages, kernels, images, the emulated machine, the test runner, checks.
#
#   HYPERVISOR=FILE   boot this instead of our own hypervisor: Debian's Xen 4.17 runs the same dom0
#   QEMU=PROGRAM      another qemu-system-x86_64;  QEMU_CPU=MODEL  another CPU model

HYPERVISOR ?= $(BUILD)/hypervisor/domus
IMAGES     := $(BUILD)/image
CACHE      := $(BUILD)/cache

# --- packages: one stamp for each step, remade when the list changes ---

$(BUILD)/packages/%.mk: tools/packages.txt tools/install-packages
	@mkdir -p $(@D)
	@tools/install-packages $*
	@echo '# The packages of step $* are installed.' > $@

# --- kernels: fetched once, kept by `make clean` ---

KERNELS := $(CACHE)/kernels.fetched

$(KERNELS): tools/fetch-kernels
	@echo "Fetching Debian's kernels"
	@tools/fetch-kernels $(CACHE)
	@touch $@

# --- images ---

DOM0_FILES += $(BUILD)/xenstore/xenstored=/usr/sbin/xenstored $(BUILD)/xenstore/xenstore=/usr/bin/xenstore \
              $(foreach name,$(notdir $(XENSTORE_NAMES)),@xenstore=/usr/bin/$(name))

# A hypervisor loads the unpacked kernel: unpacking is the work of dom0's tools, never the hypervisor's.
$(IMAGES)/vmlinux-dom0: $(KERNELS) $(BUILD)/tools/unpack-kernel
	@mkdir -p $(@D)
	$(call say,UNPACK,$@)
	$(Q)$(BUILD)/tools/unpack-kernel $(CACHE)/kernel-dom0/boot/vmlinuz-* $@.new
	$(Q)mv $@.new $@

$(IMAGES)/guest/initrd: tools/make-guest-image $(wildcard tools/guest/* tools/lib/*.py) $(KERNELS) \
                        $(BUILD)/packages/run.mk
	$(call say,IMAGE,$(@D))
	$(Q)tools/make-guest-image $(CACHE)/kernel-guest $(@D)

$(IMAGES)/root.ext4: tools/make-dom0-image tools/build.mk $(wildcard tools/dom0/* tools/lib/*.py) $(KERNELS) \
                     $(BUILD)/packages/run.mk $(IMAGES)/guest/initrd $$(filter-out @%,$$(foreach f,$$(DOM0_FILES),$$(firstword $$(subst =, ,$$f))))
	$(call say,IMAGE,$@)
	$(Q)tools/make-dom0-image $(CACHE)/kernel-dom0 $(IMAGES)/guest $(IMAGES) $(DOM0_FILES)

.PHONY: images
images: $(IMAGES)/vmlinux-dom0 $(IMAGES)/root.ext4

# --- the machine ---

export QEMU QEMU_CPU
.PHONY: run debug
run: $(HYPERVISOR) images
	@tools/run --images $(IMAGES) --hypervisor $(HYPERVISOR) --log $(BUILD)/logs/run.log

debug: $(HYPERVISOR) images
	@tools/debug --images $(IMAGES) --hypervisor $(HYPERVISOR) --log $(BUILD)/logs/debug.log

# --- tests: fast to slow, one summary ---

SUITES = $(addprefix unit:,$(UNIT_SUITES)) $(addprefix abi:,$(ABI_SUITES)) $(addprefix fuzz:,$(FUZZ_SUITES)) \
         $(addprefix guest:,$(GUEST_SUITES)) $(addprefix system:,$(SYSTEM_SUITES))
# What a kind of suite needs before it runs, besides the suites themselves that are built.
built = $(filter $(BUILD)/%,$(1))
NEEDS_guest  = $(HYPERVISOR)
NEEDS_system = $(HYPERVISOR) images
run_tests = @HYPERVISOR=$(HYPERVISOR) IMAGES=$(IMAGES) tools/run-tests --logs $(BUILD)/logs $(1)

.PHONY: test test-check test-unit test-abi test-fuzz test-guest test-system
test: all images $(BUILD)/packages/test.mk $(BUILD)/packages/check.mk \
      $$(call built,$$(UNIT_SUITES) $$(ABI_SUITES) $$(FUZZ_SUITES) $$(GUEST_SUITES) $$(SYSTEM_SUITES))
	$(call run_tests,check:tools/check $(SUITES))

test-unit: $(BUILD)/packages/test.mk $$(call built,$$(UNIT_SUITES))
	$(call run_tests,$(filter unit:%,$(SUITES)))

test-abi: $(BUILD)/packages/test.mk $$(call built,$$(ABI_SUITES))
	$(call run_tests,$(filter abi:%,$(SUITES)))

test-fuzz: $(BUILD)/packages/test.mk $$(call built,$$(FUZZ_SUITES))
	$(call run_tests,$(filter fuzz:%,$(SUITES)))

test-guest: $(BUILD)/packages/run.mk $$(NEEDS_guest) $$(call built,$$(GUEST_SUITES))
	$(call run_tests,$(filter guest:%,$(SUITES)))

test-system: $$(NEEDS_system) $$(call built,$$(SYSTEM_SUITES))
	$(call run_tests,$(filter system:%,$(SUITES)))

include tools/bench/bench.mk

# --- checks and figures ---

.PHONY: check format size help
check: $(BUILD)/packages/check.mk
	@tools/check

format: $(BUILD)/packages/check.mk
	@git ls-files '*.c' '*.h' | xargs clang-format -i

size: $(wildcard $(BUILD)/hypervisor/domus)
	@tools/size $(BUILD)/hypervisor/domus

help:
	@echo "make              build the hypervisor and dom0's programs (as root: install missing packages first)"
	@echo "make run          boot the emulated machine: dom0, a guest, its disk and network; then a shell"
	@echo "make test         every suite, fast to slow; one summary line at the end"
	@echo "make test-KIND    one kind of suite: unit, abi, fuzz, guest, system"
	@echo "make debug        the machine stopped at its first instruction, waiting for gdb (see tools/gdb)"
	@echo "make check        layer rule, self-contained headers, licence lines, formatter"
	@echo "make format       let the formatter rewrite the sources"
	@echo "make bench        executed instructions of the hot paths, beside Debian's Xen"
	@echo "make size         lines and text size of the hypervisor"
	@echo "make clean        remove what was built; make distclean: the fetched kernels too"
	@echo
	@echo "V=1 shows commands.  HYPERVISOR=FILE boots another hypervisor beside the same dom0, such as Xen 4.17."
	@echo "QEMU=PROGRAM and QEMU_CPU=MODEL choose the emulator and its CPU.  TESTS=WORD limits the system tests."
