/* tree_draw.c - the address plan drawn as a tree: nesting and lines.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cli/table.h"
#include "cli/tree.h"
#include "net/addr.h"

#define LINE_MAX_ 4096

/* The lines that join a child to its parent. */
struct strokes {
    const char *child, *last, *through, *blank;
};
static const struct strokes unicode = { "├─ ", "└─ ", "│  ", "   " };
static const struct strokes ascii = { "|- ", "`- ", "|  ", "   " };

/* Order: space, first address, the larger before the smaller, then what stands outside. */
static int compare(const void *left, const void *right)
{
    const struct tree_item *a = left, *b = right;
    int order = (a->space > b->space) - (a->space < b->space);

    if (order == 0)
        order = addr_compare(&a->first, &b->first);
    if (order == 0)
        order = addr_compare(&b->last, &a->last);
    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

static bool encloses(const struct tree_item *outer, const struct tree_item *inner)
{
    if (outer->space != inner->space || outer->first.family != inner->first.family)
        return false;
    if (addr_compare(&outer->first, &inner->first) > 0 || addr_compare(&inner->last, &outer->last) > 0)
        return false;
    /* The same prefix twice, from two sources, stands side by side. */
    return outer->kind < inner->kind || !addr_equal(&outer->first, &inner->first) ||
           !addr_equal(&outer->last, &inner->last);
}

static void hang(struct tree_item *parent, struct tree_item *item)
{
    item->parent = parent;
    if (parent->last_child != NULL)
        parent->last_child->sibling = item;
    else
        parent->child = item;
    parent->last_child = item;
}

/* Scopes and ranges hold nothing by their place; a range belongs to the scope it names. */
static void nest(struct tree_item *items, size_t count, struct tree_item *root)
{
    struct tree_item *open = root;
    struct imap scopes;

    imap_init(&scopes);
    for (size_t i = 0; i < count; i++) {
        struct tree_item *item = &items[i], *scope = NULL;

        while (open != root && !encloses(open, item))
            open = open->parent;
        if (item->kind == TREE_RANGE && item->scope != 0)
            scope = imap_get(&scopes, (uint64_t)item->scope);
        hang(scope != NULL ? scope : open, item);
        if (item->kind == TREE_SCOPE)
            imap_put(&scopes, (uint64_t)item->id, item);
        else if (item->kind != TREE_RANGE)
            open = item;
    }
    imap_fini(&scopes);
}

static void cells(const struct tree_item *item, const char *lead, const char *stroke, const struct term *term,
                  struct table *t)
{
    static const char *const kinds[] = { "", "block ", "subnet ", "scope ", "range " };
    struct strbuf text;

    strbuf_init(&text, LINE_MAX_);
    strbuf_printf(&text, "%s%s%s%s", lead, stroke, kinds[item->kind], item->label);
    table_cell(t, text.data);
    table_cell(t, item->name);
    table_cell(t, item->source);
    strbuf_reset(&text);
    if (item->utilization >= 0)
        text_bar_percent(item->utilization, term, &text);
    table_cell(t, text.len > 0 ? text.data : "");
    strbuf_reset(&text);
    if (item->size.len > 0) {
        text_count(item->used.len > 0 ? item->used : IPAM_STR("0"), &text);
        strbuf_putc(&text, '/');
        text_count(item->size, &text);
    }
    table_cell(t, text.len > 0 ? text.data : "");
    strbuf_fini(&text);
}

/* Draws what hangs under the item; `lead` stands before its children. Prefixes nest 129 deep at the most. */
static void draw_children(const struct tree_item *parent, struct strbuf *lead, const struct strokes *s,
                          const struct term *term, struct table *t)
{
    size_t len = lead->len;

    for (const struct tree_item *item = parent->child; item != NULL; item = item->sibling) {
        cells(item, len > 0 ? lead->data : "", item->sibling != NULL ? s->child : s->last, term, t);
        strbuf_puts(lead, item->sibling != NULL ? s->through : s->blank);
        draw_children(item, lead, s, term, t);
        lead->len = len;
        lead->data[len] = '\0';
    }
}

void tree_draw(struct tree_item *items, size_t count, const struct term *term, struct strbuf *out)
{
    struct tree_item root = { .kind = TREE_ROOT };
    struct strbuf lead;
    struct table t;

    qsort(items, count, sizeof(items[0]), compare);
    nest(items, count, &root);
    table_init(&t, false, "");
    t.limit = term->columns;
    t.utf8 = term->utf8;
    for (unsigned i = 0; i < 5; i++)
        table_column(&t, "", i == 4);
    strbuf_init(&lead, LINE_MAX_);
    for (const struct tree_item *top = root.child; top != NULL; top = top->sibling) {
        cells(top, "", "", term, &t);
        draw_children(top, &lead, term->utf8 ? &unicode : &ascii, term, &t);
    }
    table_flush(&t, false, out);
    table_fini(&t);
    strbuf_fini(&lead);
}
