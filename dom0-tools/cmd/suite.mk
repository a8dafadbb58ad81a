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

PROGRAMS += $(DOMUS_BIN) $(BUILD)/dom0-tools/cmd/xl

DOM0_FILES += $(DOMUS_BIN)=/usr/sbin/domus @domus=/usr/sbin/xl
