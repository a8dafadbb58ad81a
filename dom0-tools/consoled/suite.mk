# SPDX-License-Identifier: Apache-2.0
# The console daemon.

CONSOLED     := $(BUILD)/dom0-tools/consoled/domus-consoled
CONSOLED_SRC := $(wildcard dom0-tools/consoled/*.c)

$(CONSOLED_SRC:%.c=$(BUILD)/%.o): $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS_COMMON) -D_GNU_SOURCE $(DOM0_INC) -c $< -o $@

$(CONSOLED): $(CONSOLED_SRC:%.c=$(BUILD)/%.o) $$(LIBDOMUS) $$(XENSTORE_CLIENT_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $^ -o $@

PROGRAMS += $(CONSOLED)
DOM0_FILES += $(CONSOLED)=/usr/sbin/domus-consoled
