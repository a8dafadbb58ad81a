# SPDX-License-Identifier: Apache-2.0
# Guest tests: every test_*.c here becomes a PV kernel, which the runner boots as dom0.

GUEST_TEST_SRC := $(wildcard tests/guest/test_*.c)
GUEST_TEST_COMMON := $(BUILD)/tests/guest/harness.o $(BUILD)/tests/guest/user.o $(BUILD)/tests/guest/domu.o
GUEST_TESTS    := $(patsubst tests/guest/test_%.c,$(BUILD)/tests/guest/%.elf,$(GUEST_TEST_SRC))

$(BUILD)/tests/guest/%.o: tests/guest/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(PVGUEST_CFLAGS) -c -o $@ $<

$(BUILD)/tests/guest/%.name.o: tests/guest/suite.mk
	@mkdir -p $(@D)
	$(Q)echo 'extern const char test_name[]; const char test_name[] = "$*";' | $(CC) $(PVGUEST_CFLAGS) -xc -c -o $@ -

$(BUILD)/tests/guest/%.elf: $(BUILD)/tests/guest/test_%.o $(BUILD)/tests/guest/%.name.o \
                            $(GUEST_TEST_COMMON) $(PVGUEST_OBJS) $(PVGUEST_LDS)
	$(call say,LD,$@)
	$(Q)$(PVGUEST_LINK)

.PRECIOUS: $(BUILD)/tests/guest/%.o $(BUILD)/tests/guest/%.name.o

.PHONY: guest-tests
guest-tests: $(GUEST_TESTS)

# The suite as `make test` runs it: the runner, once the kernels and the hypervisor are there.
$(BUILD)/tests/guest/suite: tests/guest/run_guest_tests.py tests/guest/suite.mk $(GUEST_TESTS) \
                           $(BUILD)/hypervisor/domus
	$(Q)printf '#!/bin/sh\nexec "$(CURDIR)/tests/guest/run_guest_tests.py" --tests-dir "$(abspath $(BUILD))/tests/guest" --hypervisor "$(abspath $(BUILD))/hypervisor/domus" "$$@"\n' > $@
	$(Q)chmod +x $@

GUEST_SUITES += $(BUILD)/tests/guest/suite
