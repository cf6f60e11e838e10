/* doctor.c - ipamctl doctor: what is wrong with an installation, where, and how to mend it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"

#define TEXT_MAX 2048

/* One row a check. The page docs/doctor.md is this table. */
/* clang-format off */
const struct check checks[] = {
    { "config-file", LOOK_CONFIG, "the configuration cannot be read", "name the right file with --config, and let its user read it" },
    { "config-mode", LOOK_CONFIG, "others may change the configuration", "chown it to root and chmod go-w" },
    { "config-syntax", LOOK_CONFIG, "a file of the configuration is not JSON", "correct it at the place that is named" },
    { "config-unknown-key", LOOK_CONFIG, "a key is not known", "take it out, or correct its spelling" },
    { "config-twice", LOOK_CONFIG, "something is given twice", "give it once" },
    { "config-invalid", LOOK_CONFIG, "a value is wrong", "correct it at the place that is named" },
    { "listener-exposed", LOOK_CONFIG, "a listener beyond loopback has no TLS", "give it \"tls\", or listen on 127.0.0.1, [::1] or a unix socket" },
    { "tls-file", LOOK_CONFIG, "a file of a listener's TLS cannot be read or used", "correct its name or what is in it" },
    { "tls-key", LOOK_CONFIG, "a listener's key is not the one of its certificate", "give the two that were made together" },
    { "tls-trust", LOOK_CONFIG, "others can read a listener's key, or change its certificates", "chmod 600 the key, chmod go-w the others, chown them to root or the service's user" },
    { "tls-expiry", LOOK_CONFIG, "a listener's certificate has expired, is about to, or is not valid yet", "put a new one in its place and reload" },
    { "tls-names", LOOK_CONFIG, "a listener's certificate does not name its address", "have one made with the address as a subject alternative name" },
    { "tls-crl", LOOK_CONFIG, "a list of revoked certificates is outdated: no client's certificate is taken", "put its next issue in its place and reload" },
    { "profile-driver", LOOK_CONFIG, "a profile names a driver that is not among the plugins", "add the plugin, or correct the name" },
    { "profile-option", LOOK_CONFIG, "an option of a plugin is wrong", "correct it at the place that is named" },
    { "daemon-program", LOOK_CONFIG, "the daemon's program cannot be run", "install ipamd again" },
    { "plugin-missing", LOOK_PLUGINS, "a plugin's file is missing", "install the plugin, or correct its name" },
    { "plugin-trust", LOOK_PLUGINS, "others could exchange a plugin's file", "chown it to root and chmod go-w, or install it again" },
    { "plugin-build", LOOK_PLUGINS, "a plugin is of another build", "install the build for this ipamd" },
    { "plugin-refused", LOOK_PLUGINS, "a plugin cannot be used", "see the reason; install it again or ask its author" },
    { "listener-port", LOOK_LISTEN, "another program has the port of a listener, or it may not be used", "stop that program, or take another port" },
    { "listener-address", LOOK_LISTEN, "this machine does not have the address of a listener", "correct the address" },
    { "socket-folder", LOOK_LISTEN, "the folder of a unix socket is missing or not for the service's user", "make it, and chown it to the service's user" },
    { "socket-foreign", LOOK_LISTEN, "something that is not the daemon's socket has its path", "move it away, or take another path" },
    { "token-missing", LOOK_TOKENS, "a token file is gone", "restart the daemon, which makes a new token, and give it to its users" },
    { "token-mode", LOOK_TOKENS, "others may read a token", "chmod 600 the file, and make a new token if it may have been read" },
    { "token-owner", LOOK_TOKENS, "a token file belongs to neither root nor the service's user", "chown it to the service's user" },
    { "token-content", LOOK_TOKENS, "a token file holds no token", "remove the file and restart the daemon, which makes a new token" },
    { "secret-missing", LOOK_SECRETS, "a secret that the configuration names is not there", "store it: ipamctl secret add; or provide it as a credential: LoadCredential= in the unit" },
    { "secret-mode", LOOK_SECRETS, "others may read a secret", "chmod 600 its file" },
    { "secret-dead", LOOK_SECRETS, "a stored secret cannot be read", "put the master key back that it is under, or write it anew: ipamctl secret set" },
    { "secret-unused", LOOK_SECRETS, "a stored secret is named by nothing", "delete it: ipamctl secret delete" },
    { "master-key-missing", LOOK_SECRETS, "secrets are stored, but there is no master key", "put the key back; it is in no backup of the database" },
    { "master-key-wrong", LOOK_SECRETS, "secrets are under another master key", "put the right key back, or write them anew" },
    { "master-key-mode", LOOK_SECRETS, "others may read the master key", "chmod 600 its file, and ipamctl secret rotate-master-key" },
    { "master-key-place", LOOK_CONFIG, "the master key lies with the data, and is copied with it", "name a file elsewhere, such as /etc/ipamd/master.key" },
    { "audit-sink", LOOK_AUDIT, "no checkpoint of the change log leaves this machine, so an older copy is not seen", "add a sink on other storage, or a syslog that is sent on" },
    { "audit-disk", LOOK_AUDIT, "a file that takes checkpoints is on the file system of the database", "let the sink be on other storage, which this host does not rule" },
    { "audit-key-mode", LOOK_AUDIT, "others may read the key that signs checkpoints", "chmod 600 the file, and sign with a new key: \"next_key\"" },
    { "audit-failing", LOOK_AUDIT, "checkpoints are not kept, or a sink does not take them", "see the message; they are sent when it works again" },
    { "helper-missing", LOOK_HOST, "the program that runs plugins is missing", "install ipamd again" },
    { "helper-trust", LOOK_HOST, "others could exchange the program that runs plugins", "chown it to root and chmod go-w" },
    { "open-files", LOOK_HOST, "the daemon may open too few files", "LimitNOFILE=65536 in the unit, or ulimit -n" },
    { "unit-watchdog", LOOK_UNIT, "the unit has no watchdog: a daemon that hangs stays so", "Type=notify and WatchdogSec=30 in the unit, then systemctl daemon-reload" },
    { "unit-restart", LOOK_UNIT, "the unit does not start the daemon again after a fault", "Restart=on-failure in the unit, then systemctl daemon-reload" },
    { "unit-user", LOOK_UNIT, "the unit runs the daemon as root", "User=ipamd and Group=ipamd in the unit (ipamd.sysusers makes them), chown what it has stored, then systemctl daemon-reload; or \"user\": \"ipamd\" in the configuration" },
    { "sandbox-off", LOOK_SANDBOX, "neither the daemon nor its plugins are fenced in", "\"sandbox\": \"on\", then restart the daemon" },
    { "sandbox-kernel", LOOK_SANDBOX, "this system cannot fence in all of what it should", "use a kernel with seccomp and Landlock 4 or newer (Linux 6.7); in a container, allow their system calls" },
    { "sandbox-process", LOOK_SANDBOX, "a process of the running daemon is not fenced in", "restart the daemon, and see its log" },
    { "network-fence", LOOK_SANDBOX, "plugins may reach any address, not only their servers'", "put plugins into processes of their own, with \"sandbox\" and \"network_fence\" on; or IPAddressDeny=any in the unit, and IPAddressAllow= with the addresses of servers, resolvers and clients" },
    { "storage-space", LOOK_DISK, "the file system of the database is full, or soon", "make room" },
    { "storage-network", LOOK_DISK, "the database is on a network file system", "put it on a local disk: locks and syncs cannot be relied on there" },
    { "storage-access", LOOK_STORAGE, "the database or its folder is not the service user's alone, or not writable", "chown the folder and what is in it to the service's user, mode 0700 and 0600" },
    { "storage-open", LOOK_STORAGE, "the database cannot be opened", "see the reason; restore a backup if the file is damaged" },
    { "storage-foreign", LOOK_STORAGE, "the file is another program's, or no database", "let the option path name another file, or restore a backup" },
    { "storage-newer", LOOK_STORAGE, "a newer ipamd wrote the database", "install that version, or a newer one" },
    { "storage-older", LOOK_STORAGE, "the database is of an older layout", "make a backup and room for a copy: the next start brings it up" },
    { "storage-log", LOOK_STORAGE, "the log of the database is there without the database", "put the database back, or move the log away" },
    { "storage-locked", LOOK_STORAGE, "another process has the database", "end it, or let the option path name another file" },
    { "storage-damage", LOOK_STORAGE, "what is stored is damaged", "stop the daemon, keep the file for a look, and restore the newest backup" },
    { "daemon-unknown", LOOK_DAEMON, "it is not known where the daemon listens", "give --url, or a configuration with a listener" },
    { "daemon-down", LOOK_DAEMON, "nothing answers where the daemon should", "start it, and see its log; or correct --url" },
    { "daemon-stuck", LOOK_DAEMON, "the daemon takes connections but does not answer", "restart it; a watchdog in the unit would have" },
    { "daemon-foreign", LOOK_DAEMON, "what answers is not ipamd", "correct --url" },
    { "daemon-certificate", LOOK_DAEMON, "the daemon's certificate is not taken, or it does not take ours", "name its authority with --ca, and the daemon by a name its certificate has" },
    { "daemon-not-ready", LOOK_API, "the daemon is starting, or cannot use its storage", "wait, or see its log" },
    { "daemon-version", LOOK_API, "daemon and ipamctl are of different versions", "restart the daemon after an upgrade; install the same version here" },
    { "token-refused", LOOK_API, "the daemon does not take the token", "give the right --token-file" },
    { "plugin-state", LOOK_API, "a plugin of the running daemon is not ready", "see ipamctl plugin show" },
    { "plan-unsettled", LOOK_API, "a change on a server ended half done or was changed again there", "see ipamctl plan show; resume it or undo it" },
    { "clock-unsynchronised", LOOK_CLOCK, "the clock of this machine is not synchronised", "run an NTP client" },
    { "clock-behind", LOOK_CLOCK, "the newest change lies in the future: the clock went back", "set the clock; leases and expiry are judged by it" },
    { "server-unreachable", LOOK_SERVERS, "a server cannot be reached", "see the message; is it running, and is the way to it open?" },
    { "server-credentials", LOOK_SERVERS, "a server refuses our credentials", "correct the user or the secret of its profile" },
    { "server-faulty", LOOK_SERVERS, "a server answers, but not well", "see the message" },
    { "server-partner", LOOK_SERVERS, "the failover partner of a server is down", "start it, or tell the server: partner-down" },
    { "server-never-collected", LOOK_SERVERS, "a server was never collected: nothing is known of it", "ipamctl server collect" },
    { "server-stale", LOOK_SERVERS, "a server was not collected for a day", "ipamctl server collect, and see why it fails" },
    { "server-clock", LOOK_SERVERS, "the clock of a server is far from ours", "run an NTP client there" },
    { "server-duplicate", LOOK_SERVERS, "the same server is in the inventory twice", "delete one of the two" },
    { .id = NULL }
};
/* clang-format on */

static const char *const look_names[LOOK_COUNT] = { "configuration", "plugins", "listeners", "tokens",
                                                    "secrets",       "audit",   "host",      "unit",
                                                    "sandbox",       "disk",    "storage",   "daemon",
                                                    "interface",     "clock",   "servers" };
static const char *const state_names[] = { "ok", "skipped", "warning", "error" };

static const struct check *check_of(const char *id)
{
    const struct check *k = checks;

    while (k->id != NULL && strcmp(k->id, id) != 0)
        k++;
    return k;
}

static void add(struct doctor *d, const struct check *k, enum finding_state state, const char *place,
                const char *message, const char *remedy)
{
    struct finding *f = arena_alloc(&d->c->arena, sizeof(*f));

    if (f == NULL)
        return;
    *f = (struct finding){ .check = k,
                           .state = state,
                           .place = arena_memdup(&d->c->arena, place, strlen(place)),
                           .message = arena_memdup(&d->c->arena, message, strlen(message)),
                           .remedy = arena_memdup(&d->c->arena, remedy, strlen(remedy)) };
    *d->last = f;
    d->last = &f->next;
}

void found(struct doctor *d, const char *id, enum finding_state state, const char *place, const char *fmt,
           ...)
{
    const struct check *k = check_of(id);
    char text[TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    add(d, k, state, place, text, k->remedy);
}

void found_text(struct doctor *d, const char *id, enum finding_state state, const char *place,
                struct ipam_str text)
{
    const struct check *k = check_of(id);
    char whole[TEXT_MAX], *cut = NULL;

    snprintf(whole, sizeof(whole), STR_FMT, STR_ARG(text));
    for (char *p = whole; (p = strstr(p, "; ")) != NULL; p++)
        cut = p;
    if (cut == NULL)
        for (char *p = whole; (p = strstr(p, ": ")) != NULL; p++)
            cut = p;
    if (cut != NULL && cut != whole) {
        *cut = '\0';
        add(d, k, state, place, whole, cut + 2);
    } else {
        add(d, k, state, place, whole, k->remedy);
    }
}

void skipped(struct doctor *d, enum look look, const char *why)
{
    d->skipped[look] = why;
}

const char *conf_text(struct doctor *d, const struct json *v)
{
    struct ipam_str s = json_str(v);

    return s.data != NULL && memchr(s.data, '\0', s.len) == NULL ? arena_memdup(&d->c->arena, s.data, s.len)
                                                                 : NULL;
}

static bool told(const struct doctor *d, const struct check *k)
{
    for (const struct finding *f = d->first; f != NULL; f = f->next)
        if (f->check == k)
            return true;
    return false;
}

/* --- output --- */

static const struct record_field fields[] = {
    { .number = 1, .kind = KIND_TEXT, .name = "check", .unit = "", .help = "" },
    { .number = 2, .kind = KIND_TEXT, .name = "state", .unit = "", .help = "" },
    { .number = 3, .kind = KIND_TEXT, .name = "place", .unit = "", .help = "" },
    { .number = 4, .kind = KIND_TEXT, .name = "message", .unit = "", .help = "" },
    { .number = 5, .kind = KIND_TEXT, .name = "remedy", .unit = "", .help = "" },
};
static const struct record_type finding_type = {
    .name = "check", .plural = "checks", .fields = fields, .field_count = sizeof(fields) / sizeof(fields[0])
};

static void text_member(struct json_writer *w, const char *key, const char *text)
{
    jw_key(w, key);
    if (utf8_valid(text, strlen(text)))
        jw_text(w, text);
    else
        jw_text(w, "(no UTF-8 text)");
}

static void print(struct output *o, const char *check, const char *state, const char *place,
                  const char *message, const char *remedy)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    struct json_writer w;
    struct strbuf json;

    strbuf_init(&json, 64u << 10);
    jw_init(&w, &json);
    jw_object(&w);
    text_member(&w, "check", check);
    text_member(&w, "state", state);
    text_member(&w, "place", place);
    text_member(&w, "message", message);
    text_member(&w, "remedy", remedy);
    jw_object_end(&w);
    if (json_parse(json.data, json.len, json.len + 1, &doc, &e) == 0)
        output_item(o, doc, json_root(doc));
    json_free(doc);
    strbuf_fini(&json);
}

static void print_well(const struct doctor *d, struct output *o, const struct check *k, unsigned *skips)
{
    const char *why = d->skipped[k->look];

    *skips += why != NULL;
    if (args_given(d->args, "all"))
        print(o, k->id, state_names[why != NULL ? FINDING_SKIPPED : FINDING_OK], look_names[k->look],
              why != NULL ? why : "nothing is wrong", "");
}

static int print_all(struct doctor *d)
{
    unsigned counts[4] = { 0 }, checked = 0, skips = 0;
    struct output o;
    int rc = output_begin(&o, d->c, &finding_type, "check state place message remedy", OUTPUT_LIST);

    for (const struct check *k = checks; rc == CLI_OK && k->id != NULL; k++, checked++) {
        if (!told(d, k))
            print_well(d, &o, k, &skips);
        for (const struct finding *f = d->first; f != NULL; f = f->next) {
            if (f->check != k)
                continue;
            counts[f->state]++;
            print(&o, k->id, state_names[f->state], f->place, f->message, f->remedy);
        }
    }
    if (rc == CLI_OK && counts[FINDING_ERROR] + counts[FINDING_WARNING] > 0)
        rc = d->config_broken ? CLI_CONFIG : CLI_PARTLY;
    if (o.count == 0 && d->c->format == FORMAT_TABLE)
        table_fini(&o.table), table_init(&o.table, false, ""); /* no titles over nothing */
    rc = output_end(&o, rc);
    cli_say(d->c, "%u checks: %u errors, %u warnings; %u could not be made%s", checked, counts[FINDING_ERROR],
            counts[FINDING_WARNING], skips, skips > 0 ? " (--all says why)" : "");
    return rc;
}

/* The table of checks itself. */
static int list_checks(struct cli *c)
{
    struct output o;
    int rc = output_begin(&o, c, &finding_type, "check place message remedy", OUTPUT_LIST);

    for (const struct check *k = checks; rc == CLI_OK && k->id != NULL; k++)
        print(&o, k->id, "", look_names[k->look], k->about, k->remedy);
    return output_end(&o, rc);
}

int verb_doctor(struct cli *c, const struct command *cmd)
{
    static void (*const looks[])(struct doctor *) = { look_config,  look_daemon, look_listen,  look_tokens,
                                                      look_secrets, look_audit,  look_host,    look_unit,
                                                      look_sandbox, look_disk,   look_storage, look_clock,
                                                      look_servers };
    struct doctor d = { .c = c, .args = &cmd->args };
    int rc;

    if (args_given(&cmd->args, "list"))
        return list_checks(c);
    d.last = &d.first;
    d.config_path = args_value(&cmd->args, "config");
    if (d.config_path == NULL)
        d.config_path = IPAM_SYSCONFDIR "/ipamd.json";
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
        looks[i](&d);
    rc = print_all(&d);
    client_free(d.client);
    c->client = NULL;
    json_free(d.config);
    return rc;
}
