/* SPDX-License-Identifier: Apache-2.0 */
/* Values for fuzzed hypercalls: bytes become numbers that mostly mean something in the world at
 * hand. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/grant_entry.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>

void source_init(struct source *s, const uint8_t bytes[STEP_BYTES])
{
    *s = (struct source){bytes, bytes + STEP_BYTES, 0xcbf29ce484222325ull};
    for (unsigned int i = 0; i < STEP_BYTES; i++)
        s->more = (s->more ^ bytes[i]) * 0x100000001b3ull;
    s->more |= 1;
}

uint8_t take8(struct source *s)
{
    if (s->at < s->end)
        return *s->at++;
    s->more ^= s->more << 13;
    s->more ^= s->more >> 7;
    s->more ^= s->more << 17;
    return (uint8_t)(s->more >> 24);
}

uint16_t take16(struct source *s)
{
    return (uint16_t)(take8(s) | take8(s) << 8);
}

uint32_t take32(struct source *s)
{
    return take16(s) | (uint32_t)take16(s) << 16;
}

uint64_t take64(struct source *s)
{
    return take32(s) | (uint64_t)take32(s) << 32;
}

unsigned int below(struct source *s, unsigned int n)
{
    unsigned int x = n <= 256 ? take8(s) : take16(s);

    return n ? x % n : 0;
}

bool chance(struct source *s, unsigned int of256)
{
    return take8(s) < of256;
}

const struct guest *guest_of(const struct domain *d)
{
    for (unsigned int i = 0; i < WORLD_GUESTS; i++)
        if (guests[i].d == d)
            return &guests[i];
    return NULL;
}

struct domain *live_domain(unsigned int i)
{
    struct domain *d;

    list_for_each (d, &domain_list, link) {
        if (d == guests[i].d)
            return d;
    }
    return guests[0].d;
}

/* ---- secrets ---- */

static uint64_t secret[WORLD_GUESTS][SECRET_PAGES];
static const char secret_text[] = "nobody but its owner writes here";

void secrets_init(void)
{
    for (unsigned int g = 0; g < WORLD_GUESTS; g++) {
        for (unsigned int i = 0; i < SECRET_PAGES; i++) {
            unsigned int pfn = guests[g].pages - 1 - i;

            secret[g][i] = guests[g].p2m[pfn];
            memcpy(guest_page(&guests[g], pfn), secret_text, sizeof(secret_text));
        }
    }
}

bool is_secret(uint64_t m)
{
    for (unsigned int g = 0; g < WORLD_GUESTS; g++)
        for (unsigned int i = 0; i < SECRET_PAGES; i++)
            if (secret[g][i] == m)
                return true;
    return false;
}

const char *secrets_check(void)
{
    static char text[100];

    for (unsigned int g = 0; g < WORLD_GUESTS; g++) {
        for (unsigned int i = 0; i < SECRET_PAGES; i++) {
            const struct page *page = mfn_page(mfn(secret[g][i]));

            if (page->owner != guests[g].d || !(page->ref & PGF_ALLOCATED) ||
                !memcmp(arch_frame_ptr(mfn(secret[g][i])), secret_text, sizeof(secret_text)))
                continue;
            snprintf(text, sizeof(text), "secret frame %#lx of d%u was written",
                     (unsigned long)secret[g][i], g);
            return text;
        }
    }
    return NULL;
}

/* ---- frames ---- */

/*
 * Some frame of d from a starting point on; its owner never offers its secrets. Tables stand close
 * together: some are passed over, or the first would be taken always.
 */
static uint64_t frame_of(struct source *s, const struct domain *d, bool secrets, bool table)
{
    uint64_t n = take16(s) % frame_table_size;
    unsigned int skip = table ? below(s, 8) : 0;
    uint64_t last = 1; /* nobody's, when there is none */

    for (unsigned int i = 0; i < frame_table_size; i++, n = (n + 1) % frame_table_size) {
        const struct page *page = &frame_table[n];

        if (page->owner != d || (page->ref & PGF_HYPERVISOR) || (!secrets && is_secret(n)))
            continue;
        if (table && !(page_type(page) >= PT_L1 && page_type(page) <= PT_L4))
            continue;
        last = n;
        if (!skip--)
            break;
    }
    return last;
}

static struct domain *self(void)
{
    return current_vcpu()->domain;
}

/* Arguments live in the first pages: a guest that gives them away has nothing to say any more. */
static bool is_argument(uint64_t m)
{
    const struct guest *g = guest_of(self());

    for (unsigned int i = 0; g && i <= ARG_PAGES; i++)
        if (g->p2m[i] == m)
            return true;
    return false;
}

uint64_t gen_own_mfn(struct source *s)
{
    uint64_t m = frame_of(s, self(), false, false);

    return is_argument(m) && !chance(s, 4) ? frame_of(s, self(), false, false) : m;
}

uint64_t gen_table_mfn(struct source *s)
{
    return frame_of(s, self(), false, true);
}

static struct domain *some_domain(struct source *s)
{
    return live_domain(below(s, WORLD_GUESTS));
}

uint64_t gen_mfn(struct source *s)
{
    struct domain *d;
    uint64_t m;

    switch (below(s, 16)) {
    default:
        return gen_own_mfn(s);
    case 9:
    case 10:
        return gen_table_mfn(s);
    case 11:
        d = some_domain(s);
        /* dom0 may really write to guests' memory: it is not led to their secrets. */
        return frame_of(s, d, !self()->is_privileged && d != self(), chance(s, 128));
    case 12:
        d = some_domain(s);
        return d->shared ? d->shared_mfn.n : 1;
    case 13:
        d = some_domain(s);
        return d->grants ? grant_table_frame(d, 0).n : 1;
    case 14:
        return HOST_MMIO_FRAME + below(s, 16);
    case 15:
        m = chance(s, 128) ? take16(s) % (frame_table_size + 64) : take64(s);
        if (is_secret(m) && (self()->is_privileged || frame_table[m].owner == self()))
            return gen_own_mfn(s);
        return m;
    }
}

/* ---- page tables ---- */

static uint64_t pte_flags(struct source *s)
{
    uint64_t flags = PTE_P | PTE_US | PTE_A;
    uint8_t x = take8(s);

    if (x & 1)
        flags |= PTE_RW;
    if (x & 2)
        flags |= PTE_D;
    if ((x & 0x1c) == 0x1c) { /* sometimes anything */
        uint16_t y = take16(s);

        flags ^= y & 0xfff;
        flags |= (uint64_t)(y >> 12) << 52;
        if (x & 0x20)
            flags |= PTE_NX;
        if (x & 0x40)
            flags |= PTE_GNTTAB;
    }
    return flags;
}

uint64_t gen_pte(struct source *s)
{
    if (chance(s, 60))
        return 0;
    return pte_make(mfn(gen_mfn(s)), pte_flags(s));
}

uint64_t gen_pte_of(struct source *s, unsigned int level)
{
    uint64_t n = gen_table_mfn(s);

    if (level == 1 || chance(s, 50))
        return gen_pte(s);
    for (unsigned int i = 0; i < 8 && page_type(&frame_table[n]) != (enum page_type)(level - 1);
         i++)
        n = gen_table_mfn(s);
    return pte_make(mfn(n), PTE_P | PTE_RW | PTE_US | PTE_A);
}

uint64_t gen_va(struct source *s)
{
    const struct guest *g = guest_of(self());
    unsigned int all = g ? g->pages + g->tables : 16;

    switch (below(s, 16)) {
    default:
        return guest_va(ARG_PAGES + 1 + below(s, all)) + (take8(s) & 7) * 8;
    case 12:
        return guest_va(g ? g->pages + below(s, g->tables) : 3) + take16(s) % 512 * 8;
    case 13:
        return guest_va(all + below(s, 64));
    case 14:
        return 0xffff800000000000ull + take64(s) % (1ull << 44);
    case 15:
        return take64(s);
    }
}

uint64_t gen_pte_maddr(struct source *s)
{
    uint64_t m = chance(s, 230) ? gen_table_mfn(s) : gen_mfn(s);

    return mfn_to_maddr(mfn(m)) + take16(s) % 512 * 8;
}

/* ---- small numbers ---- */

uint32_t gen_domid(struct source *s)
{
    static const uint16_t odd[] = {DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, DOMID_IDLE, 77};
    unsigned int x = below(s, 16);

    if (x < 6)
        return DOMID_SELF;
    if (x < 15)
        return below(s, WORLD_GUESTS + 1);
    return odd[below(s, ARRAY_SIZE(odd))];
}

uint32_t gen_self_domid(struct source *s)
{
    return chance(s, 200) ? DOMID_SELF : gen_domid(s);
}

uint32_t gen_port(struct source *s)
{
    return chance(s, 240) ? below(s, 12) : take32(s) % 5000;
}

uint32_t gen_ref(struct source *s)
{
    return chance(s, 240) ? below(s, 8) : chance(s, 200) ? take16(s) % 1100 : take32(s);
}

uint32_t gen_vcpu(struct source *s)
{
    return chance(s, 240) ? below(s, WORLD_VCPUS) : take32(s);
}

uint64_t gen_any(struct source *s)
{
    switch (below(s, 8)) {
    case 0:
        return 0;
    case 1:
        return ~0ull - below(s, 4);
    case 2:
        return 1ull << below(s, 64);
    case 3:
        return take64(s);
    case 4:
        return gen_va(s);
    case 5:
        return gen_mfn(s);
    default:
        return below(s, 32);
    }
}
