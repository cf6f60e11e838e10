/* progress.c - a bar on stderr for work under way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define REDRAW_MS 100
#define CELLS     20

void progress_init(struct progress *p, const struct cli *c, const char *title)
{
    memset(p, 0, sizeof(*p));
    p->c = c;
    p->title = title;
    p->started_ms = clock_mono_ms();
}

static void elapsed_text(int64_t ms, char *buf, size_t size)
{
    if (ms < 60000)
        snprintf(buf, size, "%d.%d s", (int)(ms / 1000), (int)(ms / 100 % 10));
    else
        snprintf(buf, size, "%" PRId64 " min %d s", ms / 60000, (int)(ms / 1000 % 60));
}

int64_t progress_ms(const struct progress *p)
{
    return clock_mono_ms() - p->started_ms;
}

const char *progress_elapsed(const struct progress *p, char *buf, size_t size)
{
    elapsed_text(progress_ms(p), buf, size);
    return buf;
}

void progress_line(const char *title, int64_t done, int64_t total, int64_t elapsed_ms, unsigned frame,
                   struct strbuf *out)
{
    static const struct term plain = { 0 };
    char elapsed[40];
    unsigned at = frame % (2 * (CELLS - 1));

    elapsed_text(elapsed_ms, elapsed, sizeof(elapsed));
    text_clean(str_from(title), out);
    strbuf_puts(out, "  ");
    if (total > 0) {
        done = done < 0 ? 0 : done > total ? total : done;
        text_bar(done >= total ? 10000 : (int64_t)((double)done / (double)total * 10000), CELLS, &plain, out);
        strbuf_printf(out, " %3d %%  %" PRId64 "/%" PRId64, (int)((double)done / (double)total * 100), done,
                      total);
    } else {
        at = at < CELLS ? at : 2 * (CELLS - 1) - at;
        strbuf_putc(out, '[');
        for (unsigned i = 0; i < CELLS; i++)
            strbuf_putc(out, i == at ? '#' : '-');
        strbuf_putc(out, ']');
        if (done > 0)
            strbuf_printf(out, "  %" PRId64, done);
    }
    strbuf_printf(out, "  %s", elapsed);
}

void progress_update(struct progress *p, int64_t done, int64_t total)
{
    int64_t now = clock_mono_ms();
    struct strbuf line;

    if (!p->c->err.tty || p->c->quiet || (p->drawn && now - p->drawn_ms < REDRAW_MS))
        return;
    strbuf_init(&line, 4096);
    strbuf_putc(&line, '\r');
    progress_line(p->title, done, total, now - p->started_ms, p->frame++, &line);
    strbuf_puts(&line, "\033[K"); /* clears what was longer */
    fwrite(line.data, 1, line.len, stderr);
    fflush(stderr);
    strbuf_fini(&line);
    p->drawn = true;
    p->drawn_ms = now;
}

void progress_end(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}
