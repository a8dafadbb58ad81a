# SPDX-License-Identifier: Apache-2.0
# The store daemon, its client library and its commands, with their tests. Layers: wire <- store <- daemon; client uses wire only.

XENSTORE_B := $(BUILD)/xenstore
XENSTORE_CFLAGS = $(CFLAGS_COMMON) -Ixenstore -Ixenstore/include -D_GNU_SOURCE

XENSTORE_WIRE   := $(wildcard xenstore/wire/*.c)
XENSTORE_STORE  := $(wildcard xenstore/store/*.c)
XENSTORE_DAEMON := $(wildcard xenstore/daemon/*.c)
XENSTORE_CLIENT := $(wildcard xenstore/client/*.c)
XENSTORE_CMD    := $(wildcard xenstore/cmd/*.c)

# Other folders link this: the client library with all it needs.
XENSTORE_CLIENT_LIB := $(XENSTORE_B)/libxsc.a

$(XENSTORE_B)/%.o: xenstore/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(XENSTORE_CFLAGS) -c -o $@ $<

$(XENSTORE_CLIENT_LIB): $(patsubst xenstore/%.c,$(XENSTORE_B)/%.o,$(XENSTORE_CLIENT) $(XENSTORE_WIRE))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(XENSTORE_B)/xenstored: $(patsubst xenstore/%.c,$(XENSTORE_B)/%.o,$(XENSTORE_DAEMON) $(XENSTORE_STORE) $(XENSTORE_WIRE))
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

PROGRAMS += $(XENSTORE_B)/xenstored $(XENSTORE_CLIENT_LIB)

$(XENSTORE_B)/xenstore: $(patsubst xenstore/%.c,$(XENSTORE_B)/%.o,$(XENSTORE_CMD)) $(XENSTORE_CLIENT_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

# The same program under each command's name.
XENSTORE_NAMES := $(addprefix $(XENSTORE_B)/xenstore-,read write rm exists list ls chmod watch control)
$(XENSTORE_NAMES): $(XENSTORE_B)/xenstore
	$(Q)ln -sf xenstore $@

PROGRAMS += $(XENSTORE_B)/xenstore $(XENSTORE_NAMES)

# Tests: everything once more with sanitizers.
XENSTORE_T := $(BUILD)/tests/xenstore

$(XENSTORE_T)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(XENSTORE_CFLAGS) $(SANITIZE) -Itests/unit/xenstore -c -o $@ $<

XENSTORE_TEST_CORE := $(XENSTORE_STORE) $(XENSTORE_WIRE) xenstore/daemon/ring.c

$(XENSTORE_T)/unit-xenstore: $(patsubst %.c,$(XENSTORE_T)/obj/%.o,$(XENSTORE_TEST_CORE) xenstore/cmd/text.c $(filter-out %/socket_test.c,$(wildcard tests/unit/xenstore/*.c)))
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ -lcunit

UNIT_SUITES += $(XENSTORE_T)/unit-xenstore

$(XENSTORE_T)/fuzz-xenstore: $(patsubst %.c,$(XENSTORE_T)/obj/%.o,$(XENSTORE_TEST_CORE) tests/fuzz/xenstore/fuzz_wire.c)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $^

FUZZ_SUITES += $(XENSTORE_T)/fuzz-xenstore

# The daemon as a process, and the programs it is tried with, sanitized as well.
$(XENSTORE_T)/xenstored: $(patsubst %.c,$(XENSTORE_T)/obj/%.o,$(XENSTORE_DAEMON) $(XENSTORE_STORE) $(XENSTORE_WIRE))
$(XENSTORE_T)/xenstore: $(patsubst %.c,$(XENSTORE_T)/obj/%.o,$(XENSTORE_CMD) $(XENSTORE_CLIENT) $(XENSTORE_WIRE))
$(XENSTORE_T)/socket-xenstore: $(patsubst %.c,$(XENSTORE_T)/obj/%.o,tests/unit/xenstore/socket_test.c $(XENSTORE_CLIENT) $(XENSTORE_WIRE))
$(XENSTORE_T)/xenstored $(XENSTORE_T)/xenstore $(XENSTORE_T)/socket-xenstore:
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $(filter %.o,$^) $(if $(filter %/socket-xenstore,$@),-lcunit)

$(XENSTORE_T)/socket-xenstore: | $(XENSTORE_T)/xenstored $(XENSTORE_T)/xenstore

UNIT_SUITES += $(XENSTORE_T)/socket-xenstore
