/* eval_p.h - what the parts of the evaluator of tests share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_EVAL_P_H
#define KEA_EVAL_P_H

#include "eval.h"

#define LAZY_SINCE 300 /* since Kea 3.0 `and`, `or` and `ifelse` look no further than they must */

enum token { T_END, T_STRING, T_HEX, T_INT, T_ADDR, T_WORD, T_EQUAL, T_MARK, T_BAD };

struct scan {
    const char *at, *end;
    enum token token;
    struct ipam_str text; /* of a string without its quotes */
    char mark;
};

enum state { KNOWN, UNTOLD, GIVEN_UP };

struct value {
    bool is_bool;
    enum state state;
    bool truth;
    struct ipam_bytes bytes;
};

struct eval {
    const struct kea_query *q;
    struct arena *a;
    struct scan s;
    unsigned depth;
    const char *bad;                  /* why the test is not understood, or NULL */
    struct strbuf read, untold, gave; /* what was read; what is not known; why the server gives up */
};

/* eval_scan.c: the next token. */
void eval_next(struct scan *s);
bool eval_is_word(const struct eval *e, const char *word);
bool eval_is_mark(const struct eval *e, char mark);
/* Whether the mark comes, which is passed over; else the test is not understood. */
bool eval_expect(struct eval *e, char mark);
bool eval_int(struct eval *e, int64_t *ret);
struct value eval_not_understood(struct eval *e, const char *why);

struct value eval_truth(bool yes);
struct value eval_text(struct ipam_bytes bytes);
struct value eval_text_of(struct eval *e, const void *data, size_t len);
struct value eval_untold(struct eval *e, bool is_bool, const char *what);
struct value eval_give_up(struct eval *e, const char *what);

/* eval.c: an expression of that kind. */
struct value eval_of(struct eval *e, bool is_bool);

/* eval_read.c: what begins with `option`, `relay4`, `pkt` and the like, after that word; false: it is none. */
bool eval_read(struct eval *e, struct ipam_str word, struct value *ret);

/* eval_call.c: the value of a function whose arguments begin here. */
struct value eval_call(struct eval *e, struct ipam_str name);
/* The worse of what the operands are; true when it is not KNOWN. */
bool eval_worse(struct value *ret, const struct value *a, const struct value *b);
struct value eval_joined(struct eval *e, struct value a, struct value b);

#endif
