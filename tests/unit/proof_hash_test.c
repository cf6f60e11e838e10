/* proof_hash_test.c - hashes, trees, checkpoints and keys against vectors that others published.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "proof/proof.h"

static void assert_hash(const uint8_t *hash, const char *digits)
{
    struct strbuf text;
    strbuf_init(&text, 1024);
    proof_hex(hash, PROOF_HASH, &text);
    assert_string_equal(text.data, digits);
    strbuf_fini(&text);
}

/* FIPS 180-4. */
static void test_sha256(void **state)
{
    uint8_t h[PROOF_HASH];
    (void)state;
    proof_hash("", 0, h);
    assert_hash(h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    proof_hash("abc", 3, h);
    assert_hash(h, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    proof_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, h);
    assert_hash(h, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* The tree that implementations of RFC 6962 test themselves with: eight entries, and the root of each prefix. */
static void test_tree(void **state)
{
    static const struct {
        const char *entry;
        size_t len;
        const char *root;
    } rows[] = {
        { "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
        { "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
        { "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
        { "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
        { "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
        { "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
        { "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
        { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
    };
    struct proof_tree t = { 0 };
    uint8_t h[PROOF_HASH];
    (void)state;
    proof_tree_root(&t, h);
    assert_hash(h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        proof_entry(rows[i].entry, rows[i].len, h);
        proof_tree_add(&t, h);
        proof_tree_root(&t, h);
        assert_hash(h, rows[i].root);
    }
}

/* What another library says, for every length and every cut. */
static void test_sha_in_pieces(void **state)
{
    uint8_t data[300], want[32], is[32];
    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + 1);
    for (size_t len = 0; len <= sizeof(data); len++) {
        crypto_hash_sha256(want, data, len);
        for (size_t cut = 0; cut <= len; cut++) {
            struct sha s;
            sha_begin(&s);
            sha_add(&s, data, cut);
            sha_add(&s, data + cut, len - cut);
            sha_end(&s, is);
            assert_memory_equal(is, want, sizeof(want));
        }
    }
}

/* A segment of 17 rows: two pages, of which each is an entry behind the hash of the one before. */
static void test_segment(void **state)
{
    uint8_t start[PROOF_HASH], first[PROOF_HASH], second[PROOF_HASH], root[PROOF_HASH], chain[PROOF_HASH],
        want[PROOF_HASH], entry[PROOF_HASH + 16 * 27], *p = entry + PROOF_HASH;
    struct proof_segment segment;
    struct proof_tree tree = { 0 };
    (void)state;
    memset(start, 0x5a, sizeof(start));
    memcpy(entry, start, PROOF_HASH);
    proof_segment_begin(&segment, start);
    for (unsigned i = 0; i < 17; i++) {
        const uint8_t body[3] = { 'r', 'o', (uint8_t)i };
        const struct proof_row row = { 0x0100 + i, -2, { body, 3 } };
        proof_segment_add(&segment, &row);
        if (i == 16) {
            proof_entry(entry, sizeof(entry), first);
            memcpy(entry, first, PROOF_HASH);
            p = entry + PROOF_HASH;
        }
        memcpy(p, "\0\0\0\0\0\0\1", 7);
        p[7] = (uint8_t)i;
        memcpy(p + 8, "\xff\xff\xff\xff\xff\xff\xff\xfe\0\0\0\0\0\0\0\3", 16);
        memcpy(p + 24, body, 3);
        p += 27;
    }
    proof_entry(entry, PROOF_HASH + 27, second);
    proof_tree_add(&tree, first);
    proof_tree_add(&tree, second);
    proof_tree_root(&tree, want);
    proof_segment_end(&segment, root, chain);
    assert_memory_equal(root, want, PROOF_HASH);
    assert_memory_equal(chain, second, PROOF_HASH);
    proof_segment_end(&segment, root, chain); /* it can be asked again */
    assert_memory_equal(root, want, PROOF_HASH);
}

/* RFC 8032, 7.1, test 1: the seed and its public key. */
static void test_keys(void **state)
{
    static const char file[] =
        "ipam-audit-key-1 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n";
    uint8_t secret[64], public[PROOF_KEY], again[PROOF_KEY];
    struct strbuf text;
    (void)state;
    assert_int_equal(proof_key_read((struct ipam_str){ file, sizeof(file) - 1 }, secret, public), 0);
    assert_hash(public, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    strbuf_init(&text, 1024);
    proof_key_print(secret, &text);
    assert_string_equal(text.data, file);
    strbuf_reset(&text);
    strbuf_puts(&text,
                "ipam-audit-public-1 d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n");
    assert_int_equal(proof_public_read(strbuf_str(&text), again), 0);
    assert_memory_equal(again, public, PROOF_KEY);
    assert_int_equal(proof_public_read((struct ipam_str){ file, sizeof(file) - 1 }, again), -1);
    assert_int_equal(proof_key_read((struct ipam_str){ file, sizeof(file) - 3 }, secret, public), -1);
    strbuf_fini(&text);
}

static struct checkpoint sample(uint8_t secret[64])
{
    struct checkpoint c = {
        .number = 7, .time_ms = 1700000000000, .first = 10, .last = 11, .committed = true
    };
    proof_key_new(secret, c.key);
    memset(c.root, 3, sizeof(c.root));
    return c;
}

static void test_line_comes_back(void **state)
{
    static const uint8_t marks[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    uint8_t secret[64];
    struct checkpoint c = sample(secret), back;
    struct ipam_str text_marks, line;
    struct strbuf text;
    (void)state;
    strbuf_init(&text, 1u << 20);
    checkpoint_write(&c, secret, (struct ipam_bytes){ marks, 16 }, &text);
    line = strbuf_str(&text);
    assert_int_equal(checkpoint_read(line, &back, &text_marks), 0);
    assert_memory_equal(&back, &c, sizeof(c));
    assert_int_equal(text_marks.len, 32);
    assert_true(checkpoint_signed(&back, line));
    assert_int_equal(checkpoint_read(checkpoint_short(line), &back, &text_marks), 0);
    assert_null(text_marks.data);
    strbuf_fini(&text);
}

/* Every byte of the line but its marks is signed, in one spelling. */
static void test_no_byte_is_free(void **state)
{
    uint8_t secret[64];
    struct checkpoint c = sample(secret), back;
    struct ipam_str marks;
    struct strbuf text;
    (void)state;
    strbuf_init(&text, 1u << 20);
    checkpoint_write(&c, secret, (struct ipam_bytes){ NULL, 0 }, &text);
    for (size_t i = 0; i < text.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text.data[i] = (char)(text.data[i] ^ (1 << bit));
            if (checkpoint_read(strbuf_str(&text), &back, &marks) == 0)
                assert_false(checkpoint_signed(&back, strbuf_str(&text)));
            text.data[i] = (char)(text.data[i] ^ (1 << bit));
        }
    }
    strbuf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_sha_in_pieces),
        cmocka_unit_test(test_segment),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_line_comes_back),
        cmocka_unit_test(test_no_byte_is_free),
    };
    if (!proof_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
