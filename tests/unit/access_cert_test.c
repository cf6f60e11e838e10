/* access_cert_test.c - which principal a client's certificate is: to the byte, by the fingerprint first, never by guess.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/cert.h"
#include "base/arena.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define NOW           1000
#define READER        access_role(IPAM_STR("reader"))
#define ADMINISTRATOR access_role(IPAM_STR("administrator"))

/* A certificate with up to three names. */
static struct http_cert *cert(const char *sha256, const struct http_cert_name *names)
{
    struct http_cert *c = calloc(1, sizeof(*c) + 3 * sizeof(c->names[0]));
    assert_non_null(c);
    snprintf(c->sha256, sizeof(c->sha256), "%064d", 0);
    memcpy(c->sha256, sha256, strlen(sha256));
    c->until_ms = NOW;
    while (c->name_count < 3 && names[c->name_count].value.data != NULL) {
        c->names[c->name_count] = names[c->name_count];
        c->name_count++;
    }
    return c;
}

static struct cert_line *table(void)
{
    struct cert_line *t = NULL;
    char print[65];
    snprintf(print, sizeof(print), "%064d", 0);
    memcpy(print, "aa", 2);
    cert_add(&t, "print", ADMINISTRATOR, NULL, print, HTTP_CERT_URI, NULL);
    cert_add(&t, "uri", READER, NULL, NULL, HTTP_CERT_URI, "spiffe://a/b");
    cert_add(&t, "dns", READER, NULL, NULL, HTTP_CERT_DNS, "a.example");
    cert_add(&t, "dns", READER, NULL, NULL, HTTP_CERT_DNS, "b.example");
    cert_add(&t, "mail", READER, NULL, NULL, HTTP_CERT_EMAIL, "a@example");
    cert_add(&t, "upn", READER, NULL, NULL, HTTP_CERT_UPN, "u@example");
    return t;
}

#define URI(t)                                                                                               \
    {                                                                                                        \
        HTTP_CERT_URI, IPAM_STR(t)                                                                           \
    }
#define DNS(t)                                                                                               \
    {                                                                                                        \
        HTTP_CERT_DNS, IPAM_STR(t)                                                                           \
    }
#define EMAIL(t)                                                                                             \
    {                                                                                                        \
        HTTP_CERT_EMAIL, IPAM_STR(t)                                                                         \
    }
#define UPN(t)                                                                                               \
    {                                                                                                        \
        HTTP_CERT_UPN, IPAM_STR(t)                                                                           \
    }

static const struct {
    const char *sha256;
    struct http_cert_name names[3];
    const char *who; /* NULL: nobody */
} rows[] = {
    { "aa", { { 0 } }, "cert:print" },
    { "ab", { { 0 } }, NULL },
    { "bb", { URI("spiffe://a/b") }, "cert:uri" },
    { "bb", { DNS("x.example"), DNS("a.example") }, "cert:dns" },
    { "bb", { EMAIL("a@example") }, "cert:mail" },
    { "bb", { UPN("u@example") }, "cert:upn" },
    { "aa", { DNS("a.example") }, "cert:print" },                 /* the fingerprint decides */
    { "bb", { DNS("a.example"), DNS("b.example") }, "cert:dns" }, /* the same principal twice */
    { "bb", { DNS("a.example"), URI("spiffe://a/b") }, NULL },    /* two principals */
    { "bb", { URI("spiffe://a/b"), UPN("u@example"), DNS("a.example") }, NULL },
    { "bb", { URI("spiffe://a/bc") }, NULL },
    { "bb", { URI("spiffe://a/") }, NULL },
    { "bb", { URI("spiffe://a/B") }, NULL },
    { "bb", { DNS("spiffe://a/b") }, NULL }, /* of another kind */
    { "bb", { UPN("a@example"), EMAIL("u@example") }, NULL },
    { "bb", { DNS("*.example") }, NULL },
    { "bb", { DNS("A.example") }, NULL },
    { "bb", { DNS("") }, NULL },
};

static void test_who_it_is(void **state)
{
    struct cert_line *t = table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_cert *c = cert(rows[i].sha256, rows[i].names);
        struct principal who = { .name = "" };
        bool found = cert_find(t, c, NOW, &who);
        if (found != (rows[i].who != NULL) || (found && strcmp(who.name, rows[i].who) != 0))
            fail_msg("row %zu: %s, expected %s", i, found ? who.name : "nobody",
                     rows[i].who != NULL ? rows[i].who : "nobody");
        assert_ptr_equal(who.role, !found                                ? NULL
                                   : strcmp(who.name, "cert:print") == 0 ? ADMINISTRATOR
                                                                         : READER);
        assert_false(cert_find(NULL, c, NOW, &who));
        free(c);
    }
    cert_free(t);
}

/* A connection outlives the certificate that it began with. */
static void test_it_expires_while_the_connection_is_open(void **state)
{
    struct cert_line *t = table();
    struct http_cert *c = cert("aa", rows[0].names);
    struct principal who;
    (void)state;
    assert_true(cert_find(t, c, NOW, &who));
    assert_false(cert_find(t, c, NOW + 1, &who));
    free(c);
    cert_free(t);
}

/* A line may leave what its client may to a user of the service. */
static void test_it_may_be_a_user(void **state)
{
    static const struct http_cert_name none[1] = { { 0 } };
    struct cert_line *t = NULL, *role = NULL;
    struct http_cert *c = cert("ab", none);
    struct principal who = { .user = 7, .token = 8 };
    char print[65] = "";
    (void)state;
    snprintf(print, sizeof(print), "%s", c->sha256);
    cert_add(&t, "laptop", NULL, "alice", print, HTTP_CERT_URI, NULL);
    assert_true(cert_find(t, c, NOW, &who));
    assert_string_equal(who.name, "user:alice");
    assert_true(who.role == NULL && who.user == 0 && who.token == 0); /* local_user says the rest */
    cert_add(&role, "laptop", READER, NULL, print, HTTP_CERT_URI, NULL);
    assert_false(cert_same(t, role));
    free(c);
    cert_free(t);
    cert_free(role);
}

static void test_same(void **state)
{
    struct cert_line *a = table(), *b = table();
    (void)state;
    assert_true(cert_same(a, b) && cert_same(NULL, NULL));
    assert_false(cert_same(a, NULL));
    cert_add(&b, "more", READER, NULL, NULL, HTTP_CERT_DNS, "c.example");
    assert_false(cert_same(a, b));
    cert_add(&a, "more", ADMINISTRATOR, NULL, NULL, HTTP_CERT_DNS, "c.example");
    assert_false(cert_same(a, b));
    cert_free(a);
    cert_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_it_is),
        cmocka_unit_test(test_it_expires_while_the_connection_is_open),
        cmocka_unit_test(test_it_may_be_a_user),
        cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
