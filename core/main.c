/* main.c - ipamd: arguments, configuration, keeper, then the daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "app/app.h"
#include "base/log.h"
#include "base/slot.h"
#include "keeper/keeper.h"
#include "provider/provider.h"

#include "config.h"

enum task { TASK_RUN, TASK_CHECK, TASK_PRINT };

static const char usage[] =
    "usage: ipamd [--config FILE] [--check-config | --print-config]\n"
    "\n"
    "  --config FILE    read FILE, then FILE.d/*.json (" IPAM_SYSCONFDIR "/ipamd.json)\n"
    "  --check-config   check the configuration and what it names, then exit: 0 or 78\n"
    "  --print-config   print the effective configuration\n"
    "  --trace-frames   log each frame between ipamd and the processes of its plugins\n"
    "  --version        print the version\n"
    "  --help           print this\n";

static void report(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "%s\n", text);
}

static int print_config(const struct conf *conf)
{
    struct strbuf out;
    strbuf_init(&out, 4u << 20);
    conf_print(conf, &out);
    strbuf_putc(&out, '\n');
    fwrite(out.data, 1, out.len, stdout);
    strbuf_fini(&out);
    return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

/* Takes the configuration over. */
static int with_keeper(const char *path, struct conf *conf, enum task task)
{
    int fd = keeper_fork(IPAM_LIBEXECDIR "/ipam-provider-host");
    if (fd < 0) {
        log_event(LOG_ERR_, "keeper-failed", "cannot start the keeper of provider processes: %s",
                  strerror(-fd));
        conf_free(conf);
        return EX_OSERR;
    }
    if (task == TASK_CHECK) {
        int problems = app_check(conf, fd, report, NULL);
        conf_free(conf);
        return problems == 0 ? 0 : EX_CONFIG;
    }
    return app_run(path, conf, fd);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check-config", no_argument, NULL, 't' },
        { "print-config", no_argument, NULL, 'p' },
        { "trace-frames", no_argument, NULL, 'F' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    const char *path = IPAM_SYSCONFDIR "/ipamd.json";
    enum task task = TASK_RUN;
    struct conf *conf;
    int opt;
    while ((opt = getopt_long(argc, argv, "c:t", options, NULL)) != -1) {
        switch (opt) {
        case 'c': path = optarg; break;
        case 't': task = TASK_CHECK; break;
        case 'p': task = TASK_PRINT; break;
        case 'F': providers_trace_frames(); break;
        case 'V': return puts("ipamd " PACKAGE_VERSION) >= 0 ? 0 : EX_IOERR;
        case 'h': return fputs(usage, stdout) >= 0 ? 0 : EX_IOERR;
        default: fputs(usage, stderr); return EX_USAGE;
        }
    }
    if (optind != argc) {
        fprintf(stderr, "ipamd: unexpected argument \"%s\"\n%s", argv[optind], usage);
        return EX_USAGE;
    }
    umask(077);
    log_init("ipamd", LOG_INFO_);
    int problems = conf_load(path, report, NULL, &conf), rc;
    app_log_as(conf);
    if (problems == 0 && task != TASK_PRINT) {
        crash_report_init();
        exit_report_init();
        return with_keeper(path, conf, task);
    }
    rc = problems != 0 ? EX_CONFIG : print_config(conf);
    conf_free(conf);
    return rc;
}
