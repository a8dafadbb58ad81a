/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes of the commands, error words of the wire, and the hash table. */
#include "cmd/cmd.h"
#include "harness.h"
#include "store/hash.h"
#include "wire/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void escapes(void)
{
    char *text = NULL, back[64];
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    static const char value[] = "a\tb\n\r\\c\0\1\377z";

    text_escape(f, value, sizeof(value) - 1, SIZE_MAX);
    fclose(f);
    CU_ASSERT_STRING_EQUAL(text, "a\\tb\\n\\r\\\\c\\000\\001\\377z");
    CU_ASSERT_EQUAL(text_escaped_len(value, sizeof(value) - 1), strlen(text));
    strcpy(back, text);
    CU_ASSERT_EQUAL(text_unescape(back), sizeof(value) - 1);
    CU_ASSERT_EQUAL(memcmp(back, value, sizeof(value) - 1), 0);
    free(text);
    strcpy(back, "\\x41\\101\\q\\");
    text_unescape(back);
    CU_ASSERT_STRING_EQUAL(back, "AAq\\");
}

static void error_words(void)
{
    CU_ASSERT_STRING_EQUAL(wire_error_name(EAGAIN), "EAGAIN");
    CU_ASSERT_STRING_EQUAL(wire_error_name(ENOTTY), "EINVAL");
    CU_ASSERT_EQUAL(wire_error_number("EAGAIN", 7), EAGAIN);
    CU_ASSERT_EQUAL(wire_error_number("EAGAIN", 6), EAGAIN);
    CU_ASSERT_EQUAL(wire_error_number("EAGAINST", 9), EINVAL);
    CU_ASSERT_EQUAL(wire_error_number("E2", 2), EINVAL);
    CU_ASSERT_EQUAL(wire_error_number("", 0), EINVAL);
}

static void hash_tables(void)
{
    enum { N = 1000 };
    static struct hash_link links[N];
    struct hash_table t = {0};

    for (unsigned i = 0; i < N; i++)
        hash_insert(&t, &links[i], i % 100);
    CU_ASSERT_EQUAL(t.count, N);
    for (unsigned i = 0; i < N; i += 2)
        hash_remove(&t, &links[i]);
    for (unsigned h = 0; h < 100; h++) {
        unsigned n = 0;

        for (struct hash_link *l = hash_first(&t, h); l; l = hash_next(l))
            n += (size_t)(l - links) % 100 == h;
        CU_ASSERT_EQUAL(n, h % 2 ? 10 : 0);
    }
    hash_free(&t);
    CU_ASSERT_NOT_EQUAL(hash_string("a", 0), hash_string("b", 0));
    CU_ASSERT_NOT_EQUAL(hash_string("a", 0), hash_string("a", 1));
    CU_ASSERT_EQUAL(hash_bytes("abc", 1, 0), hash_string("a", 0));
}

void register_text(void)
{
    CU_pSuite s = CU_add_suite("text", NULL, NULL);

    CU_ADD_TEST(s, escapes);
    CU_ADD_TEST(s, error_words);
    CU_ADD_TEST(s, hash_tables);
}
