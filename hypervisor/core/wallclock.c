/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wall clock: one number, what time it was at system time 0. Guests get it in shared_info, each
 * with an offset of its own, under a version that is odd while it changes (public/xen.h).
 */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/lock.h>
#include <hv/time.h>

static struct spinlock lock = SPINLOCK_INIT(LOCK_DEVICE);
static uint64_t base_ns;
static bool base_known;

uint64_t wallclock_base(void)
{
    uint64_t base = load_acquire(base_known) ? 0 : arch_wallclock_at_boot();

    spin_lock(&lock);
    if (!base_known) {
        base_ns = base;
        base_known = true;
    }
    base = base_ns;
    spin_unlock(&lock);
    return base;
}

void wallclock_update(struct domain *d)
{
    struct shared_info *s = d->shared;
    uint64_t base = wallclock_base();
    int64_t sec = (int64_t)(base / NS_PER_SEC) + d->wallclock_offset_s;

    if (!s)
        return;
    spin_lock(&lock);
    /* The guest may write the version, too: odd and even are all that is relied on. */
    write_once(s->wc_version, read_once(s->wc_version) | 1);
    mb();
    s->wc_sec = (uint32_t)sec;
    s->wc_sec_hi = (uint32_t)((uint64_t)sec >> 32);
    s->wc_nsec = (uint32_t)(base % NS_PER_SEC);
    mb();
    write_once(s->wc_version, (read_once(s->wc_version) | 1) + 1);
    spin_unlock(&lock);
}

void wallclock_set(uint64_t wall_ns, uint64_t system_ns)
{
    struct domain *d;

    spin_lock(&lock);
    base_ns = wall_ns - system_ns;
    base_known = true;
    spin_unlock(&lock);

    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link)
        wallclock_update(d);
    spin_unlock(&domain_list_lock);
}
