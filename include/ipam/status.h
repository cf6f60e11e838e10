/* status.h - status codes: 0 is success, negative is an error.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Codes equal -errno (Linux) where one exists; our own run from -1000. Append only, never renumber. */
#ifndef IPAM_STATUS_H
#define IPAM_STATUS_H

#define IPAM_OK            0
#define IPAM_E_NOENT       (-2)    /* no such object */
#define IPAM_E_IO          (-5)    /* input/output failed; the effect is not known */
#define IPAM_E_AGAIN       (-11)   /* not now; try again later */
#define IPAM_E_NOMEM       (-12)   /* out of memory */
#define IPAM_E_ACCESS      (-13)   /* not allowed */
#define IPAM_E_BUSY        (-16)   /* too many requests under way */
#define IPAM_E_EXIST       (-17)   /* it exists already */
#define IPAM_E_INVAL       (-22)   /* the input is wrong */
#define IPAM_E_NOSPC       (-28)   /* no space left on the device; nothing was changed */
#define IPAM_E_RANGE       (-34)   /* a number is out of its range */
#define IPAM_E_PROTO       (-71)   /* the other side broke the protocol */
#define IPAM_E_UNSUPPORTED (-95)   /* the server or the provider cannot do it */
#define IPAM_E_CONN        (-104)  /* the connection failed or broke */
#define IPAM_E_TIMEOUT     (-110)  /* the deadline passed */
#define IPAM_E_CANCELED    (-125)  /* cancelled by the caller */
#define IPAM_E_AUTH        (-1000) /* the server refused our credentials */
#define IPAM_E_CONFIG      (-1001) /* an option is wrong or missing */
#define IPAM_E_CHANGED     (-1002) /* the configuration is not the token's; nothing changed */
#define IPAM_E_CONFLICT    (-1003) /* the change contradicts another object */
#define IPAM_E_TOOBIG      (-1004) /* larger than its limit */
#define IPAM_E_EXHAUSTED   (-1005) /* nothing free is left */
#define IPAM_E_REFUSED     (-1006) /* the server examined the change and refused it; nothing was changed */
#define IPAM_E_UNKNOWN     (-1007) /* the outcome is not known; ask before repeating */
#define IPAM_E_PROVIDER    (-1008) /* a provider failed in its own way; see the text */
#define IPAM_E_GONE        (-1009) /* it existed and was released */
#define IPAM_E_BUG         (-1010) /* a promise of the program itself was broken */

/* What a caller can do about it. The core decides on the class only. */
#define IPAM_CLASS_OK              0
#define IPAM_CLASS_RETRY_LATER     1
#define IPAM_CLASS_RETRY_ELSEWHERE 2
#define IPAM_CLASS_AUTH            3
#define IPAM_CLASS_CONFIG          4
#define IPAM_CLASS_CONFLICT        5
#define IPAM_CLASS_NOT_FOUND       6
#define IPAM_CLASS_UNSUPPORTED     7
#define IPAM_CLASS_BUG             8

#endif
