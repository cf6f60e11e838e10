/* powercut.c - preloaded into a daemon: writes down what it does to one folder, and fails what it is told to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The files always hold everything, so the daemon sees its own writes. What a power cut leaves of them powercut.py
 * plays back from the journal: a record before each change, and one after each sync. A sync does not go to the real
 * disk, which would tell nothing here; it takes control.delay_us. Changes are serialised, so that the journal is
 * their order.
 *
 * Environment: POWERCUT_FOLDER, POWERCUT_JOURNAL (made by the first process that opens a file of the folder; a second
 * one is refused), POWERCUT_CONTROL (struct powercut_control), POWERCUT_SUFFIX (of the victims). Without
 * POWERCUT_FOLDER nothing is done. Not followed: subfolders, stdio, mmap, copies inside the kernel; powercut.py finds
 * out when it was missed, since it compares all that is written down with the files. */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "powercut.h"
#include "powercut_journal.h"

#define EXPORT __attribute__((visibility("default")))
#define MAX_FD 4096

_Static_assert(sizeof(off_t) == 8, "the 64-bit names below are the same calls");

static struct {
    int (*open)(const char *, int, ...);
    int (*openat)(int, const char *, int, ...);
    int (*close)(int);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*writev)(int, const struct iovec *, int);
    ssize_t (*pwrite)(int, const void *, size_t, off_t);
    ssize_t (*pwritev)(int, const struct iovec *, int, off_t);
    int (*ftruncate)(int, off_t);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*unlinkat)(int, const char *, int);
    int (*renameat)(int, const char *, int, const char *);
} next;

enum kind { NONE, FOLDER, DATA };

static struct slot {
    enum kind kind;
    int victim;               /* its name ends in POWERCUT_SUFFIX */
    ino_t ino;
} slots[MAX_FD];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char folder[PATH_MAX];
static struct stat folder_stat;
static const char *suffix;
static int dirty;             /* a victim was written since the last sync of one */
static ino_t frozen;          /* the next sync of this file waits for ever; 0: none */
static struct powercut_control no_control, *control = &no_control;

static void prepare_control(void)
{
    const char *path = getenv("POWERCUT_CONTROL");
    int fd;

    if (!path)
        return;
    fd = next.open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        powercut_die(path);
    control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (control == MAP_FAILED)
        powercut_die("mmap of the control file");
    next.close(fd);
}

static void prepare(void)
{
    const char *path = getenv("POWERCUT_FOLDER");

#define FIND(name) (*(void **)&next.name = dlsym(RTLD_NEXT, #name))
    FIND(open); FIND(openat); FIND(close); FIND(write); FIND(writev); FIND(pwrite); FIND(pwritev);
    FIND(ftruncate); FIND(fsync); FIND(fdatasync); FIND(unlinkat); FIND(renameat);
#undef FIND
    if (!path)
        return;
    if (!realpath(path, folder) || stat(folder, &folder_stat))
        powercut_die(path);
    suffix = getenv("POWERCUT_SUFFIX");
    if (!suffix) {
        errno = EINVAL;
        powercut_die("POWERCUT_SUFFIX is needed");
    }
    prepare_control();
}

static void ready(void) { pthread_once(&once, prepare); }
static void lock(void) { pthread_mutex_lock(&mutex); }
static void unlock(void) { pthread_mutex_unlock(&mutex); }

static int is_folder(const struct stat *st)
{
    return S_ISDIR(st->st_mode) && st->st_ino == folder_stat.st_ino && st->st_dev == folder_stat.st_dev;
}

/* The name in the folder of a path, whose parent may be written in any way; NULL for one elsewhere. */
static const char *name_of(int at, const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct stat st;

    if (!folder[0] || !name[0] || !strcmp(name, ".") || !strcmp(name, ".."))
        return NULL;
    snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    if (fstatat(at, parent, &st, 0) || !is_folder(&st))
        return NULL;
    return name;
}

/* Follows a descriptor that was opened by this name in the folder. */
static void follow_file(int fd, const char *name, int existed)
{
    size_t n = strlen(name), end = strlen(suffix);
    int victim = n >= end && !strcmp(name + n - end, suffix);
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return;
    if (fd >= MAX_FD) {
        errno = EMFILE;
        powercut_die("descriptor of a file in the folder");
    }
    slots[fd] = (struct slot){ .kind = DATA, .ino = st.st_ino, .victim = victim };
    journal_name(existed ? POWERCUT_OPEN : POWERCUT_CREATE, st.st_ino, name);
}

static void follow_folder(int fd)
{
    struct stat st;

    if (fd < MAX_FD && !fstat(fd, &st) && is_folder(&st))
        slots[fd] = (struct slot){ .kind = FOLDER };
}

/* Without the lock, so of use only to leave at once what is not followed. */
static int followed(int fd)
{
    ready();
    return fd >= 0 && fd < MAX_FD && slots[fd].kind != NONE;
}

/* The slot of a followed descriptor, or NULL. One closed behind our back and given out again is forgotten. */
static struct slot *slot_of(int fd)
{
    struct stat st;

    if (!followed(fd))
        return NULL;
    if (fstat(fd, &st) ||
        !(slots[fd].kind == FOLDER ? is_folder(&st) : S_ISREG(st.st_mode) && st.st_ino == slots[fd].ino)) {
        slots[fd].kind = NONE;
        return NULL;
    }
    return &slots[fd];
}

static int open_any(int at, const char *path, int flags, mode_t mode)
{
    const char *name;
    struct stat st;
    int fd, existed;

    ready();
    name = name_of(at, path);
    if (!name) {                  /* without the lock: opening a pipe can wait for ever */
        fd = next.openat(at, path, flags, mode);
        if (fd >= 0 && folder[0])
            follow_folder(fd);
        return fd;
    }
    lock();
    existed = !fstatat(at, path, &st, 0);
    if (existed && (flags & O_TRUNC)) {
        journal_name(POWERCUT_OPEN, st.st_ino, name);
        journal_note(POWERCUT_SIZE, st.st_ino, 0, 0);
    }
    fd = next.openat(at, path, flags, mode);
    if (fd >= 0)
        follow_file(fd, name, existed);
    else if (existed && (flags & O_TRUNC))
        journal_note(POWERCUT_SHORT, st.st_ino, 0, 0);
    unlock();
    return fd;
}

#define MODE_OF(flags, mode) \
    do { \
        if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
            va_list ap; \
            va_start(ap, flags); \
            mode = va_arg(ap, mode_t); \
            va_end(ap); \
        } \
    } while (0)

EXPORT int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return open_any(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int at, const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return open_any(at, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...) __attribute__((alias("open")));
EXPORT int openat64(int at, const char *path, int flags, ...) __attribute__((alias("openat")));
/* What a fortified program calls instead. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
EXPORT int __open_2(const char *path, int flags) { return open_any(AT_FDCWD, path, flags, 0); }
EXPORT int __open64_2(const char *path, int flags) { return open_any(AT_FDCWD, path, flags, 0); }

EXPORT int creat(const char *path, mode_t mode)
{
    return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORT int creat64(const char *path, mode_t mode) __attribute__((alias("creat")));

EXPORT int close(int fd)
{
    if (followed(fd)) {
        lock();
        slots[fd].kind = NONE;
        unlock();
    }
    return next.close(fd);
}

static void take_time(void)
{
    struct timespec ts;
    uint64_t ns;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
    __atomic_store_n(&control->fired_ns, ns, __ATOMIC_RELEASE);
}

/* Whether a countdown ends now. */
static int counted_down(uint32_t *countdown)
{
    uint32_t n = __atomic_load_n(countdown, __ATOMIC_ACQUIRE);

    if (n)
        __atomic_store_n(countdown, n - 1, __ATOMIC_RELEASE);
    return n == 1;
}

/* Offset -1: where the descriptor stands. */
static ssize_t write_followed(int fd, const struct iovec *parts, int count, off_t offset)
{
    struct slot *slot;
    size_t wanted = 0;
    ssize_t n;
    int i;

    lock();
    slot = slot_of(fd);
    if (slot && slot->kind == DATA) {
        if (count > JOURNAL_PARTS) {
            errno = E2BIG;
            powercut_die("write in too many parts");
        }
        for (i = 0; i < count; i++)
            wanted += parts[i].iov_len;
        if (!slot->victim && counted_down(&control->crash)) {
            take_time();
            raise(SIGKILL);
        }
        n = offset >= 0 ? offset : lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
        journal_put(POWERCUT_WRITE, slot->ino, (uint64_t)n, 0, parts, count);
        dirty |= slot->victim;
    }
    n = offset >= 0 ? next.pwritev(fd, parts, count, offset) : next.writev(fd, parts, count);
    if (slot && slot->kind == DATA && (n < 0 || (size_t)n != wanted))
        journal_note(POWERCUT_SHORT, slot->ino, n < 0 ? 0 : (uint64_t)n, 0);
    unlock();
    return n;
}

EXPORT ssize_t write(int fd, const void *data, size_t n)
{
    struct iovec part = { (void *)(uintptr_t)data, n };

    return followed(fd) ? write_followed(fd, &part, 1, -1) : next.write(fd, data, n);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return followed(fd) ? write_followed(fd, parts, count, -1) : next.writev(fd, parts, count);
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
    struct iovec part = { (void *)(uintptr_t)data, n };

    return followed(fd) ? write_followed(fd, &part, 1, offset) : next.pwrite(fd, data, n, offset);
}

EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return followed(fd) ? write_followed(fd, parts, count, offset) : next.pwritev(fd, parts, count, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t n, off_t offset) __attribute__((alias("pwrite")));
EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
    __attribute__((alias("pwritev")));

EXPORT int ftruncate(int fd, off_t size)
{
    struct slot *slot;
    int rc;

    if (!followed(fd))
        return next.ftruncate(fd, size);
    lock();
    slot = slot_of(fd);
    if (slot) {
        journal_note(POWERCUT_SIZE, slot->ino, (uint64_t)size, 0);
        dirty |= slot->victim;
    }
    rc = next.ftruncate(fd, size);
    if (rc && slot)
        journal_note(POWERCUT_SHORT, slot->ino, 0, 0);
    unlock();
    return rc;
}

EXPORT int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

/* What becomes of the sync of a file, decided when it begins. */
static enum powercut_type judge(struct slot *slot)
{
    if (!slot->victim || !dirty)
        return POWERCUT_SYNC;
    dirty = 0;
    __atomic_add_fetch(&control->syncs, 1, __ATOMIC_RELAXED);
    if (counted_down(&control->fail))
        return POWERCUT_SYNC_FAILED;
    if (counted_down(&control->drop)) {
        frozen = slot->ino;
        return POWERCUT_SYNC_DROPPED;
    }
    return POWERCUT_SYNC;
}

static int sync_any(int fd, int (*real)(int))
{
    enum powercut_type type = POWERCUT_FOLDER_SYNC;
    struct slot *slot;
    uint64_t upto;
    ino_t ino;

    lock();
    slot = slot_of(fd);
    if (!slot) {
        unlock();
        return real(fd);
    }
    upto = journal_records();
    ino = slot->ino;
    if (slot->kind == DATA) {
        if (ino == frozen) {
            unlock();
            for (;;)
                pause();
        }
        type = judge(slot);
    }
    unlock();
    usleep(__atomic_load_n(&control->delay_us, __ATOMIC_RELAXED));
    lock();
    journal_note(type, ino, 0, upto);
    if (type == POWERCUT_SYNC_FAILED || type == POWERCUT_SYNC_DROPPED)
        take_time();
    unlock();
    if (type != POWERCUT_SYNC_FAILED)
        return 0;
    errno = EIO;
    return -1;
}

EXPORT int fsync(int fd) { return followed(fd) ? sync_any(fd, next.fsync) : next.fsync(fd); }
EXPORT int fdatasync(int fd) { return followed(fd) ? sync_any(fd, next.fdatasync) : next.fdatasync(fd); }

EXPORT int unlinkat(int at, const char *path, int flags)
{
    const char *name;
    int rc;

    ready();
    name = flags & AT_REMOVEDIR ? NULL : name_of(at, path);
    if (!name)
        return next.unlinkat(at, path, flags);
    lock();
    journal_name(POWERCUT_UNLINK, 0, name);
    rc = next.unlinkat(at, path, flags);
    if (rc)
        journal_note(POWERCUT_SHORT, 0, 0, 0);
    unlock();
    return rc;
}

EXPORT int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

EXPORT int renameat(int from_at, const char *from, int to_at, const char *to)
{
    struct iovec parts[2];
    const char *old, *new;
    int rc;

    ready();
    old = name_of(from_at, from);
    new = name_of(to_at, to);
    if (!old && !new)
        return next.renameat(from_at, from, to_at, to);
    if (!old || !new) {
        errno = EXDEV;
        powercut_die("a file moved into the folder or out of it");
    }
    lock();
    parts[0] = (struct iovec){ (char *)(uintptr_t)old, strlen(old) + 1 };
    parts[1] = (struct iovec){ (char *)(uintptr_t)new, strlen(new) };
    journal_put(POWERCUT_RENAME, 0, 0, 0, parts, 2);
    rc = next.renameat(from_at, from, to_at, to);
    if (rc)
        journal_note(POWERCUT_SHORT, 0, 0, 0);
    unlock();
    return rc;
}

EXPORT int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }
