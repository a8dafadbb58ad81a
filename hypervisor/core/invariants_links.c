/* SPDX-License-Identifier: Apache-2.0 */
/* Events, grants and domain references: every link seen from its other end. */
#include <hv/domctl.h>
#include <hv/evtchn_port.h>
#include <hv/grant_entry.h>
#include <hv/invariants.h>
#include <hv/pirq.h>
#include <hv/string.h>
#include <hv/vcpu.h>

static char text[160];

static const char *say_port(const struct domain *d, evtchn_port_t port, const char *what)
{
    snprintf(text, sizeof(text), "d%u port %u: %s", d->id, port, what);
    return text;
}

/* ---- events ---- */

static const char *check_peer(struct domain *d, evtchn_port_t port, const struct evtchn *chn)
{
    const struct evtchn *back = evtchn_lookup(chn->peer.dom, chn->peer.port);

    if (!back || back->state != EVTCHNSTAT_interdomain || back->peer.dom != d ||
        back->peer.port != port)
        return say_port(d, port, "its peer does not name it");
    return NULL;
}

static const char *check_port(struct domain *d, evtchn_port_t port, const struct evtchn *chn)
{
    switch (chn->state) {
    case EVTCHNSTAT_closed:
    case EVTCHNSTAT_unbound:
    case EVTCHNSTAT_ipi:
        break;
    case EVTCHNSTAT_interdomain:
        return check_peer(d, port, chn);
    case EVTCHNSTAT_virq:
        for (unsigned int i = 0; i < d->max_vcpus; i++)
            if (d->vcpu[i] && d->vcpu[i]->virq_port[chn->virq] == port)
                return NULL;
        return say_port(d, port, "no vCPU has this virq");
    case EVTCHNSTAT_pirq:
        if (chn->pirq >= pirq_limit(d))
            return say_port(d, port, "pirq out of range");
        break;
    default:
        return say_port(d, port, "state out of range");
    }
    if (chn->state != EVTCHNSTAT_closed && chn->vcpu >= d->max_vcpus)
        return say_port(d, port, "notifies a vCPU that cannot be");
    return NULL;
}

static const char *check_virqs(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        for (unsigned int virq = 0; virq < NR_VIRQS; virq++) {
            evtchn_port_t port = v->virq_port[virq];
            const struct evtchn *chn = evtchn_lookup(d, port);

            if (port && (!chn || chn->state != EVTCHNSTAT_virq || chn->virq != virq))
                return say_port(d, port, "a vCPU names it for a virq it does not have");
        }
    }
    return NULL;
}

static const char *check_events(struct domain *d)
{
    const char *why = check_virqs(d);
    unsigned int used = 0;

    for (evtchn_port_t port = 1; !why && port < EVTCHN_2L_NR_CHANNELS; port++) {
        const struct evtchn *chn = evtchn_lookup(d, port);

        if (!chn)
            continue;
        if (chn->state == EVTCHNSTAT_closed && port < d->evtchn->first_free)
            why = say_port(d, port, "free, and below the first free port");
        used += chn->state != EVTCHNSTAT_closed;
        if (!why)
            why = check_port(d, port, chn);
    }
    if (!why && used != d->evtchn->in_use)
        why = say_port(d, used, "is the number in use; another was kept");
    if (!why && used && d->dying == DOMAIN_DEAD)
        why = say_port(d, used, "is the number in use by a dead domain");
    return why;
}

static const char *each_domain(const char *(*fn)(struct domain *))
{
    const char *why = NULL;
    struct domain *d;

    for (domid_t from = 0; !why && (d = domain_next(from)) != NULL; domain_put(d)) {
        from = (domid_t)(d->id + 1);
        why = fn(d);
    }
    return why;
}

const char *invariants_events(void)
{
    return each_domain(check_events);
}

/* ---- grants ---- */

/* Take the pins of a mapping off the granter's entry; what is left over in the end nobody accounts
 * for. */
static const char *settle(struct domain *d, grant_handle_t h, int sign)
{
    const struct maptrack *m = grant_maptrack(d->grants, h);
    uint32_t pins = grant_kinds(m->flags);
    struct grant_active *act;
    uint32_t *kept;

    if (!m->granter)
        return NULL;
    act = grant_active_entry(m->granter->grants, m->ref);
    if (!act || act->user != d->id || !mfn_eq(act->frame, m->frame)) {
        snprintf(text, sizeof(text), "d%u handle %u: d%u's entry %u is another's", d->id, h,
                 m->granter->id, m->ref);
        return text;
    }
    if (!pins || m->claims) {
        snprintf(text, sizeof(text), "d%u handle %u is kept and maps nothing", d->id, h);
        return text;
    }
    kept = m->flags & GNTMAP_readonly ? &act->readers : &act->writers;
    if (sign < 0 && *kept < pins) {
        snprintf(text, sizeof(text), "d%u's entry %u has fewer pins than mappings", m->granter->id,
                 m->ref);
        return text;
    }
    *kept += (uint32_t)sign * pins;
    return NULL;
}

static int settle_sign;

static const char *settle_domain(struct domain *d)
{
    const char *why = NULL;
    unsigned int used = 0;

    if (!d->grants)
        return NULL;
    for (grant_handle_t h = 0; !why && h < d->grants->track_size; h++) {
        used += grant_maptrack(d->grants, h)->granter != NULL;
        why = settle(d, h, settle_sign);
    }
    if (!why && used != d->grants->track_used) {
        snprintf(text, sizeof(text), "d%u: %u mappings kept, %u found", d->id,
                 d->grants->track_used, used);
        why = text;
    }
    return why;
}

static const char *check_unpinned(struct domain *d)
{
    if (!d->grants)
        return NULL;
    for (grant_ref_t ref = 0; ref < d->grants->nr_frames * GRANTS_PER_FRAME; ref++) {
        const struct grant_active *act = grant_active_entry(d->grants, ref);

        if (!act->readers && !act->writers)
            continue;
        snprintf(text, sizeof(text), "d%u's entry %u: %u+%u pins that no mapping has", d->id, ref,
                 act->readers, act->writers);
        return text;
    }
    return NULL;
}

const char *invariants_grants(void)
{
    const char *why;

    settle_sign = -1;
    why = each_domain(settle_domain);
    if (!why)
        why = each_domain(check_unpinned);
    if (!why) {
        settle_sign = 1;
        why = each_domain(settle_domain);
    }
    return why;
}

/* ---- references on domains ---- */

static const struct domain *referred;
static uint32_t mappings;

static const char *count_mappings_of(struct domain *d)
{
    for (grant_handle_t h = 0; d->grants && h < d->grants->track_size; h++)
        mappings += grant_maptrack(d->grants, h)->granter == referred;
    return NULL;
}

/* One for its life, one while it owns frames, one for each mapping of its grants; and the one
 * each_domain() holds. */
static const char *check_references(struct domain *d)
{
    uint32_t expected = 1 + (d->dying != DOMAIN_DEAD) + (d->tot_pages || d->hv_page_count);

    referred = d;
    mappings = 0;
    (void)each_domain(count_mappings_of);
    expected += mappings;
    if (d->refs == expected)
        return NULL;
    snprintf(text, sizeof(text), "d%u: %u references kept, %u found", d->id, d->refs - 1,
             expected - 1);
    return text;
}

const char *invariants_references(void)
{
    return each_domain(check_references);
}
