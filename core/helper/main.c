/* main.c - ipam-provider-host: runs one provider plugin apart from the daemon, or describes it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Usage: ipam-provider-host NAME (started by ipam-keeper, the daemon's socket on descriptor 3)
 *        ipam-provider-host --describe NAME (prints the plugin's descriptor as JSON)
 *        ipam-provider-host --check NAME <OPTIONS.json (prints what is wrong with a plugin's options)
 *        ipam-provider-host --manual NAME (prints the plugin's manual page)
 *        ipam-provider-host --sample NAME (prints a sample of the plugin's configuration) */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/slot.h"
#include "helper/serve.h"
#include "ipam/status.h"
#include "provider/check.h"
#include "provider/manual.h"
#include "sandbox/reach.h"
#include "sandbox/sandbox.h"

#define DAEMON_FD         3
#define DESCRIPTION_MAX   (256u << 10)
#define OPTIONS_MAX_BYTES (1u << 20)

static bool is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Before the plugin's file is loaded, whose first lines run then. Who starts this program by hand has no
 * rules for it. `runs`: there is a doorman, if there is a network fence; what is only asked something reaches
 * nobody. */
static bool enter_sandbox(bool runs)
{
    struct sandbox_rules rules = { .process = SANDBOX_HELPER };
    enum sandbox_mode mode;
    char *words = getenv(SANDBOX_ENVIRONMENT);

    if (words == NULL)
        return true;
    if (!sandbox_words_read(words, &rules, &mode)) {
        fprintf(stderr, "ipam-provider-host: " SANDBOX_ENVIRONMENT
                        " cannot be read: ipamd sets it, and is of another version; install both anew\n");
        return false;
    }
    rules.doorman = rules.network && runs;
    if (rules.doorman && !is_socket(REACH_FD)) {
        fprintf(stderr, "ipam-provider-host: descriptor %d is no socket: ipamd starts this program\n",
                REACH_FD);
        return false;
    }
    sandbox_allow_path(&rules, IPAM_PROVIDER_DIR, SANDBOX_READ);
    return sandbox_enter(&rules, mode) == 0;
}

/* What is on the standard input, up to a limit. */
static int read_input(struct strbuf *in)
{
    size_t n = 1;

    while (n > 0) {
        char *room = strbuf_room(in, 4096);

        if (room == NULL)
            return IPAM_E_TOOBIG;
        n = fread(room, 1, 4096, stdin);
        strbuf_advance(in, n);
    }
    return ferror(stdin) ? IPAM_E_IO : 0;
}

/* The answer to --check: {"problems": [{"option": NAME, "message": TEXT}]}. */
static int check(const char *name)
{
    struct plugin plugin = { 0 };
    struct strbuf in, out;
    char err[PROVIDER_ERR_MAX];
    int status;

    log_init("ipam-provider-host", LOG_NOTE_);
    if (!enter_sandbox(false))
        return 1;
    status = plugin_load(IPAM_PROVIDER_DIR, name, &plugin, err);
    strbuf_init(&in, OPTIONS_MAX_BYTES);
    strbuf_init(&out, DESCRIPTION_MAX);
    if (status < 0)
        plugin_describe_failure(name, status, err, &out);
    else if ((status = read_input(&in)) == 0)
        status = check_answer(&plugin, strbuf_str(&in), &out);
    else
        fprintf(stderr, "ipam-provider-host: the options on the standard input cannot be read\n");
    if (out.failed || fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        status = IPAM_E_IO;
    strbuf_fini(&in);
    strbuf_fini(&out);
    plugin_fini(&plugin);
    return status < 0 ? 1 : 0;
}

static int describe(const char *name)
{
    struct plugin plugin = { 0 };
    struct strbuf out;
    char err[PROVIDER_ERR_MAX];
    int status;

    log_init("ipam-provider-host", LOG_NOTE_);
    if (!enter_sandbox(false))
        return 1;
    status = plugin_load(IPAM_PROVIDER_DIR, name, &plugin, err);
    strbuf_init(&out, DESCRIPTION_MAX);
    if (status < 0)
        plugin_describe_failure(name, status, err, &out);
    else
        plugin_describe(&plugin, &out);
    if (out.failed || fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        status = IPAM_E_IO;
    strbuf_fini(&out);
    plugin_fini(&plugin);
    return status < 0 ? 1 : 0;
}

/* A text for people about the plugin; why there is none goes to the standard error. */
static int show(const char *name, void (*print)(const struct plugin *pl, struct strbuf *out))
{
    struct plugin plugin = { 0 };
    struct strbuf out;
    char err[PROVIDER_ERR_MAX];
    int status = plugin_load(IPAM_PROVIDER_DIR, name, &plugin, err);

    strbuf_init(&out, DESCRIPTION_MAX);
    if (status < 0) {
        fprintf(stderr, "ipam-provider-host: %s\n", err);
    } else {
        print(&plugin, &out);
        if (out.failed || fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
            fprintf(stderr, "ipam-provider-host: the standard output cannot be written\n");
            status = IPAM_E_IO;
        }
    }
    strbuf_fini(&out);
    plugin_fini(&plugin);
    return status < 0 ? 1 : 0;
}

static int run(const char *name)
{
    struct plugin plugin = { 0 };
    char err[PROVIDER_ERR_MAX] = "";
    int status, exit_status;

    if (!is_socket(DAEMON_FD)) {
        fprintf(stderr,
                "ipam-provider-host: descriptor %d is no socket: ipamd starts this program; to see what a "
                "plugin offers, run it with --describe\n",
                DAEMON_FD);
        return 2;
    }
    fcntl(DAEMON_FD, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    log_init("ipam-provider-host", LOG_NOTE_);
    crash_report_init();
    exit_report_init();
    if (!enter_sandbox(true))
        return 1;
    status = plugin_load(IPAM_PROVIDER_DIR, name, &plugin, err);
    exit_status = serve(DAEMON_FD, &plugin, status, err);
    plugin_fini(&plugin);
    return exit_status;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--describe") == 0)
        return describe(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--check") == 0)
        return check(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--manual") == 0)
        return show(argv[2], plugin_manual);
    if (argc == 3 && strcmp(argv[1], "--sample") == 0)
        return show(argv[2], plugin_sample);
    if (argc == 2 && argv[1][0] != '-')
        return run(argv[1]);
    fprintf(stderr, "usage: ipam-provider-host --describe NAME\n"
                    "       ipam-provider-host --check NAME <OPTIONS.json\n"
                    "       ipam-provider-host --manual NAME\n"
                    "       ipam-provider-host --sample NAME\n"
                    "       ipam-provider-host NAME (started by ipamd only)\n");
    return 2;
}
