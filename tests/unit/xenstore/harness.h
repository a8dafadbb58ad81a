/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store without daemon for tests: requests are given as text and answered as text. In both, '|'
 * stands for a NUL byte. After every request the oracle recomputes the store's counts; a difference
 * fails the test.
 */
#pragma once

#include "store/conn.h"
#include "store/domain.h"
#include "store/store.h"
#include "store/txn.h"

#include <CUnit/CUnit.h>

struct world {
    struct store store;
    int attach_error;  /* what the next attach returns */
    unsigned attached; /* rings attached now */
    char log[4096];    /* lines so far */
};

extern struct world w;

/** Before and after each test. */
void world_begin(void);
void world_end(void);

/** A privileged client. */
struct conn *dom0_client(void);

/** Introduce DOMID and return its connection. */
struct conn *guest(uint32_t domid);

/**
 * Send one request and return its answer: the payload with '|' for NULs, or "!" and the error's
 * name. Events that come before it are kept for events(). The text lives until the next call.
 */
const char *ask(struct conn *c, uint32_t type, uint32_t tx, const char *payload);

/** The same for a payload with any bytes. */
const char *ask_raw(struct conn *c, uint32_t type, uint32_t tx, const void *payload, size_t len);

/** Start a transaction, return its number. */
uint32_t begin(struct conn *c);

/** Events of C so far, "path=token path=token", and forget them. */
const char *events(struct conn *c);

/** Read what is queued for C without sending anything. */
void drain(struct conn *c);

#define ASK(want, ...) CU_ASSERT_STRING_EQUAL(ask(__VA_ARGS__), want)

void register_tree(void);
void register_request(void);
void register_txn(void);
void register_watch(void);
void register_quota(void);
void register_domain(void);
void register_ring(void);
void register_text(void);
