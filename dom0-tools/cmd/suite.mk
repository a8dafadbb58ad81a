# SPDX-License-Identifier: Apache-2.0
# The command domus (also called xl), and unit tests of what it prints and how it is called.

DOMUS_BIN  := $(BUILD)/dom0-tools/cmd/domus
CMD_SRC    := $(wildcard dom0-tools/cmd/*.c)
CMD_CFLAGS  = $(CFLAGS_COMMON) -D_GNU_SOURCE -Idom0-tools $(DOM0_INC)

$(CMD_SRC:%.c=$(BUILD)/%.o): $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CMD_CFLAGS) -c $< -o $@

$(DOMUS_BIN): $(CMD_SRC:%.c=$(BUILD)/%.o) $$(DEV_LIB) $$(CFG_LIB) $$(LIBDOMUS) $$(XENSTORE_CLIENT_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $^ $(CFG_LIBS) $(LIBDOMUS_LIBS) -o $@

$(BUILD)/dom0-tools/cmd/xl: $(DOMUS_BIN)
	$(Q)ln -sf domus $@

# The hypervisor, the store and the kernel are fakes.
CMD_TEST := $(BUILD)/dom0-tools/cmd/tests/cmd-test

$(CMD_TEST): $(wildcard dom0-tools/cmd/tests/*.c) $(filter-out %/main.c,$(CMD_SRC)) \
             dom0-tools/dev/tests/fake_store.c dom0-tools/dev/tests/fake_kernel.c \
             $(filter-out %/loop.c %/link.c,$(wildcard dom0-tools/dev/*.c)) \
             $(wildcard dom0-tools/cfg/*.c) dom0-tools/cfg/tests/test_runner.c
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(CMD_CFLAGS) $(SANITIZE) $(filter %.c,$^) -lcunit $(CFG_LIBS) -o $@

UNIT_SUITES += $(CMD_TEST)
PROGRAMS += $(DOMUS_BIN) $(BUILD)/dom0-tools/cmd/xl

DOM0_FILES += $(DOMUS_BIN)=/usr/sbin/domus @domus=/usr/sbin/xl
