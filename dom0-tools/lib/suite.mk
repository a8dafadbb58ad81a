# SPDX-License-Identifier: Apache-2.0
# libdomus, unpack-kernel, and their tests.

LIBDOMUS_DIR   := $(BUILD)/dom0-tools/lib
LIBDOMUS       := $(LIBDOMUS_DIR)/libdomus.a
LIBDOMUS_LIBS  := -lz -llzma -llz4 -lzstd
LIBDOMUS_SRC   := $(filter-out %_main.c,$(wildcard dom0-tools/lib/*.c))
LIBDOMUS_OBJ   := $(LIBDOMUS_SRC:%.c=$(BUILD)/%.o)

$(LIBDOMUS_OBJ) $(BUILD)/dom0-tools/lib/unpack_main.o: $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS_COMMON) -D_GNU_SOURCE $(DOM0_INC) -c $< -o $@

$(LIBDOMUS): $(LIBDOMUS_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tools/unpack-kernel: $(BUILD)/dom0-tools/lib/unpack_main.o $(LIBDOMUS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $^ $(LIBDOMUS_LIBS) -o $@

PROGRAMS += $(LIBDOMUS) $(BUILD)/tools/unpack-kernel
