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

# Tests are linked with the sources themselves, under sanitizers; the console daemon's pure parts are tested here too.
LIBDOMUS_TESTS    := tests/unit/libdomus
LIBDOMUS_TEST     := $(BUILD)/$(LIBDOMUS_TESTS)/libdomus-test
LIBDOMUS_FUZZ     := $(BUILD)/$(LIBDOMUS_TESTS)/libdomus-fuzz
LIBDOMUS_TEST_SRC := $(LIBDOMUS_TESTS)/main.c $(wildcard $(LIBDOMUS_TESTS)/test_*.c) $(LIBDOMUS_TESTS)/make_kernel.c \
                     $(addprefix dom0-tools/consoled/,ring.c history.c log.c readers.c say.c) $(LIBDOMUS_SRC)
LIBDOMUS_FUZZ_SRC := $(LIBDOMUS_TESTS)/fuzz_kernel.c $(LIBDOMUS_TESTS)/make_kernel.c $(LIBDOMUS_SRC)

$(BUILD)/sanitized/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS_COMMON) -D_GNU_SOURCE $(DOM0_INC) $(SANITIZE) -c $< -o $@

$(LIBDOMUS_TEST): $(LIBDOMUS_TEST_SRC:%.c=$(BUILD)/sanitized/%.o)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(SANITIZE) $^ -lcunit $(LIBDOMUS_LIBS) -o $@

$(LIBDOMUS_FUZZ): $(LIBDOMUS_FUZZ_SRC:%.c=$(BUILD)/sanitized/%.o)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)$(CC) $(SANITIZE) $^ $(LIBDOMUS_LIBS) -o $@

UNIT_SUITES += $(LIBDOMUS_TEST)
FUZZ_SUITES += $(LIBDOMUS_FUZZ)
