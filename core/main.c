/* main.c - ipamd: arguments, configuration, keeper, then the daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "app/app.h"
#include "base/log.h"
#include "base/slot.h"
#include "keeper/keeper.h"
#include "provider/provider.h"

#include "config.h"

enum task { TASK_RUN, TASK_CHECK, TASK_PRINT, TASK_LOOK, TASK_RESTORE, TASK_RECOVER };

static const char usage[] =
    "usage: ipamd [--config FILE] [--check-config | --print-config | --check-storage |\n"
    "             --restore FILE [--replace] | --recover-token]\n"
    "\n"
    "  --config FILE    read FILE, then FILE.d/*.json (" IPAM_SYSCONFDIR "/ipamd.json)\n"
    "  --check-config   check the configuration and what it names, then exit: 0 or 78\n"
    "  --print-config   print the effective configuration\n"
    "  --check-storage  look for damage in the storage of a daemon that is stopped; nothing is changed\n"
    "  --restore FILE   put a backup into the storage, which must be empty; the daemon must be stopped\n"
    "  --replace        with --restore: what is stored is kept aside and replaced\n"
    "  --recover-token  make the file of the administrator's token anew; the daemon must be stopped\n"
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

/* A core file would hold tokens and passwords that requests brought: none is written, of the processes of
 * plugins neither. Stored secrets are not even in the memory that one would be made of (core/secret). */
static void forbid_core_files(void)
{
    const struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        log_event(LOG_WARN_, "core-files", "core files cannot be forbidden: %s; set LimitCORE=0 in the unit",
                  strerror(errno));
}

/* Takes the configuration over. */
static int with_keeper(const char *path, struct conf *conf, enum task task)
{
    int fd = keeper_fork(IPAM_LIBEXECDIR "/ipam-provider-host", conf->sandbox);
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
        { "check-storage", no_argument, NULL, 'L' },
        { "restore", required_argument, NULL, 'R' },
        { "replace", no_argument, NULL, 'r' },
        { "recover-token", no_argument, NULL, 'T' },
        { "trace-frames", no_argument, NULL, 'F' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    const char *path = IPAM_SYSCONFDIR "/ipamd.json", *backup = NULL;
    bool replace = false;
    enum task task = TASK_RUN;
    struct conf *conf;
    int opt;
    while ((opt = getopt_long(argc, argv, "c:t", options, NULL)) != -1) {
        switch (opt) {
        case 'c': path = optarg; break;
        case 't': task = TASK_CHECK; break;
        case 'p': task = TASK_PRINT; break;
        case 'L': task = TASK_LOOK; break;
        case 'R':
            task = TASK_RESTORE;
            backup = optarg;
            break;
        case 'r': replace = true; break;
        case 'T': task = TASK_RECOVER; break;
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
    int problems = app_load(path, report, NULL, &conf), rc;
    app_log_as(conf);
    if (problems == 0 && task != TASK_PRINT && task != TASK_RESTORE)
        problems = app_become_user(path, conf, task == TASK_RUN, report, NULL);
    if (problems == 0 && (task == TASK_LOOK || task == TASK_RESTORE)) {
        rc = task == TASK_LOOK ? app_look(conf, report, NULL)
                               : app_restore(path, conf, backup, replace, report, NULL);
        conf_free(conf);
        return rc;
    }
    if (problems == 0 && task == TASK_RECOVER) {
        rc = app_recover(conf, report, NULL);
        conf_free(conf);
        return rc;
    }
    if (problems == 0 && task != TASK_PRINT) {
        forbid_core_files();
        crash_report_init();
        exit_report_init();
        return with_keeper(path, conf, task);
    }
    rc = problems != 0 ? EX_CONFIG : print_config(conf);
    conf_free(conf);
    return rc;
}
