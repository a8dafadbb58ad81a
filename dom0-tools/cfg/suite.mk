# SPDX-License-Identifier: Apache-2.0
# The configuration reader: a library for cmd and dev, its unit tests, its fuzzer.

CFG_LIB    := $(BUILD)/dom0-tools/cfg/libcfg.a
CFG_LIBS   := -lyajl -luuid
CFG_SRC    := $(wildcard dom0-tools/cfg/*.c)
CFG_CFLAGS  = $(CFLAGS_COMMON) -D_GNU_SOURCE -Idom0-tools

$(CFG_SRC:%.c=$(BUILD)/%.o): $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFG_CFLAGS) -c $< -o $@

$(CFG_LIB): $(CFG_SRC:%.c=$(BUILD)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Tests are linked with the sources themselves, under sanitizers.
CFG_TEST := $(BUILD)/dom0-tools/cfg/tests/cfg-test
CFG_FUZZ := $(BUILD)/dom0-tools/cfg/tests/cfg-fuzz

$(CFG_TEST): $(wildcard dom0-tools/cfg/tests/test_*.c) $(CFG_SRC)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(CFG_CFLAGS) $(SANITIZE) $(filter %.c,$^) -lcunit $(CFG_LIBS) -o $@

$(CFG_FUZZ): dom0-tools/cfg/tests/fuzz_cfg.c $(CFG_SRC)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)$(CC) $(CFG_CFLAGS) $(SANITIZE) $(filter %.c,$^) $(CFG_LIBS) -o $@

PROGRAMS    += $(CFG_LIB)
UNIT_SUITES += $(CFG_TEST)
FUZZ_SUITES += $(CFG_FUZZ)
