# SPDX-License-Identifier: Apache-2.0
# Devices of guests: a library for cmd, and its unit tests on a store in memory.

DEV_LIB    := $(BUILD)/dom0-tools/dev/libdev.a
DEV_SRC    := $(wildcard dom0-tools/dev/*.c)
DEV_CFLAGS  = $(CFLAGS_COMMON) -D_GNU_SOURCE -Idom0-tools $(DOM0_INC)

$(DEV_SRC:%.c=$(BUILD)/%.o): $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(DEV_CFLAGS) -c $< -o $@

$(DEV_LIB): $(DEV_SRC:%.c=$(BUILD)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

DEV_TEST := $(BUILD)/dom0-tools/dev/tests/dev-test

# What touches the kernel is replaced by fakes.
DEV_TESTED := $(filter-out %/loop.c %/link.c,$(DEV_SRC))

$(DEV_TEST): $(wildcard dom0-tools/dev/tests/*.c) $(DEV_TESTED) $(wildcard dom0-tools/cfg/*.c) \
             dom0-tools/cfg/tests/test_runner.c
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(DEV_CFLAGS) $(SANITIZE) $(filter %.c,$^) -lcunit $(CFG_LIBS) -o $@

PROGRAMS    += $(DEV_LIB)
UNIT_SUITES += $(DEV_TEST)
