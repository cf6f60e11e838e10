/* rules_table.c - what can be judged without a call: descriptor, tables, options, symbols.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

static bool made_of(const char *s, size_t most, const char *set)
{
    return s != NULL && s[0] != '\0' && strlen(s) <= most && s[strspn(s, set)] == '\0';
}

static bool one_line(const char *s)
{
    return s != NULL && s[0] != '\0' && strchr(s, '\n') == NULL && utf8_valid(s, strlen(s));
}

/* "kind" or "kind:capability". */
static void check_needs(const char *what, const char *const *list)
{
    char name[64];

    for (unsigned i = 0; list != NULL && list[i] != NULL; i++) {
        size_t len = strcspn(list[i], ":");
        snprintf(name, sizeof(name), "%.*s", (int)(len < 60 ? len : 60), list[i]);
        if (kind_by_name(name) == NULL ||
            (list[i][len] == ':' && !made_of(list[i] + len + 1, 64, LOWER DIGIT "-_")))
            broken("descriptor",
                   "%s lists '%s'; write \"kind\" or \"kind:capability\", such as \"dhcp:leases\"", what,
                   list[i]);
    }
}

static void check_texts(const struct ipam_plugin *p)
{
    if (!made_of(p->name, 32, LOWER DIGIT "-"))
        broken("descriptor", "the name is not 1 to 32 of a-z, 0-9 and '-'");
    else if (strcmp(p->name, settings.name) != 0)
        broken("descriptor", "the name is '%s' but the file is %s.so; they must be the same", p->name,
               settings.name);
    if (!one_line(p->version))
        broken("descriptor", "the version is missing or no single line");
    if (!one_line(p->summary))
        broken("descriptor", "the summary is missing or no single line");
}

void try_descriptor(void)
{
    char why[TEXT_MAX];
    const struct ipam_plugin *p = plugin_load(why, sizeof(why));

    if (p == NULL) {
        broken("descriptor", "%s", why);
        trial_end();
    }
    if (p->abi != IPAM_ABI || p->size < offsetof(struct ipam_plugin, discovery)) {
        broken("descriptor",
               "it was built for ABI %u.%u with %u bytes, this is %u.%u with %zu; set size and abi to "
               "sizeof and IPAM_ABI, and build against these headers",
               p->abi >> 16, p->abi & 0xffff, p->size, IPAM_ABI_MAJOR, IPAM_ABI_MINOR, sizeof(*p));
        trial_end();
    }
    if (p->size != sizeof(*p))
        broken("descriptor", "its size is %u, sizeof(struct ipam_plugin) is %zu", p->size, sizeof(*p));
    check_texts(p);
    check_needs("requires", p->needs);
    check_needs("wants", p->wants);
    for (uint32_t k = 1; k < KIND_COUNT; k++)
        if (plugin_table(p, kind_of(k)) != NULL)
            area->kinds |= 1u << k;
    if (area->kinds == 0)
        broken("descriptor", "no kind is offered; set the member of at least one");
}

/* --- tables ------------------------------------------------------------------------------------------- */

static bool has_member(size_t member)
{
    void (*f)(void);

    memcpy(&f, (const char *)&ops + member, sizeof(f));
    return f != NULL;
}

#define BROKEN_TABLE(...) broken("tables-and-capabilities", __VA_ARGS__)

static void check_model(void)
{
    uint32_t model = ops.common.thread_model;

    if (model < IPAM_THREAD_SERIAL || model > IPAM_THREAD_LOOP)
        BROKEN_TABLE("thread_model is %u; use one of IPAM_THREAD_*", model);
    if (ops.common.concurrency > 64)
        BROKEN_TABLE("concurrency is %u; use 1 to 64, or 0", ops.common.concurrency);
    if (ops.common.open == NULL || ops.common.close == NULL || ops.common.probe == NULL)
        BROKEN_TABLE("open, close or probe is NULL; each kind has all three");
}

static void check_members(void)
{
    for (unsigned i = 0; i < call_count; i++) {
        const struct call *c = &calls[i];
        bool there = has_member(c->member);
        if (c->kind != trial_kind)
            continue;
        if (c->caps == 0 && !there && (c->flags & CALL_MAY) == 0)
            BROKEN_TABLE("%s is NULL; the kind cannot be without it", c->name);
        if (c->caps != 0 && has_cap(c->caps) && !there)
            BROKEN_TABLE("a capability says that there is %s, but it is NULL", c->name);
        if (c->caps != 0 && !has_cap(c->caps) && there)
            BROKEN_TABLE("there is %s, but no capability says so", c->name);
    }
}

static void check_storage(void)
{
    static const struct {
        uint64_t cap;
        size_t member;
        const char *name;
    } more[] = {
#define MORE(cap, m) { IPAM_STORAGE_CAP_##cap, offsetof(struct ipam_storage_ops, m), #m }
        MORE(LOGS, log_query), MORE(LOGS, log_prune), MORE(DUMP, dump),
        MORE(DUMP, load),      MORE(VERIFY, verify),  MORE(STATS, stat),
    };
    const struct ipam_storage_ops *o = &ops.storage;

    if (o->readers < 1 || o->readers > 16)
        BROKEN_TABLE("readers is %u; use 1 to 16", o->readers);
    if (!o->open || !o->close || !o->gate_enter || !o->gate_get || !o->gate_commit || !o->gate_abort ||
        !o->outcome || !o->query || !o->changes)
        BROKEN_TABLE("one of open, close, gate_*, outcome, query, changes is NULL; storage has all of them");
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (((o->capabilities & more[i].cap) != 0) != has_member(more[i].member))
            BROKEN_TABLE("%s and its capability do not go together", more[i].name);
}

void try_tables(void)
{
    const struct kind *k = kind_of(trial_kind);
    bool storage = trial_kind == IPAM_KIND_STORAGE;
    uint64_t caps = storage ? ops.storage.capabilities : ops.common.capabilities;

    if (ops.common.size != k->size)
        BROKEN_TABLE("the size of the table is %u, it is %zu; set it to sizeof", ops.common.size, k->size);
    if (ops.common.version != 0)
        BROKEN_TABLE("the version of the table is %u; it is 0", ops.common.version);
    if ((caps & ~known_caps(trial_kind)) != 0)
        BROKEN_TABLE("unknown bits 0x%llx in capabilities; use the IPAM_*_CAP_* of the kind",
                     (unsigned long long)(caps & ~known_caps(trial_kind)));
    if (storage) {
        check_storage();
    } else {
        check_model();
        check_members();
    }
}

/* --- options ------------------------------------------------------------------------------------------ */

#define BROKEN_OPTION(...) broken("option-table", __VA_ARGS__)

static void check_range(const struct ipam_option *o)
{
    bool ranged = o->kind == IPAM_OPT_INT || o->kind == IPAM_OPT_DURATION || o->kind == IPAM_OPT_LIST;

    if (ranged && o->min > o->max)
        BROKEN_OPTION("the range of '%s' is empty", o->name);
    if ((o->kind == IPAM_OPT_DURATION || o->kind == IPAM_OPT_LIST) && (o->min < 0 || o->max < 1))
        BROKEN_OPTION("the range of '%s' must be above 0", o->name);
    if (o->kind == IPAM_OPT_ENUM && (o->names == NULL || o->names[0] == NULL))
        BROKEN_OPTION("'%s' is an enum without names", o->name);
}

static void check_default(const struct ipam_option *o)
{
    struct value v;

    if (o->def == NULL)
        return;
    if (o->kind == IPAM_OPT_SECRET)
        BROKEN_OPTION("the secret '%s' has a default; a secret comes from the host alone", o->name);
    else if ((o->flags & IPAM_OPT_REQUIRED) != 0)
        BROKEN_OPTION("'%s' is required and has a default; it can be one of them only", o->name);
    else if (value_parse_text(o, o->def, &v) < 0)
        BROKEN_OPTION("the default '%s' of '%s' is not a value that it allows", o->def, o->name);
}

static void check_option(const struct ipam_option *o)
{
    if (o->size != sizeof(*o))
        BROKEN_OPTION("an option has size %u, it is %zu; set it to sizeof", o->size, sizeof(*o));
    if (!made_of(o->name, 64, LOWER DIGIT "_")) {
        BROKEN_OPTION("an option's name is not snake_case");
        return;
    }
    if (o->kind < IPAM_OPT_TEXT || o->kind > IPAM_OPT_LIST) {
        BROKEN_OPTION("'%s' has the unknown kind %u; use IPAM_OPT_*", o->name, o->kind);
        return;
    }
    if ((o->flags & ~(IPAM_OPT_REQUIRED | IPAM_OPT_PORT | IPAM_OPT_SERVER)) != 0)
        BROKEN_OPTION("'%s' has unknown flags", o->name);
    if ((o->flags & IPAM_OPT_PORT) != 0 && (o->kind != IPAM_OPT_INT || o->min < 1 || o->max > UINT16_MAX))
        BROKEN_OPTION("'%s' is a port; make it an INT from 1 to 65535", o->name);
    if ((o->flags & IPAM_OPT_SERVER) != 0 && o->kind != IPAM_OPT_TEXT && o->kind != IPAM_OPT_ADDRESS &&
        o->kind != IPAM_OPT_LIST)
        BROKEN_OPTION("'%s' is a server; make it a TEXT, an ADDRESS or a LIST", o->name);
    if (!one_line(o->help))
        BROKEN_OPTION("'%s' has no help of one line", o->name);
    check_range(o);
    check_default(o);
}

void try_option_table(void)
{
    const struct ipam_option *const *o = plugin->options;

    if (o == NULL)
        trial_skip("the plugin has no options");
    for (unsigned i = 0; o[i] != NULL; i++) {
        if (i == OPTION_COUNT) {
            BROKEN_OPTION("there are more than %d options, or the table does not end in NULL", OPTION_COUNT);
            return;
        }
        check_option(o[i]);
        for (unsigned j = 0; j < i && o[i]->name != NULL && o[j]->name != NULL; j++)
            if (strcmp(o[i]->name, o[j]->name) == 0)
                BROKEN_OPTION("'%s' is there twice", o[i]->name);
    }
}

/* --- symbols ------------------------------------------------------------------------------------------ */

/* What linkers and sanitizers add by themselves. */
static bool of_linker(const char *name)
{
    static const char *const names[] = { "_init", "_fini", "_edata", "_end", "__bss_start" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "__odr_asan", 10) == 0 || strncmp(name, "__asan", 6) == 0;
}

static void check_symbols(const char *file, size_t size, const Elf64_Shdr *table, const Elf64_Shdr *texts)
{
    const Elf64_Sym *sym = (const Elf64_Sym *)(const void *)(file + table->sh_offset);
    bool entry = false;

    if (table->sh_offset + table->sh_size > size || texts->sh_offset + texts->sh_size > size)
        return;
    for (size_t i = 0; i < table->sh_size / sizeof(*sym); i++) {
        const char *name = file + texts->sh_offset + sym[i].st_name;
        if (sym[i].st_shndx == SHN_UNDEF || ELF64_ST_BIND(sym[i].st_info) == STB_LOCAL ||
            sym[i].st_name >= texts->sh_size || of_linker(name))
            continue;
        if (strcmp(name, IPAM_PLUGIN_ENTRY) == 0)
            entry = true;
        else
            broken("exported-symbols",
                   "it exports '%s', too; export " IPAM_PLUGIN_ENTRY " alone: make functions "
                   "static and build with -fvisibility=hidden",
                   name);
    }
    if (!entry)
        broken("exported-symbols", "it does not export " IPAM_PLUGIN_ENTRY);
}

void try_symbols(void)
{
    int fd = open(settings.path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    const char *file;
    const Elf64_Ehdr *head;
    const Elf64_Shdr *sections;

    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*head))
        trial_unjudged("the file cannot be read");
    file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (file == MAP_FAILED || memcmp(file, ELFMAG, SELFMAG) != 0 || file[EI_CLASS] != ELFCLASS64)
        trial_skip("only 64-bit ELF files can be looked at");
    head = (const Elf64_Ehdr *)(const void *)file;
    sections = (const Elf64_Shdr *)(const void *)(file + head->e_shoff);
    if (head->e_shoff + (uint64_t)head->e_shnum * sizeof(*sections) > (uint64_t)st.st_size)
        trial_skip("the file has no table of sections");
    for (unsigned i = 0; i < head->e_shnum; i++)
        if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < head->e_shnum)
            check_symbols(file, (size_t)st.st_size, &sections[i], &sections[sections[i].sh_link]);
}
