/* SPDX-License-Identifier: Apache-2.0 */
/* Grants of a domain to itself: map, unmap, copy of a whole page and of a small packet. */
#include "bench.h"

#define MAP_REF  20
#define COPY_REF 21

static struct grant_entry_v1 *table;

static void setup(void)
{
    xen_pfn_t frame = 0;
    struct gnttab_setup_table arg = {.dom = DOMID_SELF, .nr_frames = 1};

    set_xen_guest_handle(arg.frame_list, &frame);
    MUST(hypercall_grant_table_op(GNTTABOP_setup_table, &arg, 1));
    if (arg.status != GNTST_okay)
        guest_panic("grant table: status %d", arg.status);
    table = page_alloc();
    MUST(hypercall_update_va_mapping((unsigned long)table, make_pte(frame, PTE_RW), UVMF_INVLPG));
}

static void grant(grant_ref_t ref, const void *page, unsigned int flags)
{
    table[ref].domid = 0;
    table[ref].frame = (uint32_t)virt_to_mfn(page);
    __atomic_store_n(&table[ref].flags, (uint16_t)flags, __ATOMIC_RELEASE);
}

/* One grant operation that must succeed. */
#define GRANT_OP(cmd, arg)                                                                         \
    do {                                                                                           \
        MUST(hypercall_grant_table_op(cmd, &(arg), 1));                                            \
        if ((arg).status != GNTST_okay)                                                            \
            guest_panic("%s: status %d", #cmd, (arg).status);                                      \
    } while (0)

static void bench_map(uint64_t *window)
{
    struct gnttab_map_grant_ref map = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = MAP_REF, .dom = 0};
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (unsigned long)window};

    MUST(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG));
    BENCH("grant-map", ({
              if (bench_i > -BENCH_WARMUP) {
                  unmap.handle = map.handle;
                  GRANT_OP(GNTTABOP_unmap_grant_ref, unmap);
              }
          }),
          GRANT_OP(GNTTABOP_map_grant_ref, map));
    BENCH("grant-unmap", ({
              if (bench_i > -BENCH_WARMUP)
                  GRANT_OP(GNTTABOP_map_grant_ref, map);
              unmap.handle = map.handle;
          }),
          GRANT_OP(GNTTABOP_unmap_grant_ref, unmap));
}

void bench_grants(void)
{
    uint64_t *shared = page_alloc(), *target = page_alloc(), *window = page_alloc();
    struct gnttab_copy copy = {.len = PAGE_SIZE, .flags = GNTCOPY_source_gref};

    setup();
    grant(MAP_REF, shared, GTF_permit_access);
    bench_map(window);
    grant(COPY_REF, shared, GTF_permit_access | GTF_readonly);
    copy.source.domid = 0;
    copy.source.u.ref = COPY_REF;
    copy.dest.domid = DOMID_SELF;
    copy.dest.u.gmfn = virt_to_mfn(target);
    BENCH("grant-copy-4096", , GRANT_OP(GNTTABOP_copy, copy));
    copy.len = 64;
    BENCH("grant-copy-64", , GRANT_OP(GNTTABOP_copy, copy));
}
