/* landlock.c - paths, TCP ports and signals, fenced by the kernel's Landlock.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The numbers are the kernel's interface, which the headers of a build may be too old for: what the running
 * kernel knows is asked at run time. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/sandbox_p.h"

#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

#define ASK_VERSION 1u /* of CREATE_RULESET */
#define RULE_PATH   1
#define RULE_PORT   2

#define FS_EXECUTE   (1u << 0)
#define FS_WRITE     (1u << 1)
#define FS_READ      (1u << 2)
#define FS_READ_DIR  (1u << 3)
#define FS_REMOVE    (3u << 4)                     /* folders, files */
#define FS_MAKE      (0x7fu << 6)                  /* devices, folders, files, sockets, pipes, links */
#define FS_MAKE_OURS (1u << 7 | 1u << 8 | 1u << 9) /* folders, files, sockets */
#define FS_REFER     (1u << 13)                    /* version 2 */
#define FS_TRUNCATE  (1u << 14)                    /* version 3 */
#define FS_IOCTL     (1u << 15)                    /* version 5 */
#define FS_OF_A_FILE (FS_EXECUTE | FS_WRITE | FS_READ | FS_TRUNCATE)

#define NET_SERVE   1u
#define NET_CONNECT 2u

#define SCOPE_ABSTRACT 1u /* sockets with abstract names, of others */
#define SCOPE_SIGNAL   2u

struct ruleset {
    uint64_t fs, net, scoped;
};
struct rule_path {
    uint64_t fs;
    int32_t fd;
} __attribute__((packed));
struct rule_port {
    uint64_t net, port;
};

/* What a program, the loader and libc read whatever else it does. */
static const char *const system_paths[] = {
    "/usr",
    "/lib",
    "/lib32",
    "/lib64", /* libraries, time zones, authorities of TLS, character sets */
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates", /* the authorities, where they are links */
    "/etc/gnutls",
    "/etc/crypto-policies",
    "/proc/self",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/cpuinfo", /* the process itself; what libuv counts */
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/kernel/random",
    "/proc/sys/net/core/somaxconn",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage", /* malloc, sysconf */
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
    NULL
};
/* How a name becomes an address. */
static const char *const resolver_paths[] = {
    "/etc/resolv.conf", "/etc/hosts",          "/etc/host.conf", "/etc/nsswitch.conf",
    "/etc/gai.conf",    "/etc/services",       "/etc/protocols", "/run/systemd/resolve",
    "/run/resolvconf",  "/run/NetworkManager", "/run/connman",   NULL
};

int landlock_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

    return version > 0 ? (int)version : 0;
}

static uint64_t known_fs(int version)
{
    uint64_t all = FS_EXECUTE | FS_WRITE | FS_READ | FS_READ_DIR | FS_REMOVE | FS_MAKE;

    all |= version >= 2 ? FS_REFER : 0;
    all |= version >= 3 ? FS_TRUNCATE : 0;
    return all | (version >= 5 ? FS_IOCTL : 0);
}

static uint64_t fs_of(unsigned rights)
{
    uint64_t fs = 0;

    fs |= rights & SANDBOX_READ ? FS_READ | FS_READ_DIR : 0;
    fs |= rights & SANDBOX_WRITE ? FS_WRITE | FS_TRUNCATE : 0;
    fs |= rights & SANDBOX_CHANGE ? FS_REMOVE | FS_MAKE_OURS : 0;
    return fs | (rights & SANDBOX_EXECUTE ? FS_EXECUTE : 0);
}

/* A path that is not there has nothing to be allowed. */
static int add_path(int ruleset, const char *path, uint64_t fs)
{
    struct rule_path rule = { .fd = open(path, O_PATH | O_CLOEXEC) };
    struct stat st;
    int status = 0;

    if (rule.fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
    if (fstat(rule.fd, &st) == 0 && !S_ISDIR(st.st_mode))
        fs &= FS_OF_A_FILE;
    rule.fs = fs;
    if (fs != 0 && syscall(ADD_RULE, ruleset, RULE_PATH, &rule, 0) < 0)
        status = -errno;
    /* A rule holds for the file that the path names now. A process' own folder in /proc may be made anew when
     * nobody has it open: it stays open. */
    if (status < 0 || strcmp(path, "/proc/self") != 0)
        close(rule.fd);
    return status;
}

/* The folder of a file, for reading; not one directly below the root. */
static int add_folder(int ruleset, const char *file)
{
    const char *slash = strrchr(file, '/');
    char folder[4096];
    struct stat st;
    size_t len = slash != NULL ? (size_t)(slash - file) : 0;

    if (len < 2 || len >= sizeof(folder) || (stat(file, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    memcpy(folder, file, len);
    folder[len] = '\0';
    return strchr(folder + 1, '/') != NULL ? add_path(ruleset, folder, FS_READ | FS_READ_DIR) : 0;
}

static int add_paths(int ruleset, const char *const *paths, uint64_t fs)
{
    int status = 0;

    for (; *paths != NULL && status == 0; paths++)
        status = add_path(ruleset, *paths, fs);
    return status;
}

/* LD_LIBRARY_PATH, where somebody uses it. */
static int add_libraries(int ruleset, uint64_t fs)
{
    const char *at = getenv("LD_LIBRARY_PATH");
    char path[4096];
    int status = 0;

    while (at != NULL && *at != '\0' && status == 0) {
        size_t len = strcspn(at, ":");

        if (len > 0 && len < sizeof(path)) {
            memcpy(path, at, len);
            path[len] = '\0';
            status = add_path(ruleset, path, fs);
        }
        at += len + (at[len] == ':');
    }
    return status;
}

/* The program interpreter of this program, and so of the helper: the kernel executes it with the program. */
static int find_interpreter(struct dl_phdr_info *info, size_t size, void *ret)
{
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)ret = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the first is the program */
}

static int add_interpreter(int ruleset)
{
    const char *path = NULL;

    dl_iterate_phdr(find_interpreter, &path);
    return path != NULL ? add_path(ruleset, path, FS_EXECUTE) : 0;
}

static int add_ports(int ruleset, const struct sandbox_rules *r)
{
    for (unsigned i = 0; i < r->port_count; i++) {
        struct rule_port rule = { NET_CONNECT, r->ports[i] };

        if (syscall(ADD_RULE, ruleset, RULE_PORT, &rule, 0) < 0)
            return -errno;
    }
    return 0;
}

/* What is handled is forbidden, but for the rules. The keeper's fence is around its helpers, too: it leaves
 * to theirs what they need and it does not. */
static struct ruleset handled(const struct sandbox_rules *r, int version)
{
    const char *notify = getenv("NOTIFY_SOCKET");
    bool abstract = r->process == SANDBOX_DAEMON && notify != NULL && notify[0] == '@';
    struct ruleset set = { .fs = known_fs(version) };

    if (r->process == SANDBOX_KEEPER)
        set.fs &= FS_EXECUTE | FS_REMOVE | FS_MAKE | FS_REFER;
    if (version >= LANDLOCK_PORTS)
        set.net = NET_SERVE | NET_CONNECT;
    if (r->process == SANDBOX_KEEPER || (r->process == SANDBOX_DAEMON && r->internet) || r->any_port)
        set.net &= NET_SERVE;
    if (version >= LANDLOCK_SIGNALS)
        set.scoped = SCOPE_SIGNAL | (abstract ? 0 : SCOPE_ABSTRACT);
    return set;
}

static size_t size_for(int version)
{
    return version >= LANDLOCK_SIGNALS ? sizeof(struct ruleset)
           : version >= LANDLOCK_PORTS ? offsetof(struct ruleset, scoped)
                                       : offsetof(struct ruleset, net);
}

static int add_rules(int ruleset, const struct sandbox_rules *r, uint64_t fs, bool ports)
{
    bool resolves = r->process == SANDBOX_HELPER || r->process == SANDBOX_DOORMAN || r->internet;
    int status = 0;

    for (unsigned i = 0; i < r->path_count && status == 0; i++) {
        status = add_path(ruleset, r->paths[i].path, fs_of(r->paths[i].rights) & fs);
        if (status == 0 && r->paths[i].rights & SANDBOX_BESIDE)
            status = add_folder(ruleset, r->paths[i].path);
    }
    if (status == 0 && ports)
        status = add_ports(ruleset, r);
    if (r->process == SANDBOX_KEEPER)
        return status == 0 ? add_interpreter(ruleset) : status;
    if (status == 0)
        status = add_paths(ruleset, system_paths, FS_READ | FS_READ_DIR);
    if (status == 0)
        status = add_path(ruleset, "/proc/self/exe", FS_READ);
    if (status == 0)
        status = add_path(ruleset, "/dev/null", (FS_READ | FS_WRITE | FS_TRUNCATE) & fs);
    /* Folders, not what is in them: libuv keeps a descriptor of the root folder, to have one to spare when
     * they run out, and opens it anew each time; without it the loop would turn for ever. */
    if (status == 0 && r->process == SANDBOX_DAEMON)
        status = add_path(ruleset, "/", FS_READ_DIR);
    if (status == 0)
        status = add_libraries(ruleset, FS_READ | FS_READ_DIR);
    return status == 0 && resolves ? add_paths(ruleset, resolver_paths, FS_READ | FS_READ_DIR) : status;
}

int landlock_enter(const struct sandbox_rules *r, int version)
{
    struct ruleset set = handled(r, version);
    long ruleset = syscall(CREATE_RULESET, &set, size_for(version), 0);
    int status;

    if (ruleset < 0)
        return -errno;
    status = add_rules((int)ruleset, r, set.fs, (set.net & NET_CONNECT) != 0);
    if (status == 0 && syscall(RESTRICT_SELF, ruleset, 0) < 0)
        status = -errno;
    close((int)ruleset);
    return status;
}
