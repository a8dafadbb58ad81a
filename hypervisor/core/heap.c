/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small allocations. A frame serves objects of one size (a power of two from 16 to 2048 bytes),
 * which makes every object aligned to its size; larger requests take blocks of frames. What there
 * is to know about such a frame is in its struct page: hv_use says which kind it is, `type` the
 * first free object, `ref` flags stay clear, and frames with a free object are on their size's
 * list.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/heap.h>
#include <hv/lock.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/string.h>

#define MIN_SHIFT 4
#define MAX_SHIFT 11
#define CLASSES   (MAX_SHIFT - MIN_SHIFT + 1)

/* hv_use: kind in bits 31..24, class or order in bits 23..16, objects handed out in bits 15..0 */
#define USE_SMALL      (1u << 24)
#define USE_LARGE      (2u << 24)
#define USE_KIND(u)    ((u)&0xff000000u)
#define USE_ARG(u)     (((u) >> 16) & 0xff)
#define USE_OBJECTS(u) ((u)&0xffff)

static struct spinlock lock = SPINLOCK_INIT(LOCK_HEAP);
static struct list with_room[CLASSES];
static size_t used;

struct object {
    struct object *next;
};

static unsigned int class_of(size_t size)
{
    unsigned int c = 0;

    while ((size_t)1 << (c + MIN_SHIFT) < size)
        c++;
    return c;
}

static struct object *first_free(const struct page *p)
{
    return (struct object *)(uintptr_t)p->type;
}

static void set_first_free(struct page *p, struct object *o)
{
    p->type = (uintptr_t)o;
}

/* Cut a frame into objects of class c. */
static void carve(struct page *p, unsigned int c)
{
    char *base = arch_frame_ptr(page_mfn(p));
    size_t size = (size_t)1 << (c + MIN_SHIFT);
    struct object *next = NULL;

    for (size_t off = PAGE_SIZE; off >= size; off -= size) {
        struct object *o = (struct object *)(base + off - size);

        o->next = next;
        next = o;
    }
    set_first_free(p, next);
    p->hv_use = USE_SMALL | c << 16;
}

/* A frame with room for class c, with the lock held; NULL when memory is out. */
static struct page *frame_with_room(unsigned int c)
{
    struct page *p;

    if (!with_room[c].next)
        list_init(&with_room[c]);
    p = list_first(&with_room[c], struct page, link);
    if (p)
        return p;
    /* Frames are allocated without our lock: their lock ranks lower, and a TLB flush may take a
     * while. */
    spin_unlock(&lock);
    p = page_alloc(0, 0, false);
    spin_lock(&lock);
    if (!p)
        return list_first(&with_room[c], struct page, link);
    carve(p, c);
    list_add(&with_room[c], &p->link);
    return p;
}

static void *alloc_small(unsigned int c)
{
    struct object *o = NULL;
    struct page *p;

    spin_lock(&lock);
    p = frame_with_room(c);
    if (p) {
        o = first_free(p);
        set_first_free(p, o->next);
        p->hv_use++;
        if (!o->next)
            list_del(&p->link);
        used += (size_t)1 << (c + MIN_SHIFT);
    }
    spin_unlock(&lock);
    if (o)
        memset(o, 0, (size_t)1 << (c + MIN_SHIFT));
    return o;
}

static void *alloc_large(size_t size)
{
    unsigned int order = 0;
    struct page *p;

    while (order < MAX_ORDER && PAGE_SIZE << order < size)
        order++;
    if (PAGE_SIZE << order < size)
        return NULL;
    p = page_alloc(order, 0, true);
    if (!p)
        return NULL;
    p->hv_use = USE_LARGE | order << 16;
    atomic_add(&used, PAGE_SIZE << order);
    return arch_frame_ptr(page_mfn(p));
}

void *hv_zalloc(size_t size)
{
    if (size > (size_t)1 << MAX_SHIFT)
        return alloc_large(size);
    return alloc_small(class_of(size));
}

static void free_small(struct page *p, void *ptr)
{
    unsigned int c = USE_ARG(p->hv_use);
    struct object *o = ptr;
    bool empty;

    BUG_ON((uintptr_t)ptr & (((uintptr_t)1 << (c + MIN_SHIFT)) - 1));
    spin_lock(&lock);
    BUG_ON(USE_OBJECTS(p->hv_use) == 0);
    if (!first_free(p))
        list_add(&with_room[c], &p->link);
    o->next = first_free(p);
    set_first_free(p, o);
    p->hv_use--;
    used -= (size_t)1 << (c + MIN_SHIFT);
    /* The last frame of a size stays: giving it back and taking another costs a TLB flush. */
    empty = USE_OBJECTS(p->hv_use) == 0 &&
            (with_room[c].next != &p->link || with_room[c].prev != &p->link);
    if (empty)
        list_del(&p->link);
    spin_unlock(&lock);
    if (empty)
        page_free(p, 0);
}

void hv_free(void *ptr)
{
    struct page *p;

    if (!ptr)
        return;
    p = mfn_page_trusted(arch_ptr_frame(ptr));
    if (USE_KIND(p->hv_use) == USE_SMALL) {
        free_small(p, ptr);
        return;
    }
    BUG_ON(USE_KIND(p->hv_use) != USE_LARGE || (uintptr_t)ptr & (PAGE_SIZE - 1));
    atomic_sub(&used, PAGE_SIZE << USE_ARG(p->hv_use));
    page_free(p, USE_ARG(p->hv_use));
}

size_t hv_heap_used(void)
{
    return read_once(used);
}
