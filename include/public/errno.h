/* SPDX-License-Identifier: MIT */
/*
 * Error numbers of the hypercall ABI. A hypercall answers 0 or more on success and one of these
 * negated on failure. The numbers are fixed by the ABI, whatever the guest's own operating system
 * calls its errors.
 */
#pragma once

#define XEN_EPERM         1   /* caller lacks the privilege */
#define XEN_ENOENT        2   /* no such object */
#define XEN_ESRCH         3   /* no such domain */
#define XEN_EINTR         4   /* interrupted (inside the hypervisor only) */
#define XEN_EIO           5   /* device or firmware failed */
#define XEN_ENXIO         6   /* no such device or address */
#define XEN_E2BIG         7   /* argument list too long */
#define XEN_ENOEXEC       8   /* not an executable image */
#define XEN_EBADF         9   /* bad handle */
#define XEN_ECHILD        10  /* no child */
#define XEN_EAGAIN        11  /* try again later */
#define XEN_EWOULDBLOCK   11  /* same number as EAGAIN */
#define XEN_ENOMEM        12  /* hypervisor out of memory */
#define XEN_EACCES        13  /* access refused; also: interface version mismatch */
#define XEN_EFAULT        14  /* bad guest address */
#define XEN_EBUSY         16  /* object in use */
#define XEN_EEXIST        17  /* object exists already */
#define XEN_EXDEV         18  /* crosses a boundary it may not cross */
#define XEN_ENODEV        19  /* no such device */
#define XEN_ENOTDIR       20  /* not a directory */
#define XEN_EISDIR        21  /* is a directory */
#define XEN_EINVAL        22  /* invalid argument */
#define XEN_ENFILE        23  /* table full, whole system */
#define XEN_EMFILE        24  /* table full, this domain */
#define XEN_ENOSPC        28  /* no room (event ports, ring slots) */
#define XEN_EROFS         30  /* read-only object */
#define XEN_EMLINK        31  /* too many references */
#define XEN_EDOM          33  /* number outside the function's domain */
#define XEN_ERANGE        34  /* value out of range */
#define XEN_EDEADLK       35  /* would deadlock */
#define XEN_EDEADLOCK     35  /* same number as EDEADLK */
#define XEN_ENAMETOOLONG  36  /* name too long */
#define XEN_ENOLCK        37  /* no lock available */
#define XEN_ENOSYS        38  /* unknown or unsupported hypercall */
#define XEN_ENOTEMPTY     39  /* not empty */
#define XEN_ENODATA       61  /* nothing to answer with */
#define XEN_ETIME         62  /* timer expired */
#define XEN_EBADMSG       74  /* malformed message */
#define XEN_EOVERFLOW     75  /* value too large for its field */
#define XEN_EILSEQ        84  /* illegal byte sequence */
#define XEN_ERESTART      85  /* to be restarted (inside the hypervisor only) */
#define XEN_ENOTSOCK      88  /* not a socket */
#define XEN_EMSGSIZE      90  /* message too long */
#define XEN_EOPNOTSUPP    95  /* known operation, not supported here */
#define XEN_EADDRINUSE    98  /* address in use */
#define XEN_EADDRNOTAVAIL 99  /* address not available */
#define XEN_ENOBUFS       105 /* no buffer space; answer truncated */
#define XEN_EISCONN       106 /* already connected */
#define XEN_ENOTCONN      107 /* not connected */
#define XEN_ETIMEDOUT     110 /* timed out */
#define XEN_ECONNREFUSED  111 /* connection refused */
