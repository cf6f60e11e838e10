/* yaml.c - the daemon's objects as YAML 1.2 that a YAML 1.1 reader takes alike, and as compact JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "cli/output.h"

void output_json(const struct json_doc *doc, const struct json *v, struct json_writer *w)
{
    switch (json_type(v)) {
    case JSON_OBJECT:
        jw_object(w);
        for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
            jw_key_str(w, json_key(m));
            output_json(doc, m, w);
        }
        jw_object_end(w);
        break;
    case JSON_ARRAY:
        jw_array(w);
        for (const struct json *m = json_first(v); m != NULL; m = json_next(m))
            output_json(doc, m, w);
        jw_array_end(w);
        break;
    case JSON_STRING: jw_str(w, json_str(v)); break;
    default: jw_raw(w, json_span(doc, v));
    }
}

/* Letters, digits and marks that mean nothing inside a plain scalar. A text that begins with a letter and is
 * made of them can be only a text, unless it is one of the words below. */
static bool is_plain(struct ipam_str s)
{
    static const char *const words[] = { "y",    "n",     "yes",  "no",  "on", "off",
                                         "true", "false", "null", "nan", "inf" };

    if (s.len == 0 || !((s.data[0] | 32) >= 'a' && (s.data[0] | 32) <= 'z'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.data[i];

        if (!(((ch | 32) >= 'a' && (ch | 32) <= 'z') || (ch >= '0' && ch <= '9') ||
              memchr("-._/", ch, 4) != NULL))
            return false;
    }
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == s.len && strncasecmp(words[i], s.data, s.len) == 0)
            return false;
    return true;
}

void yaml_text(struct ipam_str s, struct strbuf *out)
{
    struct json_writer w;

    if (is_plain(s)) {
        strbuf_addstr(out, s);
        return;
    }
    jw_init(&w, out); /* a JSON string is a double-quoted YAML scalar */
    w.shown = true;
    jw_str(&w, s.data != NULL ? s : IPAM_STR(""));
}

/* A value that has members is written in JSON's form, which is YAML's flow form. */
static void yaml_value(const struct json_doc *doc, const struct json *v, struct strbuf *out)
{
    struct json_writer w;

    if (json_type(v) == JSON_STRING) {
        yaml_text(json_str(v), out);
        return;
    }
    jw_init(&w, out);
    w.shown = true;
    output_json(doc, v, &w);
}

static void pad(struct strbuf *out, unsigned count)
{
    for (; count > 0; count--)
        strbuf_putc(out, ' ');
}

void output_yaml(const struct json_doc *doc, const struct json *item, unsigned indent, struct strbuf *out)
{
    for (const struct json *m = json_first(item); m != NULL; m = json_next(m)) {
        const struct json *entry = json_type(m) == JSON_ARRAY ? json_first(m) : NULL;

        if (indent >= 2 && m == json_first(item)) {
            pad(out, indent - 2);
            strbuf_puts(out, "- ");
        } else {
            pad(out, indent);
        }
        yaml_text(json_key(m), out);
        strbuf_putc(out, ':');
        if (entry == NULL) {
            strbuf_putc(out, ' ');
            yaml_value(doc, m, out);
        }
        strbuf_putc(out, '\n');
        for (; entry != NULL; entry = json_next(entry)) {
            pad(out, indent + 2);
            strbuf_puts(out, "- ");
            yaml_value(doc, entry, out);
            strbuf_putc(out, '\n');
        }
    }
    if (json_first(item) == NULL)
        strbuf_puts(out, indent >= 2 ? "- {}\n" : "{}\n");
}
