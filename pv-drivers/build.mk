# SPDX-License-Identifier: Apache-2.0
# The small PV guest: PVGUEST_OBJS is its runtime; a program adds objects of its own and links with PVGUEST_LINK.

PVGUEST_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -Iinclude -Ipv-drivers -MMD -MP -ffreestanding \
                  -fno-stack-protector -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
                  -fno-strict-aliasing -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fcf-protection=none \
                  -DGUEST_STACK_BYTES=32768
PVGUEST_SRC  := $(wildcard pv-drivers/guest/*.c) pv-drivers/guest/head.S
PVGUEST_OBJS := $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $(PVGUEST_SRC))))
PVGUEST_LDS  := pv-drivers/guest/guest.lds
PVGUEST_LINK  = $(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
                -Wl,-z,noexecstack -T $(PVGUEST_LDS) -o $@ $(filter %.o,$^)

$(BUILD)/pv-drivers/guest/%.o: pv-drivers/guest/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(PVGUEST_CFLAGS) -c -o $@ $<

$(BUILD)/pv-drivers/guest/%.o: pv-drivers/guest/%.S
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(PVGUEST_CFLAGS) -c -o $@ $<
