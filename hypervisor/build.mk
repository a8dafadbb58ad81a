# SPDX-License-Identifier: Apache-2.0
# The hypervisor twice from the same sources: for the machine (build/hypervisor/domus) and as a host library
# (build/host/libhv.a, sanitizers on) for unit tests and fuzzing.
#   make debug=n   release build: assertions and lock-order checks off

debug ?= y

HV_PORTABLE := $(wildcard hypervisor/lib/*.c hypervisor/core/*.c hypervisor/sched/*.c hypervisor/pv/*.c)
HV_X86_C    := $(wildcard hypervisor/arch/x86/*.c hypervisor/arch/x86/boot/*.c) hypervisor/start.c
HV_X86_S    := $(wildcard hypervisor/arch/x86/*.S hypervisor/arch/x86/boot/*.S)
HV_HOST_C   := $(wildcard hypervisor/arch/host/*.c)

# What xen_version reports. The date is the last commit's, so that the same source gives the same image.
HV_CHANGESET := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
HV_DATE      := $(shell git log -1 --format=%cd --date=format:%Y-%m-%d 2>/dev/null || echo unknown)

HV_INC      := -Ihypervisor/include -Iinclude
HV_DEFS     := $(if $(filter y,$(debug)),-DHV_DEBUG)
HV_CFLAGS   := -std=gnu11 -O2 -g -fno-strict-aliasing $(WARNINGS) -MMD -MP $(HV_DEFS) $(HV_INC)
# No libc, no vector registers (they are the guest's), position-independent code at a fixed high address.
HV_X86_CFLAGS = $(HV_CFLAGS) -Ihypervisor/arch/x86/include -include arch/hidden.h -ffreestanding -fpie \
                 -mno-red-zone -mgeneral-regs-only -fno-stack-protector -fno-omit-frame-pointer \
                 -fno-asynchronous-unwind-tables -fcf-protection=none -fno-jump-tables
HV_HOST_CFLAGS := $(HV_CFLAGS) -Ihypervisor/arch/host/include $(SANITIZE) -DHV_HOST

$(BUILD)/x86/hypervisor/core/version_op.o: HV_CFLAGS += -DHV_CHANGESET='"$(HV_CHANGESET)"' -DHV_COMPILE_DATE='"$(HV_DATE)"'

HV_X86_OBJS := $(patsubst %.c,$(BUILD)/x86/%.o,$(HV_PORTABLE) $(HV_X86_C)) \
               $(patsubst %.S,$(BUILD)/x86/%.S.o,$(HV_X86_S))
HV_HOST_OBJS := $(patsubst %.c,$(BUILD)/host/%.o,$(HV_PORTABLE) $(HV_HOST_C))

PROGRAMS += $(BUILD)/hypervisor/domus

# Offsets that the entry assembly uses are generated from the C structures.
HV_OFFSETS := $(BUILD)/x86/include/asm_offsets.h
$(HV_OFFSETS): hypervisor/arch/x86/asm_offsets.c
	@mkdir -p $(@D) $(BUILD)/x86/hypervisor/arch/x86
	$(call say,OFFSETS,$@)
	$(Q)$(CC) $(HV_X86_CFLAGS) -S -MF $(BUILD)/x86/asm_offsets.d -MT $@ -o $(BUILD)/x86/asm_offsets.s $<
	$(Q)sed -n 's/^.*@OFFSET \([A-Za-z_0-9]*\) \$$*\(-*[0-9]*\).*/#define \1 \2/p' $(BUILD)/x86/asm_offsets.s > $@

$(BUILD)/x86/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(HV_X86_CFLAGS) -c -o $@ $<

$(BUILD)/x86/%.S.o: %.S $(HV_OFFSETS)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(filter-out -include arch/hidden.h,$(HV_X86_CFLAGS)) -D__ASSEMBLY__ -I$(BUILD)/x86/include -c -o $@ $<

$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC-HOST,$<)
	$(Q)$(CC) $(HV_HOST_CFLAGS) -c -o $@ $<

$(BUILD)/hypervisor/domus: $(HV_X86_OBJS) hypervisor/arch/x86/domus.lds
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,-z,max-page-size=4096,-z,noexecstack,--build-id=sha1,--no-warn-rwx-segments \
	    -Wl,-T,hypervisor/arch/x86/domus.lds -o $@ $(HV_X86_OBJS)

$(BUILD)/host/libhv.a: $(HV_HOST_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(HV_HOST_OBJS)
