/* doctor_host.c - looks at this machine: programs, limits, the unit, the disk, and what is stored on it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/doctor.h"
#include "ipam/status.h"

#define HELPER     IPAM_LIBEXECDIR "/ipam-provider-host"
#define FILES_MIN  4096
#define SPACE_MIN  (UINT64_C(64) << 20)
#define TEXT_MAX   (64u << 10)
#define OUTPUT_MAX (16u << 20)

char *doctor_read(struct doctor *d, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 ? arena_alloc(&d->c->arena, TEXT_MAX + 1) : NULL;
    ssize_t n = text != NULL ? read(fd, text, TEXT_MAX) : -1;

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return NULL;
    text[n] = '\0';
    return text;
}

/* --- programs and limits --- */

static void look_at_helper(struct doctor *d)
{
    struct stat st;

    if (stat(HELPER, &st) != 0)
        found(d, "helper-missing", FINDING_ERROR, HELPER, "%s", strerror(errno));
    else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
        found(d, "helper-missing", FINDING_ERROR, HELPER, "it is no program (mode %04o)",
              (unsigned)st.st_mode & 07777);
    else if ((st.st_mode & 022) != 0)
        found(d, "helper-trust", FINDING_ERROR, HELPER, "its mode is %04o", (unsigned)st.st_mode & 07777);
    else if (st.st_uid != 0 && st.st_uid != geteuid())
        found(d, "helper-trust", FINDING_ERROR, HELPER, "it belongs to user %u", (unsigned)st.st_uid);
}

static void judge_files(struct doctor *d, const char *place, unsigned long most)
{
    if (most < FILES_MIN)
        found(d, "open-files", FINDING_WARNING, place, "at most %lu open files; %d or more are wanted", most,
              FILES_MIN);
}

void look_host(struct doctor *d)
{
    static const char line[] = "Max open files";
    char path[64], *text, *at;
    struct rlimit limit;

    look_at_helper(d);
    snprintf(path, sizeof(path), "/proc/%ld/limits", (long)d->pid);
    text = d->pid != 0 ? doctor_read(d, path) : NULL;
    at = text != NULL ? strstr(text, line) : NULL;
    if (at != NULL)
        judge_files(d, path, strtoul(at + sizeof(line) - 1, NULL, 10));
    else if (getrlimit(RLIMIT_NOFILE, &limit) == 0) /* what a daemon started from here would get */
        judge_files(d, "this session",
                    limit.rlim_max == RLIM_INFINITY ? ULONG_MAX : (unsigned long)limit.rlim_max);
}

/* --- the unit --- */

const char *unit_value(struct doctor *d, const char *text, const char *key)
{
    const char *value = NULL;
    size_t len = strlen(key);

    for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, key, len) == 0 && p[len] == '=')
            value = arena_memdup(&d->c->arena, p + len + 1, strcspn(p + len + 1, "\n"));
        if (*p == '\0')
            break;
    }
    return value;
}

/* Its drop-ins, which say what it does not, or better. */
static const char *with_drop_ins(struct doctor *d, const char *path, const char *text)
{
    char pattern[PATH_MAX];
    glob_t found_files;

    snprintf(pattern, sizeof(pattern), "%s.d/*.conf", path);
    if (text == NULL || glob(pattern, 0, NULL, &found_files) != 0)
        return text;
    for (size_t i = 0; i < found_files.gl_pathc; i++) {
        const char *more = doctor_read(d, found_files.gl_pathv[i]);

        if (more != NULL)
            text = arena_printf(&d->c->arena, "%s\n%s", text, more);
    }
    globfree(&found_files);
    return text;
}

const char *unit_text(struct doctor *d, const char **ret_path)
{
    static const char *const places[] = { "/etc/systemd/system/ipamd.service",
                                          "/run/systemd/system/ipamd.service",
                                          "/usr/local/lib/systemd/system/ipamd.service",
                                          "/lib/systemd/system/ipamd.service" };
    const char *path = args_value(d->args, "unit");

    for (size_t i = 0; path == NULL && i < sizeof(places) / sizeof(places[0]); i++)
        if (access(places[i], R_OK) == 0)
            path = places[i];
    *ret_path = path;
    return path != NULL ? with_drop_ins(d, path, doctor_read(d, path)) : NULL;
}

void look_unit(struct doctor *d)
{
    const char *path, *text = unit_text(d, &path), *type, *watchdog, *restart, *user;

    if (text == NULL) {
        skipped(d, LOOK_UNIT,
                args_given(d->args, "unit") ? "the unit cannot be read"
                                            : "there is no unit ipamd.service (--unit)");
        return;
    }
    type = unit_value(d, text, "Type");
    watchdog = unit_value(d, text, "WatchdogSec");
    restart = unit_value(d, text, "Restart");
    if (watchdog == NULL || watchdog[0] == '\0' || strcmp(watchdog, "0") == 0)
        found(d, "unit-watchdog", FINDING_WARNING, path, "it has no WatchdogSec=");
    else if (type == NULL || strncmp(type, "notify", 6) != 0)
        found(d, "unit-watchdog", FINDING_WARNING, path,
              "its Type= is not notify, so the watchdog hears nothing");
    if (restart == NULL || strcmp(restart, "no") == 0)
        found(d, "unit-restart", FINDING_WARNING, path, "it has no Restart=");
    user = unit_value(d, text, "User");
    if ((user == NULL || strcmp(user, "root") == 0 || strcmp(user, "0") == 0) &&
        unit_value(d, text, "DynamicUser") == NULL &&
        (d->config == NULL || json_get(json_root(d->config), "user") == NULL))
        found(d, "unit-user", FINDING_WARNING, path, "it has no User=, and the configuration no \"user\"");
}

/* --- the disk --- */

/* The folder of the database. */
static bool storage_folder(const struct doctor *d, char *folder, size_t room)
{
    const char *slash = d->storage != NULL ? strrchr(d->storage, '/') : NULL;

    if (slash == NULL || d->storage[0] != '/')
        return false;
    snprintf(folder, room, "%.*s", slash == d->storage ? 1 : (int)(slash - d->storage), d->storage);
    return true;
}

static bool is_network(long type)
{
    switch (type) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case 0xff534d42: /* CIFS */
    case 0xfe534d42: /* SMB2 */
    case AFS_SUPER_MAGIC:
    case CODA_SUPER_MAGIC:
    case 0x00c36400: /* Ceph */
    case 0x01021997: /* 9p */
    case 0x65735546: /* FUSE: what is behind it is not known */ return true;
    default: return false;
    }
}

void look_disk(struct doctor *d)
{
    char folder[PATH_MAX];
    struct statfs fs;
    uint64_t left, all;

    if (!storage_folder(d, folder, sizeof(folder)) || statfs(folder, &fs) != 0) {
        skipped(d, LOOK_DISK, "the storage names no file on a disk that is there");
        return;
    }
    left = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
    all = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
    if (left < SPACE_MIN && left < all / 4)
        found(d, "storage-space", FINDING_ERROR, folder, "%llu MiB of %llu MiB are free",
              (unsigned long long)(left >> 20), (unsigned long long)(all >> 20));
    else if (left < all / 20)
        found(d, "storage-space", FINDING_WARNING, folder, "less than a twentieth is free (%llu MiB)",
              (unsigned long long)(left >> 20));
    if (is_network((long)fs.f_type))
        found(d, "storage-network", FINDING_ERROR, folder, "its file system is of type %#lx",
              (unsigned long)fs.f_type);
}

/* --- what is stored --- */

static const char *id_of_open(struct doctor *d, long code, struct ipam_str text)
{
    const char *words = arena_memdup(&d->c->arena, text.data, text.len);

    switch (code) {
    case IPAM_E_CHANGED: return "storage-older";
    case IPAM_E_ACCESS: return "storage-access";
    case IPAM_E_BUSY: return "storage-locked";
    default: break;
    }
    if (words != NULL && strstr(words, "is newer than") != NULL)
        return "storage-newer";
    if (words != NULL && (strstr(words, "another program's") != NULL || strstr(words, "no database") != NULL))
        return "storage-foreign";
    if (words != NULL && strstr(words, "but its log") != NULL)
        return "storage-log";
    return words != NULL && strstr(words, "cannot open the folder") != NULL ? "storage-access"
                                                                            : "storage-open";
}

/* One line of --check-storage or one item of /system/storage/verify. */
static void judge(struct doctor *d, const struct json *check)
{
    struct ipam_str channel = json_str(json_get(check, "channel")),
                    state = json_str(json_get(check, "state")), text = json_str(json_get(check, "message")),
                    code = json_str(json_get(check, "code"));
    const char *place = d->storage != NULL ? d->storage : "storage";
    long status = code.len > 0 ? strtol(conf_text(d, json_get(check, "code")), NULL, 10) : 0;

    if (channel.data == NULL || str_is(state, "ok") || (str_is(channel, "open") && status == IPAM_E_NOENT))
        return;
    if (str_is(channel, "open")) {
        const char *id = id_of_open(d, status, text);

        found_text(d, id, strcmp(id, "storage-older") == 0 ? FINDING_WARNING : FINDING_ERROR, place, text);
        return;
    }
    place = arena_printf(&d->c->arena, "%s: " STR_FMT, place, STR_ARG(channel));
    found(d, "storage-damage", FINDING_ERROR, place, STR_FMT, STR_ARG(text));
}

static void judge_lines(struct doctor *d, const struct strbuf *out)
{
    for (size_t at = 0; at < out->len;) {
        const char *line = out->data + at, *end = memchr(line, '\n', out->len - at);
        size_t len = end != NULL ? (size_t)(end - line) : out->len - at;
        struct json_doc *doc = NULL;
        struct json_error e;

        if (len > 0 && json_parse(line, len, OUTPUT_MAX, &doc, &e) == 0)
            judge(d, json_root(doc));
        json_free(doc);
        at += len + 1;
    }
}

/* As the owner of the folder, so that nothing in it becomes root's. */
static void look_offline(struct doctor *d)
{
    const char *argv[] = { IPAM_SBINDIR "/ipamd", "--config", d->config_path, "--check-storage", NULL };
    uid_t user = (uid_t)-1;
    gid_t group = (gid_t)-1;
    char folder[PATH_MAX];
    struct strbuf out, err;
    struct stat st;
    int rc;

    if (geteuid() == 0 && storage_folder(d, folder, sizeof(folder)) && stat(folder, &st) == 0 &&
        st.st_uid != 0 && access(d->config_path, R_OK) == 0) {
        user = st.st_uid;
        group = st.st_gid;
    }
    strbuf_init(&out, OUTPUT_MAX);
    strbuf_init(&err, OUTPUT_MAX);
    rc = child_run(argv, user, group, &out, &err);
    if (rc == 0)
        judge_lines(d, &out);
    else
        skipped(d, LOOK_STORAGE, "ipamd --check-storage cannot be run");
    strbuf_fini(&out);
    strbuf_fini(&err);
}

static void look_online(struct doctor *d)
{
    struct client_answer a;

    if (client_call(d->client, "POST", "/api/v1/system/storage/verify", (struct ipam_str){ NULL, 0 }, 3600000,
                    &a) == CLI_OK) {
        const struct json *items = json_get(json_root(a.doc), "items");

        for (const struct json *i = json_first(items); i != NULL; i = json_next(i))
            judge(d, i);
    } else {
        skipped(d, LOOK_STORAGE, "the daemon did not look");
    }
    client_answer_fini(&a);
}

void look_storage(struct doctor *d)
{
    if (d->answering && args_given(d->args, "deep"))
        look_online(d);
    else if (d->answering)
        skipped(d, LOOK_STORAGE, "the daemon uses it; --deep asks it to read every row");
    else if (d->alive)
        skipped(d, LOOK_STORAGE, "the daemon uses it, and does not answer us");
    else if (d->config == NULL || d->config_broken)
        skipped(d, LOOK_STORAGE, "the configuration is wrong");
    else
        look_offline(d);
}
