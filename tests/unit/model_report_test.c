/* model_report_test.c - the figures of reports: free prefixes, the order of the tree, owners.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

#include "model/report.h"
#include "net/addr.h"

/* --- what is free --- */

static void assert_u128(struct ipam_u128 n, const char *text)
{
    char buf[U128_TEXT_MAX];
    u128_print(n, buf);
    assert_string_equal(buf, text);
}

static void add_gaps(struct free_sum *s, const char *gaps)
{
    char copy[1024], *rest = copy, *gap;
    snprintf(copy, sizeof(copy), "%s", gaps);
    while ((gap = strsep(&rest, " ")) != NULL) {
        struct ipam_prefix p = prefix_of(gap);
        free_sum_add(s, &p);
    }
}

static const struct {
    uint8_t length;
    const char *gaps, *prefixes, *largest;
} sums[] = {
    { 0, "10.0.0.0/24 10.0.2.0/23", "0", "10.0.2.0/23 10.0.0.0/24" },
    { 24, "10.0.0.0/24 10.0.2.0/23 10.0.4.0/25", "3", "10.0.2.0/23 10.0.0.0/24 10.0.4.0/25" },
    { 25, "10.0.0.0/24 10.0.4.0/25 10.0.5.0/26", "3", "10.0.0.0/24 10.0.4.0/25 10.0.5.0/26" },
    { 32, "0.0.0.0/0", "4294967296", "0.0.0.0/0" },
    { 128, "2001:db8::/65", "9223372036854775808", "2001:db8::/65" },
    { 128, "::/1", "170141183460469231731687303715884105728", "::/1" },
    { 128, "::/0", "340282366920938463463374607431768211455", "::/0" }, /* one less: there is no more */
    { 128, "2001:db8::/128 2001:db8::2/127", "3", "2001:db8::2/127 2001:db8::/128" },
    { 16, "10.0.0.0/24", "0", "10.0.0.0/24" },
    /* Of equal ones that of the lower address; the ninth is left out, whatever comes last. */
    { 28,
      "10.0.0.0/30 10.0.1.0/30 10.0.2.0/30 10.0.3.0/30 10.0.4.0/30 10.0.5.0/30 10.0.6.0/30 10.0.7.0/30 "
      "10.0.8.0/28 10.0.9.0/30",
      "1",
      "10.0.8.0/28 10.0.0.0/30 10.0.1.0/30 10.0.2.0/30 10.0.3.0/30 10.0.4.0/30 10.0.5.0/30 10.0.6.0/30" },
};

static void test_free_prefixes_are_summed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        struct free_sum s = { .length = sums[i].length };
        char largest[1024] = "";
        add_gaps(&s, sums[i].gaps);
        assert_u128(s.prefixes, sums[i].prefixes);
        for (size_t k = 0; k < s.count; k++) {
            size_t n = strlen(largest);
            largest[n] = ' ';
            prefix_print(&s.largest[k], largest + n + (n > 0));
        }
        assert_string_equal(largest, sums[i].largest);
    }
}

/* --- the blocks --- */

static int64_t made(struct world *w, void *rec)
{
    if (world_create(w, rec) != PROBLEM_NONE)
        fail_msg("%s", w->problem.detail);
    return *(int64_t *)((char *)rec + record_type(((struct ipam_record *)rec)->type)->fields[0].offset);
}

static int64_t space_made(struct world *w, const char *name)
{
    struct ipam_space *s = record_new(&w->arena, IPAM_T_SPACE);
    RECORD_SET(s, IPAM_SPACE_NAME, name, str_from(name));
    return made(w, s);
}

static void block_made(struct world *w, int64_t space, const char *prefix)
{
    struct ipam_block *b = block_of(w, prefix);
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, space);
    made(w, b);
}

static void assert_walk(struct world *w, int64_t space, const char *within, const char *expected)
{
    struct tree_walk walk = { .space = space };
    struct tree_place place = { 0 };
    const struct ipam_block *b;
    char text[1024] = "";
    if (within != NULL)
        walk.within = prefix_of(within);
    while ((b = tree_next(state_view(w->state), &walk, &place)) != NULL) {
        size_t n = strlen(text);
        if (n > 0)
            text[n++] = ' ';
        prefix_print(&b->prefix, text + n);
        assert_true(prefix_equal(&place.prefix, &b->prefix) && place.space == b->space);
    }
    assert_string_equal(text, expected);
}

static void test_the_order_of_the_tree(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t lab = space_made(&w, "lab"), empty = space_made(&w, "empty"), last = space_made(&w, "last");
    block_made(&w, lab, "10.0.0.0/8");
    block_made(&w, last, "2000::/3");
    block_made(&w, last, "10.0.0.0/8");
    static const char *const blocks[] = { "2001:db8:1::/48", "10.1.0.0/16",    "10.0.0.0/8", "2001:db8::/32",
                                          "10.0.0.0/16",     "192.168.0.0/16", "10.1.2.0/24" };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        block_made(&w, w.space, blocks[i]);
    const char *all =
        "10.0.0.0/8 10.0.0.0/16 10.1.0.0/16 10.1.2.0/24 192.168.0.0/16 2001:db8::/32 2001:db8:1::/48";
    assert_walk(&w, w.space, NULL, all);
    assert_walk(&w, 0, NULL,
                "10.0.0.0/8 10.0.0.0/16 10.1.0.0/16 10.1.2.0/24 192.168.0.0/16 2001:db8::/32 2001:db8:1::/48 "
                "10.0.0.0/8 10.0.0.0/8 2000::/3");
    assert_walk(&w, empty, NULL, "");
    assert_walk(&w, last, NULL, "10.0.0.0/8 2000::/3");
    assert_walk(&w, last, "2000::/3", "2000::/3");
    assert_walk(&w, 0, "10.1.0.0/16", "10.1.0.0/16 10.1.2.0/24");
    assert_walk(&w, w.space, "10.0.0.0/7", "10.0.0.0/8 10.0.0.0/16 10.1.0.0/16 10.1.2.0/24");
    assert_walk(&w, 0, "10.0.0.0/8", "10.0.0.0/8 10.0.0.0/16 10.1.0.0/16 10.1.2.0/24 10.0.0.0/8 10.0.0.0/8");
    assert_walk(&w, 0, "2001:db8::/31", "2001:db8::/32 2001:db8:1::/48");
    assert_walk(&w, 0, "172.16.0.0/12", "");
    world_fini(&w);
}

/* --- owners --- */

static void owned(struct world *w, void *rec, const char *owner)
{
    const struct record_field *f =
        record_field(record_type(((struct ipam_record *)rec)->type), IPAM_STR("owner"));
    if (owner != NULL) {
        *(struct ipam_str *)(void *)((char *)rec + f->offset) = str_from(owner);
        IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
    }
    made(w, rec);
}

/* Who sees everything, but for a prefix. */
struct hidden {
    struct ipam_prefix prefix;
};

static bool sees(void *user, const void *row)
{
    const struct hidden *h = user;
    const struct ipam_block *b = row;
    return h->prefix.addr.family == 0 || b->type != IPAM_T_BLOCK || !prefix_equal(&b->prefix, &h->prefix);
}

static void assert_owners(struct world *w, const char *within, const char *hidden, const char *expected)
{
    static const uint32_t types[] = { IPAM_T_SPACE, IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE };
    struct hidden h = { 0 };
    struct owner_totals t;
    char text[2048] = "";
    if (hidden != NULL)
        h.prefix = prefix_of(hidden);
    owner_totals_init(&t, state_view(w->state), &w->arena);
    t.sees = sees;
    t.user = &h;
    if (within != NULL)
        t.within = prefix_of(within);
    for (size_t i = 0; i < 4; i++)
        for (const void *row = NULL;
             (row = state_next(w->state, types[i], row == NULL ? 0 : ((const struct ipam_space *)row)->id)) !=
             NULL;)
            owner_totals_add(&t, row);
    owner_totals_sort(&t);
    for (size_t i = 0; i < t.count; i++) {
        const struct owner_total *o = t.items[i];
        char n[4][U128_TEXT_MAX];
        for (int k = 0; k < 2; k++) {
            u128_print(o->size[k], n[k]);
            u128_print(o->used[k], n[2 + k]);
        }
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%.*s %lld,%lld,%lld,%lld %s/%s %s/%s\n",
                 o->owner.data != NULL ? (int)o->owner.len : 1, o->owner.data != NULL ? o->owner.data : "-",
                 (long long)o->spaces, (long long)o->blocks, (long long)o->subnets, (long long)o->ranges,
                 n[2], n[0], n[3], n[1]);
    }
    assert_string_equal(text, expected);
    assert_false(t.starved);
    owner_totals_fini(&t);
}

static void build_plan(struct world *w)
{
    world_init(w);
    owned(w, block_of(w, "10.0.0.0/8"), "net");
    owned(w, block_of(w, "10.1.0.0/16"), "ann");
    owned(w, block_of(w, "10.1.1.0/24"), "net"); /* in her block, which is in his */
    owned(w, block_of(w, "2001:db8::/32"), NULL);
    owned(w, subnet_of(w, "10.1.1.0/24"), "net"); /* of the block's own prefix */
    owned(w, subnet_of(w, "10.1.2.0/24"), "ann");
    owned(w, subnet_of(w, "10.2.0.0/24"), NULL);
    owned(w, subnet_of(w, "2001:db8::/64"), "ann");
    owned(w, subnet_of(w, "192.168.0.0/24"), "bob");
    owned(w, range_of(w, "10.1.2.10", "10.1.2.19", IPAM_RANGE_KIND_STATIC), "ann");
    owned(w, range_of(w, "192.168.0.10", "192.168.0.19", IPAM_RANGE_KIND_STATIC), "bob");
    owned(w, range_of(w, "192.168.0.20", "192.168.0.29", IPAM_RANGE_KIND_STATIC), NULL);
    owned(w, range_of(w, "10.1.2.30", "10.1.2.39", IPAM_RANGE_KIND_STATIC),
          "net"); /* in her subnet, in his block */
    static const char *const used[] = { "10.1.1.1", "10.1.2.10", "10.1.2.11", "2001:db8::5", "192.168.0.21" };
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
        made(w, address_of(w, used[i]));
}

static void test_addresses_count_once_for_an_owner(void **state)
{
    struct world w;
    (void)state;
    build_plan(&w);
    assert_owners(&w, NULL, NULL,
                  "ann 0,1,2,1 3/65536 1/18446744073709551616\n"
                  "bob 0,0,1,1 1/256 0/0\n"
                  "net 0,2,1,1 3/16777216 0/0\n"
                  "- 1,1,1,1 1/266 1/79228162514264337593543950336\n");
    world_fini(&w);
}

static void test_what_is_around_does_not_count_unless_it_is_in_the_report(void **state)
{
    struct world w;
    (void)state;
    build_plan(&w);
    assert_owners(&w, "10.1.0.0/16", NULL,
                  "ann 0,1,1,1 3/65536 0/0\n"
                  "net 0,1,1,1 1/266 0/0\n");
    assert_owners(&w, "10.1.2.0/24", NULL, "ann 0,0,1,1 2/256 0/0\nnet 0,0,0,1 0/10 0/0\n");
    assert_owners(&w, "2001:db8::/32", NULL,
                  "ann 0,0,1,0 0/0 1/18446744073709551616\n- 0,1,0,0 0/0 1/79228162514264337593543950336\n");
    assert_owners(&w, "172.16.0.0/12", NULL, "");
    assert_owners(&w, "10.1.0.0/16", "10.1.0.0/16", /* her block is hidden: what is in it counts by itself */
                  "ann 0,0,1,1 2/256 0/0\nnet 0,1,1,1 1/266 0/0\n");
    world_fini(&w);
}

static void test_a_subnet_in_one_of_its_owner_counts_there_20(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    owned(&w, subnet_of(&w, "10.1.0.0/16"), "ann");
    owned(&w, subnet_of(&w, "10.1.2.0/24"), "ann");
    owned(&w, subnet_of(&w, "10.1.3.0/24"), "bob");
    owned(&w, subnet_of(&w, "10.1.3.128/25"), "ann"); /* in his, which is in hers */
    owned(&w, range_of(&w, "10.1.3.10", "10.1.3.19", IPAM_RANGE_KIND_STATIC), "ann");
    made(&w, address_of(&w, "10.1.3.200"));
    assert_owners(&w, NULL, NULL,
                  "ann 0,0,3,1 1/65536 0/0\n"
                  "bob 0,0,1,0 1/256 0/0\n"
                  "- 1,0,0,0 0/0 0/0\n");
    world_fini(&w);
}

static void test_the_order_of_owners(void **state)
{
    static const char *const order[] = { "", "a", "aa", "ab", "b" };
    const struct ipam_str nobody = { NULL, 0 };
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(owner_comes_after(str_from(order[i]), str_from(order[k])), i > k);
        assert_true(owner_comes_after(nobody, str_from(order[i])));
        assert_true(owner_comes_after(str_from(order[i]), nobody)); /* absent: from the start */
    }
    assert_true(owner_comes_after(nobody, nobody));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_prefixes_are_summed),
        cmocka_unit_test(test_the_order_of_the_tree),
        cmocka_unit_test(test_addresses_count_once_for_an_owner),
        cmocka_unit_test(test_what_is_around_does_not_count_unless_it_is_in_the_report),
        cmocka_unit_test(test_a_subnet_in_one_of_its_owner_counts_there_20),
        cmocka_unit_test(test_the_order_of_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
