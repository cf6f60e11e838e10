/* user.c - the daemon that root started becomes the user of its configuration.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * As systemd's User=, Group= and StateDirectory= have it. Only what ipamd itself keeps is given away: a
 * folder that holds anything else stays whose it is, and so does a file with a second name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app_p.h"

#define FOLDER_MODE 0700 /* of what is stored; anybody may search that of a socket */
#define SOCKET_MODE 0755

struct becoming {
    const struct conf *conf;
    conf_report report;
    void *report_user;
    struct arena arena;
    char name[64]; /* for initgroups; "": a number that nobody has */
    uid_t uid;
    gid_t gid;
};

/* --- who --- */

static bool number_of(const char *text, unsigned *ret)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    *ret = (unsigned)n;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n < UINT32_MAX;
}

static int find_user(struct becoming *b)
{
    const char *text = b->conf->user;
    const struct passwd *p;
    unsigned n;
    if (text == NULL)
        return 0;
    p = number_of(text, &n) ? getpwuid(n) : getpwnam(text);
    if (p != NULL) {
        snprintf(b->name, sizeof(b->name), "%s", p->pw_name);
        b->uid = p->pw_uid;
        b->gid = p->pw_gid;
    } else if (number_of(text, &n) && b->conf->group != NULL) {
        b->uid = n;
    } else {
        conf_problem(&b->conf->user_place, b->report, b->report_user,
                     "user is \"%s\", and this system has no such user; make it (systemd-sysusers makes "
                     "ipamd), or correct the name",
                     text);
        return 1;
    }
    return 0;
}

static int find_group(struct becoming *b)
{
    const char *text = b->conf->group;
    const struct group *g;
    unsigned n;
    if (text == NULL)
        return 0;
    g = number_of(text, &n) ? getgrgid(n) : getgrnam(text);
    if (g == NULL && !number_of(text, &n)) {
        conf_problem(&b->conf->group_place, b->report, b->report_user,
                     "group is \"%s\", and this system has no such group; make it, or correct the name",
                     text);
        return 1;
    }
    b->gid = g != NULL ? g->gr_gid : n;
    return 0;
}

/* --- what is given away --- */

struct kept {
    const char *files[4 + 2 * SANDBOX_PATHS_MAX];
    size_t count;
};

static void keep(struct kept *k, const char *file)
{
    if (file != NULL && k->count < sizeof(k->files) / sizeof(k->files[0]))
        k->files[k->count++] = file;
}

/* Files that the daemon makes. */
static void list_kept(struct becoming *b, struct kept *k)
{
    const struct conf *c = b->conf;
    for (const struct json *m = json_first(c->storage.options.value); m != NULL; m = json_next(m)) {
        struct ipam_str text = json_str(m);
        if (text.len > 1 && text.data[0] == '/')
            keep(k, arena_memdup(&b->arena, text.data, text.len));
    }
    for (size_t i = 0; i < c->token_count; i++)
        keep(k, c->tokens[i].file);
    keep(k, c->master_key);
    keep(k, c->audit.key);
    keep(k, c->audit.next_key);
    keep(k, c->audit.checkpoints);
    for (size_t i = 0; i < c->audit.sink_count; i++)
        keep(k, c->audit.sinks[i].file);
    for (size_t i = 0; i < c->listener_count; i++)
        keep(k, c->listeners[i].unix_path);
}

static const char *folder_of(struct becoming *b, const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? "." : slash == file ? "/" : arena_memdup(&b->arena, file, (size_t)(slash - file));
}

/* Whether a name in the folder is a kept file's, or one that is made beside it: "ipam.db-wal". */
static bool is_kept(struct becoming *b, const struct kept *k, const char *folder, const char *name)
{
    for (size_t i = 0; i < k->count; i++) {
        const char *slash = strrchr(k->files[i], '/'), *base = slash != NULL ? slash + 1 : k->files[i];
        size_t len = strlen(base);
        if (strncmp(name, base, len) == 0 && (name[len] == '\0' || strchr("-.", name[len]) != NULL) &&
            strcmp(folder_of(b, k->files[i]), folder) == 0)
            return true;
    }
    return false;
}

/* One of root's, with this name alone. */
static void give_file(const struct becoming *b, int folder, const char *name)
{
    struct stat st;
    int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
        fchownat(fd, "", b->uid, b->gid, AT_EMPTY_PATH) < 0)
        fprintf(stderr, "ipamd: %s cannot be given to its user: %s\n", name, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* Gives the kept files in it; the folder itself only when there is nothing else. */
static void give_folder(struct becoming *b, const struct kept *k, const char *path, int fd)
{
    DIR *d = fdopendir(fd);
    const struct dirent *e;
    struct stat st;
    bool all = true;
    if (d == NULL || fstat(fd, &st) < 0 || (st.st_mode & 022) || (st.st_uid != 0 && st.st_uid != b->uid)) {
        if (d != NULL)
            closedir(d);
        else
            close(fd);
        return; /* somebody else could exchange what is in it */
    }
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (is_kept(b, k, path, e->d_name))
            give_file(b, fd, e->d_name);
        else
            all = false;
    }
    if (all && st.st_uid == 0 && fchown(fd, b->uid, b->gid) < 0)
        fprintf(stderr, "ipamd: %s cannot be given to its user: %s\n", path, strerror(errno));
    closedir(d);
}

static bool is_socket_of(const struct conf *c, const char *file)
{
    for (size_t i = 0; i < c->listener_count; i++)
        if (c->listeners[i].unix_path == file)
            return true;
    return false;
}

static void give(struct becoming *b)
{
    struct kept k = { .count = 0 };
    list_kept(b, &k);
    for (size_t i = 0; i < k.count; i++) {
        const char *path = folder_of(b, k.files[i]);
        mode_t mode = is_socket_of(b->conf, k.files[i]) ? SOCKET_MODE : FOLDER_MODE;
        int fd;
        if (mkdir(path, mode) == 0 && chmod(path, mode) < 0)
            fprintf(stderr, "ipamd: the mode of %s cannot be set: %s\n", path, strerror(errno));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) /* else it is missed where it is needed */
            give_folder(b, &k, path, fd);
    }
}

/* --- becoming --- */

static bool switch_to(const struct becoming *b)
{
    bool groups = b->name[0] != '\0' ? initgroups(b->name, b->gid) == 0 : setgroups(1, &b->gid) == 0;
    if (b->uid != 0)
        sandbox_drop_bounding_set();
    return groups && setresgid(b->gid, b->gid, b->gid) == 0 && setresuid(b->uid, b->uid, b->uid) == 0 &&
           (b->uid == 0 || setresuid(0, 0, 0) < 0); /* there is no way back */
}

/* What would be missed later, at a reload or at the first write. */
static int check_access(struct becoming *b, const char *config)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY"), *who = b->conf->user ? b->conf->user : "it";
    int problems = 0;
    for (const struct json *m = json_first(b->conf->storage.options.value); m != NULL; m = json_next(m)) {
        struct ipam_str text = json_str(m);
        const char *folder;
        if (text.len < 2 || text.data[0] != '/')
            continue;
        folder = folder_of(b, arena_memdup(&b->arena, text.data, text.len));
        if (access(folder, F_OK) == 0 && access(folder, W_OK | X_OK) < 0 && ++problems)
            conf_problem(
                &b->conf->user_place, b->report, b->report_user,
                "the folder %s is not one that %s may write in, and holds what is not ipamd's, so it "
                "was left as it is; chown it to %s, or give the storage a folder of its own",
                folder, who, who);
    }
    if (access(config, R_OK) < 0 && ++problems)
        conf_problem(&b->conf->user_place, b->report, b->report_user,
                     "%s may not read %s, which a reload needs; let it: chgrp and chmod g+r", who, config);
    if (credentials != NULL && access(credentials, R_OK | X_OK) < 0 && ++problems)
        conf_problem(&b->conf->user_place, b->report, b->report_user,
                     "%s may not read the credentials in %s; with User= in the unit systemd makes them "
                     "readable, else chown the folder",
                     who, credentials);
    return problems;
}

static int become(struct becoming *b, const char *config, bool keeps)
{
    int problems = find_user(b);
    problems += find_group(b);
    if (problems > 0 || (b->uid == geteuid() && b->gid == getegid()))
        return problems;
    if (geteuid() != 0) {
        if (!keeps) /* who looks on looks as who he is */
            return 0;
        conf_problem(b->conf->user ? &b->conf->user_place : &b->conf->group_place, b->report, b->report_user,
                     "user or group is not who started this, %u:%u; start it as root, as that user, or take "
                     "the key out",
                     (unsigned)geteuid(), (unsigned)getegid());
        return 1;
    }
    if (keeps)
        give(b);
    if (!switch_to(b)) {
        conf_problem(b->conf->user ? &b->conf->user_place : &b->conf->group_place, b->report, b->report_user,
                     "it cannot be become: %s; root needs CAP_SETUID and CAP_SETGID for it", strerror(errno));
        return 1;
    }
    return keeps ? check_access(b, config) : 0;
}

int app_become_user(const char *config, const struct conf *conf, bool keeps, conf_report report, void *user)
{
    struct becoming b = {
        .conf = conf, .report = report, .report_user = user, .uid = geteuid(), .gid = getegid()
    };
    int problems;
    if (conf->user == NULL && conf->group == NULL)
        return 0;
    arena_init(&b.arena, 0);
    problems = become(&b, config, keeps);
    arena_fini(&b.arena);
    return problems;
}
