/* file.hpp - the text file that plays the server, read as a whole and put in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FILE_HPP
#define FILE_HPP

#include <ipam/plugin.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

/* What ends a call: a status, and what happened, where, and what to do. */
struct Failure : std::runtime_error {
    Failure(int32_t status_, const std::string &text) : std::runtime_error(text), status(status_)
    {
    }
    int32_t status;
};

/* In the order in which read_config emits what belongs to one scope. */
enum class Kind { scope, pool, reservation, lease };

struct Line {
    Kind kind = Kind::scope;
    size_t number = 0;               /* in the file, for messages */
    std::string native;              /* the scope's identifier: the server's word, not ours */
    ipam_prefix prefix = {};         /* of a scope */
    ipam_addr first = {}, last = {}; /* of a pool; a reservation and a lease have their address in `first` */
    std::array<uint8_t, 6> mac = {};
    std::string name;
    int64_t seconds = 0; /* lease time of a scope; end of a lease, since 1970 */
};

struct File {
    std::vector<Line> lines; /* by scope, then by kind, then by address */
    int64_t changed_ms = 0;  /* when it was last written, since 1970 */
    std::string token;       /* names the configuration: the same for the same lines but leases */

    /* Reads all of it; throws Failure. `cancelled` is asked at each line. */
    template <class Cancelled> static File read(const std::string &path, Cancelled cancelled)
    {
        File f;
        size_t number = 0;

        for (const std::string &text : f.take(path)) {
            if (cancelled())
                throw Failure(IPAM_E_CANCELED, "cancelled");
            f.add(path, text, ++number);
        }
        f.order();
        return f;
    }

    /* Its leases alone, in ascending order of their addresses. */
    std::vector<Line> leases() const;

  private:
    std::vector<std::string> take(const std::string &path);
    void add(const std::string &path, const std::string &text, size_t number);
    void order();
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a of what the token names */
};

/* An address from its text, and the text of one; throw std::invalid_argument. */
ipam_addr address(const std::string &text);
std::string address_text(const ipam_addr &a);

/* By family, then by value. */
bool operator<(const ipam_addr &a, const ipam_addr &b);

#endif
