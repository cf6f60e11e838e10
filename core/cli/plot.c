/* plot.c - figures over time as a chart of characters, or as an SVG.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/plot.h"

#include <string.h>

#include "base/clock.h"

#define EIGHTHS    8
#define LABEL      9  /* columns of the scale */
#define MINUTE_LEN 16 /* of "2026-11-27T01:00" */

double plot_scale(double most)
{
    static const double steps[] = { 1, 2, 5 };
    for (double power = 1;; power *= 10)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (steps[i] * power >= most || power > 1e39)
                return steps[i] * power;
}

/* The scale: up to the limit when the values come near to it. */
static double top_of(const struct plot *p)
{
    double most = 0;
    for (size_t i = 0; i < p->count; i++)
        most = p->points[i].peak > most ? p->points[i].peak : most;
    return p->limit > 0 && most * 2 > p->limit ? p->limit : plot_scale(most);
}

/* "1.2k": as short as a scale needs it. */
static void put_number(double n, struct strbuf *out)
{
    static const char units[] = " kMGTPE";
    size_t unit = 0;
    for (; n >= 10000 && units[unit + 1] != '\0'; n /= 1000)
        unit++;
    strbuf_printf(out, n >= 100 || n == (double)(int64_t)n ? "%.0f" : "%.1f", n);
    if (unit > 0)
        strbuf_putc(out, units[unit]);
}

static void put_label(double value, bool shown, struct strbuf *out)
{
    struct strbuf label;
    strbuf_init(&label, 64);
    if (shown)
        put_number(value, &label);
    strbuf_printf(out, "%*s ", LABEL - 1, shown ? label.data : "");
    strbuf_fini(&label);
}

static void put_time(int64_t ms, struct strbuf *out)
{
    char text[TIME_TEXT_MAX];
    time_print(ms, text);
    strbuf_printf(out, "%.10s %.5s", text, text + 11);
}

/* How many eighths of a row are filled. */
static unsigned filled(double value, double top, unsigned row)
{
    double eighths = value < 0 ? 0 : value / top * PLOT_ROWS * EIGHTHS;
    unsigned n = eighths > 0 && eighths < 1 ? 1 : (unsigned)(eighths + 0.5), below = row * EIGHTHS;
    return n <= below ? 0 : n - below > EIGHTHS ? EIGHTHS : n - below;
}

static void put_cell(double value, double top, unsigned row, bool utf8, struct strbuf *out)
{
    static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    unsigned n = filled(value, top, row);
    if (value < 0 && row == 0)
        strbuf_puts(out, utf8 ? "·" : "?");
    else if (utf8)
        strbuf_puts(out, blocks[n]);
    else
        strbuf_putc(out, n == 0 ? ' ' : n >= EIGHTHS / 2 ? '#' : '.');
}

static bool has_gap(const struct plot *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->points[i].value < 0)
            return true;
    return false;
}

void plot_text(const struct plot *p, const struct term *t, struct strbuf *out)
{
    double top = top_of(p);
    for (unsigned row = PLOT_ROWS; row-- > 0;) {
        put_label(top * (row + 1) / PLOT_ROWS, row % 2 == 1, out);
        strbuf_puts(out, t->utf8 ? "│" : "|");
        for (size_t i = 0; i < p->count; i++)
            put_cell(p->points[i].value, top, row, t->utf8, out);
        strbuf_putc(out, '\n');
    }
    put_label(0, true, out);
    strbuf_puts(out, t->utf8 ? "└" : "+");
    for (size_t i = 0; i < p->count; i++)
        strbuf_puts(out, t->utf8 ? "─" : "-");
    strbuf_printf(out, "\n%*s", LABEL + 1, "");
    put_time(p->points[0].from, out);
    strbuf_printf(out, "%*s", p->count > 2 * MINUTE_LEN ? (int)p->count - 2 * MINUTE_LEN : 1, "");
    put_time(p->points[p->count - 1].to, out);
    strbuf_putc(out, '\n');
    if (has_gap(p))
        strbuf_printf(out, "%*s%s: not known, nobody looked\n", LABEL + 1, "", t->utf8 ? "·" : "?");
}

/* --- SVG --- */

#define WIDTH  760
#define HEIGHT 300
#define LEFT   70
#define RIGHT  20
#define TOP    40
#define BOTTOM 40

static void put_xml(struct ipam_str s, struct strbuf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *entity = s.data[i] == '<'   ? "&lt;"
                             : s.data[i] == '>' ? "&gt;"
                             : s.data[i] == '&' ? "&amp;"
                                                : NULL;
        if (entity != NULL)
            strbuf_puts(out, entity);
        else
            strbuf_putc(out, s.data[i]);
    }
}

struct frame {
    const struct plot *p;
    double top;
    int64_t from, span;
    struct strbuf *out;
};

static double x_of(const struct frame *f, int64_t at)
{
    return LEFT + (double)(at - f->from) / (double)f->span * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct frame *f, double value)
{
    double part = value / f->top;
    return HEIGHT - BOTTOM - (part > 1 ? 1 : part) * (HEIGHT - TOP - BOTTOM);
}

static void svg_grid(const struct frame *f)
{
    for (int i = 0; i <= 4; i++) {
        double value = f->top * i / 4, y = y_of(f, value);
        strbuf_printf(f->out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ccc\"/>\n", LEFT,
                      y, WIDTH - RIGHT, y);
        strbuf_printf(f->out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8, y + 4);
        put_number(value, f->out);
        strbuf_puts(f->out, "</text>\n");
    }
    strbuf_printf(f->out, "<text x=\"%d\" y=\"%d\">", LEFT, HEIGHT - BOTTOM + 20);
    put_time(f->from, f->out);
    strbuf_printf(f->out, "</text>\n<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", WIDTH - RIGHT,
                  HEIGHT - BOTTOM + 20);
    put_time(f->from + f->span, f->out);
    strbuf_puts(f->out, "</text>\n");
}

/* A line through what is known, with gaps where nothing is. */
static void svg_line(const struct frame *f, bool peak, const char *style)
{
    bool open = false;
    strbuf_puts(f->out, "<path d=\"");
    for (size_t i = 0; i < f->p->count; i++) {
        const struct plot_point *p = &f->p->points[i];
        double y = y_of(f, peak ? p->peak : p->value);
        if (p->value >= 0)
            strbuf_printf(f->out, "%c%.1f %.1fH%.1f", open ? 'L' : 'M', x_of(f, p->from), y, x_of(f, p->to));
        open = p->value >= 0;
    }
    strbuf_printf(f->out, "\" fill=\"none\" %s/>\n", style);
}

void plot_svg(const struct plot *p, struct strbuf *out)
{
    struct frame f = { p, top_of(p), p->points[0].from, p->points[p->count - 1].to - p->points[0].from, out };
    strbuf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<title>",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_xml(p->title, out);
    strbuf_printf(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
    strbuf_printf(out, "<text x=\"%d\" y=\"%d\" font-size=\"14\" font-weight=\"bold\">", LEFT, TOP - 18);
    put_xml(p->title, out);
    strbuf_printf(out, " - %s</text>\n", p->unit);
    svg_grid(&f);
    svg_line(&f, true, "stroke=\"#f4a582\" stroke-width=\"1\"");
    svg_line(&f, false, "stroke=\"#0571b0\" stroke-width=\"2\"");
    strbuf_puts(out, "</svg>\n");
}
