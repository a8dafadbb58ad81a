/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzing the hypervisor by its hypercall table. An input is a list of steps of STEP_BYTES each; a
 * step's bytes decide everything about it, so that a step keeps most of its meaning when others are
 * taken away.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world.h"

#define STEP_BYTES 64

/* The bytes of the step at hand; past their end comes what follows from them (a generator they
 * seed). */
struct source {
    const uint8_t *at, *end;
    uint64_t more;
};

void source_init(struct source *s, const uint8_t bytes[STEP_BYTES]);

uint8_t take8(struct source *s);
uint16_t take16(struct source *s);
uint32_t take32(struct source *s);
uint64_t take64(struct source *s);
/* A number below n (n at most 65536). */
unsigned int below(struct source *s, unsigned int n);
/* True in so many of 256 cases. */
bool chance(struct source *s, unsigned int of256);

/* ---- gen_values.c: numbers that look right to the hypervisor, mostly ---- */

/* The world's guest of a domain, or NULL for domains made later. */
const struct guest *guest_of(const struct domain *d);
/* The domain of guest i, or dom0's when it is gone. */
struct domain *live_domain(unsigned int i);
uint64_t gen_mfn(
    struct source *s); /* a frame: of the caller, of others, shared, a table, device, nonsense */
uint64_t gen_own_mfn(struct source *s); /* an ordinary frame of the caller */
uint64_t gen_table_mfn(struct source *s);
uint64_t gen_pte(struct source *s);
uint64_t gen_pte_of(struct source *s, unsigned int level); /* for a table of that level */
uint64_t gen_va(struct source *s);
uint64_t gen_pte_maddr(struct source *s); /* machine address of a page-table entry */
uint32_t gen_domid(struct source *s);
uint32_t gen_self_domid(struct source *s); /* the caller itself, as a rule */
uint32_t gen_port(struct source *s);
uint32_t gen_ref(struct source *s);
uint32_t gen_vcpu(struct source *s);
uint64_t gen_any(struct source *s); /* a number with nothing in mind */
/*
 * A guest's last pages: its own, mapped nowhere, and never named to the hypervisor by their owner.
 * Whoever writes to them got there by a way that must not be. (dom0 is not led to them: it may map
 * anything.)
 */
#define SECRET_PAGES 4
bool is_secret(uint64_t mfn);
void secrets_init(void);
const char *secrets_check(void);

/* ---- gen_calls.c: arguments of one hypercall, structures placed in guest memory ---- */

/* Fill args for hypercall `nr` of the current vCPU. */
void gen_call(struct source *s, unsigned int nr, uint64_t args[6]);
/* A hypercall number, the interesting ones more often. */
unsigned int gen_call_number(struct source *s, bool privileged);

/* ---- recipes.c ---- */

/* Several calls that belong together, by the current vCPU; what it was. */
const char *fuzz_recipe(struct source *s);

/* ---- steps.c ---- */

/* Over all runs (shared memory): how often each hypercall, and each command of those that have
 * them, succeeded. */
struct fuzz_stats {
    uint64_t steps, idle, powered_off, mapped;
    struct {
        uint64_t ok, refused;
    } call[64], command[64][64];
};
extern struct fuzz_stats *stats;

/* Do one step; false when the machine was shut down by a guest. `trace`: tell on stdout what it is
 * and does. */
void fuzz_step(const uint8_t bytes[STEP_BYTES], bool trace);
/* NULL, or what is wrong. */
const char *fuzz_oracle(void);
/* Kill the guests. */
void fuzz_end(void);
