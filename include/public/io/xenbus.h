/* SPDX-License-Identifier: MIT */
/* States that the two halves of a device publish in their `state` nodes in xenstore. */
#pragma once

enum xenbus_state {
    XenbusStateUnknown = 0,
    XenbusStateInitialising = 1,  /* just created */
    XenbusStateInitWait = 2,      /* backend waits for the frontend's details */
    XenbusStateInitialised = 3,   /* frontend has published them */
    XenbusStateConnected = 4,     /* in use */
    XenbusStateClosing = 5,       /* going away: stop using it */
    XenbusStateClosed = 6,        /* gone */
    XenbusStateReconfiguring = 7, /* its list of devices changes */
    XenbusStateReconfigured = 8
};
typedef enum xenbus_state XenbusState;
