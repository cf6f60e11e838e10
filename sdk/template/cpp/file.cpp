/* file.cpp - a text file becomes lines, and a line values, or a reason why not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing the server says is trusted: every number has its range, every text its longest, and what does not
 * fit is told with its place instead of being mended by a guess. */
#include "file.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <system_error>
#include <thread>
#include <tuple>

namespace
{

const size_t file_max = 8 << 20, native_max = 64, text_max = 128; /* the last two as records.def has them */
const int young_s = 1, pause_ms = 30, pauses_max = 20; /* a file written so lately may still be at it */
const char being_written[] = " is still being written; try again, or see what writes it";

struct Descriptor { /* closed on every way out */
    explicit Descriptor(int fd_) : fd(fd_)
    {
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor()
    {
        if (fd >= 0)
            close(fd);
    }
    int fd;
};

/* The code is -errno where the header has it. */
Failure cannot(const char *what, const std::string &path)
{
    int error = errno;
    int32_t status = error == ENOENT ? IPAM_E_NOENT : error == EACCES ? IPAM_E_ACCESS : IPAM_E_IO;

    return Failure(status, std::string("cannot ") + what + " " + path + ": " +
                               std::system_category().message(error) +
                               "; correct the option \"file\", or let the user of ipamd read it");
}

struct stat look(const Descriptor &in, const std::string &path)
{
    struct stat st;

    if (fstat(in.fd, &st) < 0)
        throw cannot("examine", path);
    return st;
}

bool same(const struct stat &a, const struct stat &b)
{
    return a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
           a.st_size == b.st_size;
}

/* PROMISE: half a file never passes for a whole one. Who writes a file in place leaves it empty, or ending at
 * some line, for a moment: one that was written just now is looked at again until it is at rest. */
struct stat settle(const Descriptor &in, const std::string &path)
{
    struct stat st = look(in, path);

    for (int i = 0; i < pauses_max; i++) {
        struct stat before = st;

        if (std::time(nullptr) - st.st_mtim.tv_sec > young_s)
            return st;
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        st = look(in, path);
        if (same(before, st))
            return st;
    }
    throw Failure(IPAM_E_PROTO, path + being_written);
}

int64_t number(const std::string &text, int64_t max, const char *wrong)
{
    char *end = nullptr;
    long long n;

    errno = 0;
    n = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || errno != 0 || n < 0 || n > max)
        throw std::invalid_argument(wrong);
    return n;
}

/* Bits beyond the length must be zero: 10.0.0.1/24 is an address, not a prefix. */
ipam_prefix prefix(const std::string &text)
{
    size_t slash = text.find('/');
    ipam_prefix p = {};
    unsigned bits;

    if (slash == std::string::npos)
        throw std::invalid_argument("the prefix is none");
    p.addr = address(text.substr(0, slash));
    bits = p.addr.family == 4 ? 32 : 128;
    p.length = static_cast<uint8_t>(number(text.substr(slash + 1), bits, "the prefix is none"));
    for (unsigned i = p.length; i < bits; i++)
        if (p.addr.bytes[i / 8] & (0x80 >> i % 8))
            throw std::invalid_argument("the prefix has host bits");
    return p;
}

std::array<uint8_t, 6> mac(const std::string &text)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    std::array<uint8_t, 6> m = {};

    for (size_t i = 0; i < 17; i++) {
        const char *at = i < text.size() && text[i] ? std::strchr(digits, text[i]) : nullptr;
        long value = at == nullptr ? -1 : at - digits;

        if (text.size() != 17 || (i % 3 == 2 ? text[i] != ':' : value < 0))
            throw std::invalid_argument("the hardware address is not of the form 02:00:5e:00:53:01");
        if (i % 3 != 2)
            m[i / 3] = static_cast<uint8_t>(m[i / 3] << 4 | (value > 15 ? value - 6 : value));
    }
    return m;
}

/* Texts that cross the line are UTF-8. This format has ASCII only, which is; a driver of a server that says
 * anything else checks it, and leaves the field out when it is none. */
std::string text(const std::string &s, size_t max, const char *wrong)
{
    if (s.size() > max || std::any_of(s.begin(), s.end(), [](char c) { return c < 0x20 || c > 0x7e; }))
        throw std::invalid_argument(wrong);
    return s;
}

std::vector<std::string> split(const std::string &s, char at)
{
    std::vector<std::string> parts;
    size_t from = 0, to;

    while ((to = s.find(at, from)) != std::string::npos) {
        parts.push_back(s.substr(from, to - from));
        from = to + 1;
    }
    parts.push_back(s.substr(from));
    return parts;
}

Line parse(const std::string &line)
{
    static const struct {
        const char *name;
        size_t fields;
        Kind kind;
    } kinds[] = { { "scope", 5, Kind::scope },
                  { "pool", 4, Kind::pool },
                  { "reservation", 5, Kind::reservation },
                  { "lease", 6, Kind::lease } };
    std::vector<std::string> f = split(line, ',');
    const auto *kind = std::find_if(std::begin(kinds), std::end(kinds),
                                    [&](decltype(kinds[0]) &k) { return f[0] == k.name; });
    Line l;

    if (kind == std::end(kinds))
        throw std::invalid_argument("it begins with none of scope, pool, reservation and lease");
    if (f.size() != kind->fields)
        throw std::invalid_argument("it has too few or too many fields");
    l.kind = kind->kind;
    l.native = text(f[1], native_max, "the scope's identifier is longer than 64 bytes, or no ASCII");
    if (l.native.empty())
        throw std::invalid_argument("the scope's identifier is empty");
    if (l.kind == Kind::scope) {
        l.prefix = prefix(f[2]);
        l.seconds = number(f[4], UINT32_MAX, "the lease time is no number of seconds");
    } else {
        l.first = address(f[2]);
    }
    if (l.kind == Kind::pool) {
        l.last = address(f[3]);
        if (l.last < l.first)
            throw std::invalid_argument("the last address is below the first");
        return l;
    }
    l.name =
        text(f[l.kind == Kind::scope ? 3 : 4], text_max, "the name is longer than 128 bytes, or no ASCII");
    if (l.kind != Kind::scope)
        l.mac = mac(f[3]);
    if (l.kind == Kind::lease)
        l.seconds = number(f[5], UINT32_MAX, "the end is no number of seconds since 1970");
    return l;
}

} // namespace

ipam_addr address(const std::string &text)
{
    ipam_addr a = {};

    if (inet_pton(AF_INET, text.c_str(), a.bytes) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, text.c_str(), a.bytes) == 1)
        a.family = 6;
    else
        throw std::invalid_argument("an address is none");
    return a;
}

std::string address_text(const ipam_addr &a)
{
    char buf[INET6_ADDRSTRLEN];

    if (inet_ntop(a.family == 4 ? AF_INET : AF_INET6, a.bytes, buf, sizeof(buf)) == nullptr)
        throw std::invalid_argument("an address is none");
    return buf;
}

bool operator<(const ipam_addr &a, const ipam_addr &b)
{
    return a.family != b.family ? a.family < b.family : std::memcmp(a.bytes, b.bytes, sizeof(a.bytes)) < 0;
}

std::vector<std::string> File::take(const std::string &path)
{
    /* Close-on-exec, and never waiting: a path may lead to a pipe. */
    Descriptor in(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat st;
    std::string all;

    if (in.fd < 0)
        throw cannot("open", path);
    st = settle(in, path);
    if (!S_ISREG(st.st_mode))
        throw Failure(IPAM_E_CONFIG, path + " is no regular file; correct the option \"file\"");
    for (;;) {
        char buf[65536];
        ssize_t n = ::read(in.fd, buf, sizeof(buf));

        if (n < 0 && errno != EINTR)
            throw cannot("read", path);
        if (n == 0)
            break;
        all.append(buf, n > 0 ? static_cast<size_t>(n) : 0);
        if (all.size() > file_max)
            throw Failure(IPAM_E_TOOBIG, path + " is larger than 8 MiB; correct the option \"file\"");
    }
    if (!same(st, look(in, path)))
        throw Failure(IPAM_E_PROTO, path + being_written);
    /* What is missing in half a file would count as gone. */
    if (all.find('\0') != std::string::npos || (!all.empty() && all.back() != '\n'))
        throw Failure(IPAM_E_PROTO, path +
                                        " holds a NUL, or its last line has no end: it is no text, or still "
                                        "being written; try again, or correct what writes it");
    changed_ms = static_cast<int64_t>(st.st_mtim.tv_sec) * 1000 + st.st_mtim.tv_nsec / 1000000;
    return split(all, '\n');
}

void File::add(const std::string &path, const std::string &line, size_t number)
{
    if (line.empty() || line[0] == '#')
        return;
    if (line.compare(0, 6, "lease,") != 0)
        for (const char *c = line.c_str();; c++) { /* with its end */
            hash = (hash ^ static_cast<uint8_t>(*c)) * UINT64_C(0x100000001b3);
            if (*c == '\0')
                break;
        }
    try {
        lines.push_back(parse(line));
        lines.back().number = number;
    } catch (const std::invalid_argument &wrong) {
        throw Failure(IPAM_E_PROTO, path + ":" + std::to_string(number) + ": " + wrong.what() +
                                        "; correct the line, or what writes it");
    }
}

void File::order()
{
    char buf[17];

    std::snprintf(buf, sizeof(buf), "%016" PRIx64, hash);
    token = buf;
    std::sort(lines.begin(), lines.end(), [](const Line &a, const Line &b) {
        return std::tie(a.native, a.kind, a.first) < std::tie(b.native, b.kind, b.first);
    });
}

std::vector<Line> File::leases() const
{
    std::vector<Line> found;

    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
                 [](const Line &l) { return l.kind == Kind::lease; });
    std::sort(found.begin(), found.end(), [](const Line &a, const Line &b) { return a.first < b.first; });
    return found;
}
