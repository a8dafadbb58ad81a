# SPDX-License-Identifier: Apache-2.0
# Executed instructions of the hot paths, beside Debian's Xen: one PV kernel, booted as dom0 on both.
#   make bench        a table on the screen; every sample in build/bench.json
# The hypervisor that is measured is always the release build, below build/release.

BENCH_HV     := $(BUILD)/release/hypervisor/domus
BENCH_XEN    := $(CACHE)/xen
BENCH_KERNEL := $(BUILD)/tools/bench/bench.elf
BENCH_OBJS   := $(patsubst %,$(BUILD)/%.o,$(basename $(wildcard tools/bench/guest/*.c tools/bench/guest/*.S)))

$(BUILD)/tools/bench/guest/%.o: tools/bench/guest/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(PVGUEST_CFLAGS) -Itests/guest -c -o $@ $<

$(BUILD)/tools/bench/guest/%.o: tools/bench/guest/%.S
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(PVGUEST_CFLAGS) -c -o $@ $<

# User mode comes from the guest tests.
$(BENCH_KERNEL): $(BENCH_OBJS) $(BUILD)/tests/guest/user.o $$(PVGUEST_OBJS) $$(PVGUEST_LDS)
	$(call say,LD,$@)
	$(Q)$(PVGUEST_LINK)

$(BENCH_XEN): tools/bench/fetch-xen
	@echo "Fetching Debian's Xen"
	@tools/bench/fetch-xen $(CACHE)
	@touch $@

# Another configuration of the same sources, so another make; it knows what is out of date.
.PHONY: bench bench-hypervisor
bench-hypervisor:
	@$(MAKE) --no-print-directory debug=n BUILD=$(BUILD)/release $(BENCH_HV)

bench: bench-hypervisor $(BENCH_KERNEL) $(BENCH_XEN) $(BUILD)/packages/run.mk
	@tools/bench/bench --domus $(BENCH_HV) --xen $(BENCH_XEN) --kernel $(BENCH_KERNEL) \
	    --logs $(BUILD)/logs --json $(BUILD)/bench.json
