/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What core asks of the guest personality. pv/ implements it: today's only one. Core may call
 * these; it knows nothing else of page tables or traps.
 */
#pragma once

#include <hv/frame.h>
#include <hv/types.h>

struct domain;
struct vcpu;
struct vcpu_guest_context;

int pv_domain_init(struct domain *d);
void pv_domain_destroy(struct domain *d); /* at last domain_put */
int pv_vcpu_init(struct vcpu *v);
void pv_vcpu_destroy(struct vcpu *v);
/* Drop what a dead vCPU holds: roots, GDT, LDT frames. 0 or -XEN_ERESTART. Step of domain_kill. */
int pv_vcpu_release(struct vcpu *v);
/* Un-pin, un-type and release all frames of a dying domain. 0 or -XEN_ERESTART. Step of
 * domain_kill. */
int pv_relinquish_memory(struct domain *d);

/* Set / read the whole register context (domctl setvcpucontext, VCPUOP_initialise, …get). 0 or
 * -XEN_E*. */
int pv_context_set(struct vcpu *v, const struct vcpu_guest_context *ctxt);
void pv_context_get(struct vcpu *v, struct vcpu_guest_context *ctxt);

/* Check (count 0 -> 1) and un-check (1 -> 0) a frame as a table or descriptor page; d->mm_lock
 * held. */
int pv_validate_page(struct page *p, enum page_type t);   /* 0, -XEN_EINVAL, -XEN_ERESTART */
int pv_invalidate_page(struct page *p, enum page_type t); /* 0, -XEN_ERESTART */

/*
 * Grant mappings in a PV guest are entries the guest names itself: by virtual address of the
 * mapping (GNTMAP_contains_pte clear) or by machine address of the entry (set). flags are GNTMAP_*.
 * create: the frame's reference (general or writable type) was taken by the caller and passes to
 * the entry's owner, the grant mapping. 0 or GNTST_*. replace: new_addr 0 clears the entry; else
 * the mapping is replaced by the entry of new_addr, which is cleared. Both check that the entry
 * maps `frame`. No TLB flush: the caller batches it.
 */
int pv_grant_map(struct domain *d, uint64_t addr, mfn_t frame, unsigned int flags);
int pv_grant_unmap(struct domain *d, uint64_t addr, mfn_t frame, unsigned int flags,
                   uint64_t new_addr);

/* Tell a guest's vCPU: deliver NMI at next return (callback_op / VCPUOP_send_nmi). */
void pv_send_nmi(struct vcpu *v);
/* Refresh the guest's time area (pvclock) of the current vCPU. */
void pv_update_time(struct vcpu *v);
/* Registers of a vCPU to the log (domain_crash). */
void pv_dump_vcpu(struct vcpu *v);

/*
 * The invariant oracle's questions: name each reference (and its type; PT_NONE: a general one only)
 * that the accounted entries of a table, or a vCPU's own state, hold.
 */
void pv_table_references(const struct page *page, void (*hold)(mfn_t m, enum page_type t));
/* Name each entry of a table that is a grant mapping: its references are the mapping's. */
void pv_table_grants(const struct page *page, void (*tell)(mfn_t m, bool writable));
void pv_vcpu_references(const struct vcpu *v, void (*hold)(mfn_t m, enum page_type t));
