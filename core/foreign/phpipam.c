/* phpipam.c - the dump of a phpIPAM database, as mysqldump writes it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Tables and columns are those of phpipam/phpipam, db/SCHEMA.sql. Addresses are decimal numbers there. A row
 * of subnets that is a folder is passed over; one in which others lie that are no folders is a block, another
 * a subnet; a row of ipaddresses is an address. vrf -> address space of that name, else the default one;
 * VLAN -> vlans; customer -> owner of a block or subnet; hostname -> name; tag (ipTags) -> state and
 * assignment, or status; section, switch port, notes -> description. A dump has its tables in the order of
 * their names, so that addresses come before their subnets: it is read twice, first for what joins the
 * tables, of which ids and names are kept. Rows of other tables are counted. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "foreign/sql.h"
#include "net/addr.h"
#include "net/u128.h"

#define SUBNETS_MOST (1u << 20)

enum { SUBNETS, ADDRESSES, VRFS, VLANS, SECTIONS, TAGS, CUSTOMERS, NAMED };

struct subnet {
    int64_t vrf;
    bool parent;
};

struct phpipam {
    struct sql sql;
    bool open, again, any;
    struct imap subnets;
    struct imap names[NAMED]; /* of what has an id: vrf, section, tag, customer; of a VLAN "number name" */
    const struct foreign_column *columns[FOREIGN_COLUMNS];
    unsigned notes[FOREIGN_COLUMNS];
};

/* --- the first time: what joins the tables --- */

static int64_t id_of(struct ipam_str s)
{
    int64_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9' || n > INT64_MAX / 10 - 9)
            return 0;
        n = n * 10 + (s.data[i] - '0');
    }
    return n;
}

static struct subnet *subnet_of(struct foreign *f, int64_t id)
{
    struct phpipam *own = f->own;
    struct subnet *s = imap_get(&own->subnets, (uint64_t)id);
    if (s != NULL || own->subnets.count == SUBNETS_MOST)
        return s;
    s = arena_alloc(&f->keep, sizeof(*s));
    if (s != NULL)
        imap_put(&own->subnets, (uint64_t)id, s);
    return s;
}

static int join_subnet(struct foreign *f, struct sql *s)
{
    int64_t id = id_of(sql_text(s, "id")), master = id_of(sql_text(s, "masterSubnetId"));
    bool folder = !foreign_is_no(sql_text(s, "isFolder"));
    struct subnet *self = subnet_of(f, id), *above = master != 0 ? subnet_of(f, master) : self;
    if (self == NULL || above == NULL)
        return foreign_fail(f, "line %u: more than %u subnets; dump them in parts", s->line, SUBNETS_MOST);
    self->vrf = id_of(sql_text(s, "vrfId"));
    if (master != 0 && !folder)
        above->parent = true;
    return 0;
}

static int join_name(struct foreign *f, struct sql *s, int which)
{
    static const char *const ids[] = { "", "", "vrfId", "vlanId", "id", "id", "id" };
    static const char *const titles[] = { "", "", "name", "name", "name", "type", "title" };
    struct phpipam *own = f->own;
    struct ipam_str name = sql_text(s, titles[which]);
    if (!utf8_valid(name.data != NULL ? name.data : "", name.len))
        return foreign_fail(f, "line %u: the name of a row of %s is not UTF-8", s->line, s->table);
    struct ipam_str number = sql_text(s, "number");
    const char *text = which == VLANS
                           ? arena_printf(&f->keep, "%lld " STR_FMT, (long long)id_of(number), STR_ARG(name))
                           : arena_printf(&f->keep, STR_FMT, STR_ARG(name));
    if (text == NULL)
        return foreign_fail(f, "line %u: the dump has too many names", s->line);
    imap_put(&own->names[which], (uint64_t)id_of(sql_text(s, ids[which])), (void *)(uintptr_t)text);
    return 0;
}

static struct ipam_str name_of(struct foreign *f, int which, struct ipam_str id)
{
    struct phpipam *own = f->own;
    int64_t n = id_of(id);
    return str_from(n != 0 ? imap_get(&own->names[which], (uint64_t)n) : NULL);
}

/* --- values --- */

/* "167772160", "42540766411282592856903984951653826560", 0A000000 in hexadecimal, or as people write it. */
static int read_addr(struct ipam_str s, bool hex, struct ipam_addr *ret)
{
    struct ipam_u128 n;
    uint128 v = 0;
    if (!hex && addr_parse(s.data, s.len, ret) == 0)
        return 0;
    if (hex && (s.len == 8 || s.len == 32)) {
        for (size_t i = 0; i < s.len; i++) {
            const char *digits = "0123456789abcdef", *at = strchr(digits, s.data[i] | 0x20);
            if (s.data[i] == '\0' || at == NULL || *at == '\0')
                return IPAM_E_INVAL;
            v = v << 4 | (unsigned)(at - digits);
        }
    } else if (!hex && u128_parse(s.data, s.len, &n) == 0) {
        v = u128_value(n);
    } else {
        return IPAM_E_INVAL;
    }
    memset(ret, 0, sizeof(*ret));
    ret->family = (hex && s.len == 8) || (!hex && v <= UINT32_MAX) ? 4 : 6;
    size_t bytes = addr_bits(ret->family) / 8;
    for (size_t i = 0; i < bytes; i++)
        ret->bytes[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    return 0;
}

static bool is_hex(const struct sql *s, const char *column)
{
    for (size_t i = 0; i < s->column_count && i < s->cell_count; i++)
        if (strcasecmp(s->columns[i], column) == 0)
            return s->cells[i].hex;
    return false;
}

static void put_prefix(struct foreign *f, struct sql *s)
{
    struct ipam_str subnet = sql_text(s, "subnet"), mask = sql_text(s, "mask");
    struct ipam_prefix p = { .length = 0 };
    char text[ADDR_TEXT_MAX + 8];
    int64_t length = id_of(mask);
    f->where = "subnet, mask";
    if (subnet.len == 0 || read_addr(subnet, is_hex(s, "subnet"), &p.addr) != 0 || mask.len == 0 ||
        length > 128) {
        foreign_refuse(f, "\"" STR_FMT "\" and \"" STR_FMT "\" are no network", STR_ARG(subnet),
                       STR_ARG(mask));
        return;
    }
    if (p.addr.family == 4 && length > 32) { /* a network of IPv6 that begins with zeros */
        memcpy(p.addr.bytes + 12, p.addr.bytes, 4);
        memset(p.addr.bytes, 0, 4);
        p.addr.family = 6;
    }
    size_t n = addr_print(&p.addr, text);
    n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u", (unsigned)length);
    foreign_set(f, "prefix", (struct ipam_str){ text, n });
}

static void put_address(struct foreign *f, struct sql *s)
{
    struct ipam_str text = sql_text(s, "ip_addr");
    struct ipam_addr a;
    f->where = "ip_addr";
    if (text.len == 0 || read_addr(text, is_hex(s, "ip_addr"), &a) != 0)
        foreign_refuse(f, "\"" STR_FMT "\" is no address", STR_ARG(text));
    else
        *(struct ipam_addr *)foreign_put(f, "address") = a;
}

static void put_space(struct foreign *f, int64_t vrf)
{
    struct phpipam *own = f->own;
    const char *name = vrf != 0 ? imap_get(&own->names[VRFS], (uint64_t)vrf) : NULL;
    if (name != NULL && name[0] != '\0')
        foreign_space(f, str_from(name), (struct ipam_str){ NULL, 0 });
    else if (vrf != 0)
        foreign_refuse(f, "there is no row of vrf with the id %lld", (long long)vrf);
}

static void take_owner(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    struct ipam_str name = name_of(f, CUSTOMERS, value);
    if (c->field != NULL)
        foreign_set(f, c->field, name);
    else
        foreign_extra(f, c->label, name);
}

static void take_section(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    foreign_extra(f, c->label, name_of(f, SECTIONS, value));
}

/* Blocks have no VLANs. */
static void take_vlan(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    struct ipam_str vlan = name_of(f, VLANS, value);
    const char *blank = vlan.len > 0 ? memchr(vlan.data, ' ', vlan.len) : NULL;
    if (blank == NULL) {
        foreign_set(f, c->field, (struct ipam_str){ NULL, 0 });
        return;
    }
    size_t len = (size_t)(blank - vlan.data);
    foreign_take_field(f, c, (struct ipam_str){ vlan.data, len });
    foreign_extra(f, c->label, (struct ipam_str){ blank + 1, vlan.len - len - 1 });
}

/* The four tags that are there from the beginning, when the dump does not name them. */
static struct ipam_str tag_of(struct foreign *f, struct ipam_str id)
{
    static const char *const first[] = { "", "Offline", "Used", "Reserved", "DHCP" };
    struct ipam_str name = name_of(f, TAGS, id);
    int64_t n = id_of(id);
    return name.len > 0 || n < 1 || n > 4 ? name : str_from(first[n]);
}

static void take_tag(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    static const struct foreign_word states[] = {
        { "offline", "inactive" }, { "used", "in-use" }, { "reserved", "reserved" },
        { "dhcp", "in-use" },      { NULL, NULL },
    };
    static const struct foreign_word statuses[] = {
        { "offline", "deprecated" }, { "used", "active" }, { "reserved", "reserved" },
        { "dhcp", "active" },        { NULL, NULL },
    };
    struct ipam_str tag = tag_of(f, value);
    const char *word = foreign_word(strcmp(c->field, "state") == 0 ? states : statuses, tag);
    foreign_set(f, c->field, str_from(word != NULL ? word : ""));
    if (word == NULL)
        foreign_extra(f, c->label, tag);
    if (foreign_is(tag, "dhcp") && strcmp(c->field, "state") == 0)
        foreign_set(f, "assignment", IPAM_STR("dynamic"));
}

/* --- the second time: rows --- */

static const struct foreign_column subnets[] = {
    { "id subnet mask vrfid mastersubnetid isfolder allowrequests showname pingsubnet discoversubnet "
      "resolvedns "
      "dnsrecursive dnsrecords editdate lastscan lastdiscovery",
      NULL, NULL, NULL },
    { "description", foreign_take_field, "description", NULL },
    { "sectionid", take_section, NULL, "section" },
    { "vlanid", take_vlan, "vlans", "VLAN" },
    { "customerid", take_owner, "owner", NULL },
    { "state", take_tag, "status", "tag" },
    { "isfull", foreign_take_yes, NULL, "marked as full" },
    { "ispool", foreign_take_yes, NULL, "pool" },
    { NULL, NULL, NULL, NULL },
};

static const struct foreign_column addresses[] = {
    { "id subnetid ipaddr lastseen excludeping ptrignore ptr editdate", NULL, NULL, NULL },
    { "hostname", foreign_take_field, "name", NULL },
    { "description", foreign_take_field, "description", NULL },
    { "mac", foreign_take_field, "mac", NULL },
    { "owner", foreign_take_field, "owner", NULL },
    { "state tag", take_tag, "state", "tag" },
    { "isgateway", foreign_take_yes, NULL, "gateway" },
    { "port", foreign_take_extra, NULL, "port" },
    { "note", foreign_take_extra, NULL, "note" },
    { "customerid", take_owner, NULL, "customer" },
    { NULL, NULL, NULL, NULL },
};

static void begin(struct foreign *f, struct sql *s)
{
    struct phpipam *own = f->own;
    char shown[RECORD_ECHO_SIZE];
    bool subnet = s->of == &s->tables[SUBNETS];
    own->any = true;
    if (!own->again || (!subnet && s->of != &s->tables[ADDRESSES]))
        return;
    for (size_t i = 0; i < s->column_count; i++) {
        own->columns[i] = foreign_column(subnet ? subnets : addresses, str_from(s->columns[i]));
        if (own->columns[i] == NULL)
            own->notes[i] = foreign_noting(f, "a value of the column %s of %s",
                                           record_echo(str_from(s->columns[i]), shown), s->of->name);
    }
}

static void take_cells(struct foreign *f, struct sql *s)
{
    struct phpipam *own = f->own;
    for (size_t i = 0; i < s->column_count; i++) {
        const struct foreign_column *c = own->columns[i];
        struct ipam_str value = foreign_trim(s->cells[i].text);
        f->where = s->columns[i];
        if (value.len > 0 && !utf8_valid(value.data, value.len))
            foreign_refuse(f, "is not UTF-8");
        else if (c == NULL && !foreign_is_no(value))
            foreign_pass(f, own->notes[i], s->line);
        else if (c != NULL && c->take != NULL)
            c->take(f, c, value);
    }
    f->where = NULL;
}

static void take_row(struct foreign *f, struct sql *s)
{
    struct phpipam *own = f->own;
    bool subnet = s->of == &s->tables[SUBNETS];
    int64_t id = id_of(sql_text(s, subnet ? "id" : "subnetId"));
    const struct subnet *of = imap_get(&own->subnets, (uint64_t)id);
    if (subnet && !foreign_is_no(sql_text(s, "isFolder"))) {
        foreign_pass(f, foreign_noting(f, "a folder, which has no network"), s->line);
        return;
    }
    uint32_t type = !subnet ? IPAM_T_ADDRESS : of != NULL && of->parent ? IPAM_T_BLOCK : IPAM_T_SUBNET;
    if (!foreign_begin(f, type, s->line))
        return;
    if (s->cell_count != s->column_count)
        foreign_refuse(f, "%zu values for %zu columns", s->cell_count, s->column_count);
    if (f->row.refusal == NULL) {
        if (subnet)
            put_prefix(f, s);
        else
            put_address(f, s);
        f->where = NULL;
        put_space(f, of != NULL ? of->vrf : 0);
        take_cells(f, s);
    }
    foreign_emit(f);
}

static int on_row(struct foreign *f, struct sql *s, bool wanted)
{
    struct phpipam *own = f->own;
    char shown[RECORD_ECHO_SIZE];
    size_t which = wanted ? (size_t)(s->of - s->tables) : NAMED;
    if (!own->again) {
        if (which == SUBNETS)
            return join_subnet(f, s);
        return which >= VRFS && which < NAMED ? join_name(f, s, (int)which) : 0;
    }
    if (which == SUBNETS || which == ADDRESSES)
        take_row(f, s);
    else
        foreign_pass(f, foreign_noting(f, "a row of the table %s", record_echo(str_from(s->table), shown)),
                     s->line);
    return 0;
}

/* --- the dump --- */

static void open_dump(struct foreign *f)
{
    static const char *const names[] = { "subnets",  "ipaddresses", "vrf",      "vlans",
                                         "sections", "ipTags",      "customers" };
    struct phpipam *own = f->own;
    if (own->open)
        return;
    own->open = true;
    for (size_t i = 0; i < NAMED; i++) {
        own->sql.tables[i].name = names[i];
        if (!own->again)
            imap_init(&own->names[i]);
    }
    if (!own->again)
        imap_init(&own->subnets);
    own->sql.row = on_row;
    own->sql.begin = begin;
    sql_init(&own->sql);
}

static int feed(struct foreign *f, struct ipam_str piece)
{
    struct phpipam *own = f->own;
    open_dump(f);
    return sql_feed(f, &own->sql, piece);
}

static int end(struct foreign *f)
{
    struct phpipam *own = f->own;
    open_dump(f);
    int rc = sql_end(f, &own->sql);
    if (rc != 0 || own->again)
        return rc;
    if (!own->any)
        return foreign_fail(f,
                            "there is no INSERT INTO subnets, ipaddresses or another table of that product");
    sql_fini(&own->sql);
    own->open = false;
    own->again = true;
    return FOREIGN_AGAIN;
}

static void fini(struct foreign *f)
{
    struct phpipam *own = f->own;
    if (!own->open)
        open_dump(f);
    sql_fini(&own->sql);
    imap_fini(&own->subnets);
    for (size_t i = 0; i < NAMED; i++)
        imap_fini(&own->names[i]);
}

static const uint32_t types[] = { IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_ADDRESS, 0 };
const struct foreign_dialect foreign_phpipam = {
    .name = "phpipam",
    .types = types,
    .own_size = sizeof(struct phpipam),
    .feed = feed,
    .end = end,
    .fini = fini,
};
