# SPDX-License-Identifier: Apache-2.0
# The fuzzer of the hypervisor. `make test` runs it for a short while from a fixed seed; by hand: fuzz-hv --seconds 3600 --seed 1

HV_T := $(BUILD)/tests/hv
FUZZ_HV_SRC := $(wildcard tests/fuzz/hv/*.c) tests/unit/hv/world.c

$(HV_T)/fuzz-hv: $(FUZZ_HV_SRC:%.c=$(HV_T)/%.o) $(BUILD)/host/libhv.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $^

FUZZ_SUITES += $(HV_T)/fuzz-hv
