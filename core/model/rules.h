/* rules.h - what may be created, changed, deleted and handed out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each function decides on the draft alone and either drafts all of its rows and returns 0, or fills the
 * problem and returns an error; what it drafted until then is taken back with its intent (draft_refuse).
 * Inputs have passed the checks of the record table. */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include "model/view.h"

#define MODEL_SELF     "ipamd" /* managed_by of what the plan itself owns */
#define MODEL_SET_ROWS 10000   /* the most rows of one change set */

/* Before anything is asked of a new row: what names no space is in the default one, and a range gets its ends. */
int rule_prepare(const struct view *v, void *rec, struct problem *p);
/* A new space, block, subnet, range, address or server. Prepares it, and fills the source and the id. */
int rule_create(struct draft *d, void *rec, struct problem *p);
/* The row with the natural key that `rec` has, whose container is set; NULL: none. Of rows that are not resident those
 * that were fetched by that key. */
const void *rule_find(const struct draft *d, const void *rec);
/* Whether the plan itself owns it; what came from a server is changed there. */
bool rule_is_own(const void *rec);
/* Sets the fields `patch` has and clears those in `cleared`. `before` is the row as it is. */
int rule_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
                struct problem *p);
/* Makes the row as `given` says, which may hold what a client cannot set if it says no other than what is: fields that
 * `given` lacks are cleared. Wrong ones are put into `problems`. */
int rule_replace(struct draft *d, const void *before, const void *given, struct record_problems *problems,
                 struct problem *p);
/* Whether a row may be deleted, whatever lies in it: it is the plan's own, and no pool names it. 0, or an error with the
 * problem. */
int rule_may_go(const struct view *v, const void *row, struct problem *p);
int rule_delete(struct draft *d, const void *before, struct problem *p);
/* Makes the row as `after` says, which stands elsewhere: it is judged there as if it were new and `before` gone. */
int rule_move(struct draft *d, const void *before, void *after, struct problem *p);
/* When the draft has taken subnets away from a prefix: whether each range and address in it is still in a subnet. Of
 * addresses those may be in none that were there before a revision, or are what the open intent made of them: `since`;
 * 0: none may. */
int rule_still_held(struct draft *d, int64_t space, const struct ipam_prefix *was, int64_t since,
                    struct problem *p);

/* Values of a custom field that are renamed (`from` and `to` are as long), with all that has them; then removed, which
 * nothing may have; then added. */
struct value_changes {
    struct ipam_strs from, to, remove, add;
};
int rule_set_values(struct draft *d, const struct ipam_custom_field *before, const struct value_changes *c,
                    struct problem *p);

/* Calls fn for each block strictly inside of the block, those inside of another before that one; fn may delete it.
 * Another value than 0 ends the walk and is returned. */
int rule_blocks_inside(const struct view *v, const struct ipam_block *b,
                       int (*fn)(void *user, const struct ipam_block *inner), void *user);

/* sparse: far from what is in use, as RFC 3531 has it; eui64: what a client makes of its hardware address. */
enum strategy { STRATEGY_FIRST, STRATEGY_LAST, STRATEGY_RANDOM, STRATEGY_SPARSE, STRATEGY_EUI64 };

/* What a probe found of an address that may be handed out. */
struct probed {
    struct ipam_addr address;
    uint32_t ping, dns, dhcp; /* IPAM_ADDRESS_PING_*, IPAM_ADDRESS_DNS_*, IPAM_ADDRESS_DHCP_* */
    bool taken;               /* somebody answers there or leases it, or it has a name: it is passed over */
};

/* Records of the DNS that are asked for of an address. */
struct dns_request {
    bool host, ptr;             /* the A or AAAA record of its name; the PTR record */
    bool either;                /* to take away: which are there of these, one at least */
    bool replace;               /* in place of what the zone has for it */
    int64_t zone, reverse_zone; /* where; 0: the longest that fits */
    int64_t ttl;                /* -1: the zone's */
    bool (*may)(void *user, const struct view *v,
                const struct ipam_zone *z); /* whether the zone is there for him; NULL: all */
    void *user;
    struct ipam_str actor, reason;
};
struct dns_plans {
    int64_t ids[2], servers[2];
    size_t count;
};

/* What to hand out. Either `subnet` or `range` is set. */
struct allocation {
    int64_t subnet, range;
    int64_t count; /* 1-1000 */
    enum strategy strategy;
    bool contiguous;               /* they follow one another; the first such run, whatever the strategy */
    bool reservation;              /* also keep it on the DHCP server */
    uint32_t identifier_type;      /* IPAM_RESERVATION_IDENTIFIER_TYPE_*, with `identifier` */
    struct ipam_bytes identifier;  /* absent: the address's mac is used */
    const struct dns_request *dns; /* also make these records; count is 1. NULL: none */
    struct ipam_str claim;
    struct ipam_bytes digest;          /* of the request, for the claim */
    const struct ipam_address *fields; /* name, mac, description for each */
    struct ipam_str actor, reason;
    /* Whether he who asks may have addresses of a range with an access scope of its own; NULL: of all. */
    bool (*may)(void *user, const struct view *v, const struct ipam_range *r);
    void *user;
    /* Addresses that were probed: those that are taken are passed over, the others handed out first while they are free. */
    const struct probed *probed;
    size_t probed_count;
    /* answer */
    int64_t *ret_ids;            /* room for count */
    int64_t ret_count, ret_plan; /* plan 0: none */
    struct dns_plans ret_dns;
    bool ret_replayed; /* the claim had them already */
};
/* First answers from the claim if it exists: the same addresses, claim-mismatch, or claim-released. Otherwise
 * hands out free addresses, all or none. Network, broadcast and anycast addresses are passed over, ranges that are
 * not his, and dynamic ranges unless the target is one. */
int rule_allocate(struct draft *d, struct allocation *a, struct problem *p);

/* Whether an address is mapped to a range: of the same space and source, and in it. */
bool rule_is_mapped(const struct ipam_range *r, const struct ipam_address *a);
/* Deletes an address of the plan as rule_delete does, but leaves DHCP and DNS as they are. What waits to be done there
 * for it is not done any more. */
int rule_reclaim(struct draft *d, const struct ipam_address *a, struct problem *p);
/* Notes on a range that addresses of it were reclaimed now. */
void rule_reclaimed(struct draft *d, const struct ipam_range *r);

/* Of the ranges that the range overlaps it is the one that counts from now on. */
void rule_use_range(struct draft *d, const struct ipam_range *r);

/* Reverse zones of ranges (rules_zone.c). Whether a zone may be mapped to a range, whatever that has now: 0, or an error
 * with its problem. */
int rule_zone_fits(const struct view *v, const struct ipam_range *r, const struct ipam_zone *z,
                   struct problem *p);
/* Maps a range to a zone; to none with 0. */
int rule_map_zone(struct draft *d, const struct ipam_range *r, int64_t zone, struct problem *p);
/* Calls fn for each range that is mapped to the zone; another value than 0 ends the walk and is returned. */
int rule_each_mapped(const struct view *v, const struct ipam_zone *z,
                     int (*fn)(void *user, const struct ipam_range *r), void *user);
/* A zone becomes another, or goes (`after` NULL): ranges that it does not fit any more are mapped to none. */
void rule_zone_changed(struct draft *d, const struct ipam_zone *before, const struct ipam_zone *after);
/* The zone whose PTR records make the address there; 0: none does. */
int64_t rule_zone_at(const struct view *v, int64_t space, const struct ipam_addr *at);
/* Whether a name that a PTR record leads to can be that of an address. */
bool rule_dns_names(struct ipam_str target);
/* Whether the DNS would change an address of the plan: it made it, and its PTR record has another name, or (absent) is
 * gone. */
bool rule_dns_differs(const struct ipam_address *a, struct ipam_str name);
/* Makes the plan's address there (fetched, if there is one) as the zone's PTR record has it: new, of that name, or gone
 * with an absent one. What somebody made or changed stays as it is, as does all where the zone is not mapped. */
int rule_follow_dns(struct draft *d, int64_t zone, const struct ipam_addr *at, struct ipam_str name,
                    struct problem *p);
/* Somebody makes `a` of an address: the DNS changes it no more. */
void rule_take_over(const struct ipam_address *before, struct ipam_address *a);

/* Which free prefixes of a block become subnets. */
struct carving {
    int64_t block, length;
    int64_t count;          /* 1-1000 */
    enum strategy strategy; /* FIRST, RANDOM or SPARSE */
    struct ipam_str claim, actor;
    struct ipam_bytes digest;         /* of the request, for the claim */
    const struct ipam_subnet *fields; /* of each */
    /* Makes one of them a row: 0, or refuses with a problem. */
    int (*make)(void *user, struct draft *d, struct ipam_subnet *s, struct problem *p);
    void *user;
    /* answer */
    int64_t *ret_ids; /* room for count */
    int64_t ret_count;
    bool ret_replayed; /* the claim had them already */
};
/* As rule_allocate, of prefixes: free is what overlaps no subnet, no block inside the block and no address in use. */
int rule_carve(struct draft *d, struct carving *c, struct problem *p);

/* The problem that a field names what is not there; an error. */
int rule_no_ref(const char *field, uint32_t type, int64_t id, struct problem *p);
/* Which free ids of a VLAN group become VLANs: the lowest ones. */
struct vlan_wish {
    int64_t group;
    int64_t count;                  /* 1-1000 */
    const struct ipam_vlan *fields; /* of each; of several a name has their ids behind it */
    /* Makes one of them a row: 0, or refuses with a problem. */
    int (*make)(void *user, struct draft *d, struct ipam_vlan *n, struct problem *p);
    void *user;
    /* answer */
    int64_t *ret_ids; /* room for count */
    int64_t ret_count;
};
int rule_vlan_allocate(struct draft *d, struct vlan_wish *w, struct problem *p);

/* What becomes of a block or subnet that is reshaped. */
struct reshaping {
    const void *row;     /* as it is */
    struct arena *arena; /* without a limit */
    /* Makes a part a row: 0, or refuses with a problem. */
    int (*make)(void *user, struct draft *d, void *rec, struct problem *p);
    void *user;
    int64_t *ret_ids; /* room for `most`: what it is now, in order */
    size_t most, ret_count;
};
/* Into all its prefixes of a length: the first is the row itself, the others are new and like it. */
int rule_split(struct draft *d, struct reshaping *r, unsigned length, struct problem *p);
/* With others, with which it is one prefix: they go, it is the whole. */
int rule_merge(struct draft *d, struct reshaping *r, const void *const *others, size_t count,
               struct problem *p);
/* To the prefix of that length that holds its first address. */
int rule_resize(struct draft *d, struct reshaping *r, unsigned length, struct problem *p);
/* To another prefix of its size, or another space: a subnet with its ranges and addresses, a block alone. */
int rule_relocate(struct draft *d, struct reshaping *r, int64_t space, const struct ipam_prefix *to,
                  struct problem *p);
/* The same of a subnet with more in it than one change set holds: by those of a job, each of which leaves a plan that is
 * whole. A stand-in is made at the new place first, with stand-ins of the ranges; addresses go there, then ranges, each
 * in place of its stand-in, and at last the subnet itself. From the first set to the last both are `moving`: their
 * addresses may be changed and released, nothing new comes into them, and they and their ranges stay as they are. What
 * ended before it was done is gone on with by another job, or undone with the sets it made. */
struct relocation {
    int64_t subnet, job, space;
    int64_t continues; /* the job that began it, which is what the subnet's `moving` says; 0: this one */
    struct ipam_prefix to;
    size_t most;           /* rows of one change set, about */
    struct arena *arena;   /* of one decision, without a limit */
    struct ipam_addr from; /* where what is left to do begins; family 0: with the first */
    /* Whether he may do that to a row that is moved, which was drafted: an error with the problem. */
    int (*may)(void *user, struct draft *d, const void *before, const void *after, struct problem *p);
    void *user;
    /* answer */
    size_t ret_addresses, ret_ranges; /* that were moved */
    struct ipam_addr ret_from;        /* what the next one begins with; family 0: this was the last */
    bool ret_done;                    /* of rule_move_on: the subnet has been moved */
};
/* The stand-in of a subnet at that place; NULL: there is none. */
const struct ipam_subnet *rule_move_stand_in(const struct view *v, const struct relocation *m);
/* Whether it can begin, or go on; addresses are not looked at. */
int rule_move_check(const struct view *v, struct relocation *m, struct problem *p);
/* Whether an address of the plan can go, and its new one is free. */
int rule_move_address_check(const struct view *v, struct relocation *m, const struct ipam_address *a,
                            struct problem *p);
/* That no server has an address from `from` to `last`. */
int rule_move_held(const struct view *v, struct relocation *m, struct ipam_addr from,
                   const struct ipam_addr *last, struct problem *p);
/* Makes the stand-in; or takes over that of a job that is not running any more. The row of that job, the stand-in's
 * `moving`, was fetched. */
int rule_move_begin(struct draft *d, struct relocation *m, struct problem *p);
/* Stand-ins of the ranges, until ret_from has no family. */
int rule_move_stand_ins(struct draft *d, struct relocation *m, struct problem *p);
/* The next addresses (the first `most` that are in use from `from` on were fetched), then ranges, until ret_done. */
int rule_move_on(struct draft *d, struct relocation *m, struct problem *p);
/* Of a subnet that is `moving` and its stand-in, and of their ranges: that they stay as they are, an error. Of others 0. */
int rule_stays(const struct view *v, const void *row, struct problem *p);

/* A range elsewhere, into another space with the addresses in it; an address. `after`: the row with its new place. */
int rule_move_range(struct draft *d, struct reshaping *r, struct ipam_range *after, struct problem *p);
int rule_move_address(struct draft *d, struct reshaping *r, struct ipam_address *after, struct problem *p);

/* One object of what is undone: what revisions made of it, from before the first to after the last. */
struct undoing {
    uint32_t type;
    int64_t id, first_rev, rev; /* of the first and the last of them */
    bool was, is;               /* whether it was there before, and is after */
    void *before;       /* the fields that they changed, as they were: all of them, when it was deleted */
    uint64_t fields[2]; /* those fields */
    const void *now;    /* rule_undo's own */
};
/* Whether rows of a type follow from others, or are kept for ever: what became of them is not undone by itself, and a
 * later change of them stands in nobody's way. */
bool rule_follows(uint32_t type);
/* Makes objects of the plan as they were before, with the ids they had. changed-since when one of them is not as the last
 * revision left it; unsupported when one is not of the plan. What follows from others (claims, counts, plans for
 * servers) goes along; a reservation that was removed from its server is not put back. `a` has no limit. */
int rule_undo(struct draft *d, struct undoing *list, size_t count, struct arena *a, struct problem *p);

/* What is free, in order, nothing changed: the first prefix at or after `from` that is as large as what is free there
 * lets it be. 0, or IPAM_E_EXHAUSTED. */
int rule_next_gap(const struct view *v, int64_t space, const struct ipam_prefix *within,
                  const struct ipam_addr *from, struct ipam_prefix *ret);
/* The first run, as long as it is, of addresses at or after `from` (family 0: from the start) that rule_allocate would
 * hand out one by one for the subnet, range, `may` and `user` that `a` has. 0, IPAM_E_EXHAUSTED, or another error with
 * its problem. */
int rule_free_run(const struct view *v, const struct allocation *a, const struct ipam_addr *from,
                  struct ipam_addr *ret_first, struct ipam_addr *ret_last, struct problem *p);

/* Of addresses of the range that `a` names, which its DHCP server has free, those that the plan has for nobody, by which
 * the list becomes shorter. 0, or an error with its problem. */
int rule_keep_unheld(const struct view *v, const struct allocation *a, struct ipam_addr *list, size_t *count,
                     struct problem *p);

/* What servers have for an address, each noted on it: how far it has come, and by which plan. */
enum served_kind { SERVED_RESERVATION, SERVED_HOST, SERVED_PTR, SERVED_KINDS };
/* Which of them an object of a server is: a reservation, or a record of the DNS. */
enum served_kind rule_served_by(const void *object);
const char *rule_served_name(enum served_kind kind); /* "host record" */
/* IPAM_ADDRESS_DHCP_SYNC_*, which are the same for each of them; the last plan, or 0. */
uint32_t rule_sync(const struct ipam_address *a, enum served_kind kind);
int64_t rule_sync_plan(const struct ipam_address *a, enum served_kind kind);
void rule_sync_set(struct ipam_address *a, enum served_kind kind, uint32_t sync);
/* With the zone that a record of the DNS is in; of a reservation 0. */
void rule_sync_begin(struct ipam_address *a, enum served_kind kind, uint32_t sync, int64_t plan,
                     int64_t zone);
void rule_sync_forget(struct ipam_address *a, enum served_kind kind);
/* Whether a plan has not ended; the problem of that, an error. */
bool rule_is_under_way(const struct ipam_address *a, enum served_kind kind);
int rule_under_way(const struct ipam_address *a, enum served_kind kind, struct problem *p);

/* What becomes of an object on its server: a reservation, or a record of the DNS. */
struct server_change {
    const void *before, *after; /* as it is, NULL: added; as it is to be, NULL: deleted */
    int64_t address; /* the plan's address that it serves, on which is noted how far it has come; or 0 */
    int64_t drift;   /* that it puts back; or 0 */
    struct ipam_str actor, reason;
    int64_t first;          /* the plan that must end verified before; 0: none */
    int64_t begin;          /* not before; 0: at once */
    struct ipam_str window; /* the maintenance window of it; absent: always */
};
/* What a reference of that name holds; 0: nothing, or its type has none. */
int64_t rule_ref(const void *rec, const char *name);
/* Whether both are for one client: then one is what becomes of the other, and else takes its place. */
bool rule_same_client(const struct ipam_reservation *a, const struct ipam_reservation *b);
/* Drafts a plan of one step for it: its id, or 0 with the problem. */
int64_t rule_plan(struct draft *d, const struct server_change *c, struct problem *p);
/* A plan of several steps, or one over several servers, which has plans for these as its parts. */
struct plan_head {
    int64_t server;      /* 0: it has parts */
    int64_t scope, zone; /* all of it is there; 0: in several, or none */
    int64_t parent;      /* that it is a part of; 0: none */
    int64_t after;       /* that must end verified before; 0: none */
    int64_t undoes;      /* that it takes back; 0: none */
    uint32_t state;      /* IPAM_PLAN_STATE_PLANNED, or _PLANNING: not all is noted yet */
    int64_t steps;
    int64_t begin; /* as of server_change */
    struct ipam_str window, summary, actor, reason;
};
int64_t rule_plan_open(struct draft *d, const struct plan_head *h);
/* One step of it, from 1 on. */
void rule_plan_step(struct draft *d, int64_t plan, int64_t seq, const struct server_change *c);
/* The plan's address at an address of a space; 0: none. */
int64_t rule_address_at(const struct view *v, int64_t space, const struct ipam_addr *at);
/* The same on demand, with a note on that address, which was fetched. What is on its way already for it is in the way. */
int64_t rule_plan_noted(struct draft *d, const struct server_change *c, struct problem *p);

/* --- records of the DNS for an address --- */

/* Plans them onto, or off, their servers, for an address that was fetched: 0, or an error with its problem. `records`:
 * ids of records that storage has of the address, which were fetched; others are not known. */
int rule_register(struct draft *d, int64_t address, const struct dns_request *q, const int64_t *records,
                  size_t count, struct dns_plans *ret, struct problem *p);
int rule_unregister(struct draft *d, int64_t address, const struct dns_request *q, const int64_t *records,
                    size_t count, struct dns_plans *ret, struct problem *p);
/* Whether records of the zone may be changed: it is there, a primary, and its server is managed; else an error. `what`
 * begins the problem ("zone"). */
int rule_zone_takes(const struct view *v, int64_t zone, const struct dns_request *q, const char *what,
                    const struct ipam_zone **ret, struct problem *p);

/* The scope whose server keeps reservations for an address: the longest prefix on a managed server; NULL with
 * a problem, which is about the scope of another server if there is one. */
const struct ipam_scope *rule_scope_for(const struct view *v, int64_t space, const struct ipam_addr *a,
                                        struct problem *p);
/* The problem that there is none; an error. */
int rule_no_scope(const struct ipam_addr *a, struct problem *p);

/* Whether the limits of the space are strict. */
bool space_is_strict(const struct view *v, int64_t space);

/* The subnet that addresses from first to last are in: the smallest that holds all of them; 0: none. */
int64_t rule_subnet_around(const struct view *v, int64_t space, const struct ipam_addr *first,
                           const struct ipam_addr *last);

/* Fills the DERIVED fields of a record that was copied from the view. */
void rule_derive(const struct view *v, void *rec);

/* Thresholds of utilisation, in hundredths of a percent. */
struct thresholds {
    int64_t under, over;
};
/* Those that hold for a space, block, subnet or range: each is the nearest that is set, from the row itself outwards.
 * Where over would be below under, the nearer one holds and the other is the same. False: it has none. */
bool rule_thresholds(const struct view *v, const void *row, struct thresholds *ret);
/* IPAM_BLOCK_LEVEL_*, which are those of subnets and ranges too. */
uint32_t rule_level(const struct thresholds *t, int64_t utilization);
/* IPAM_ADDRESS_EXPIRY_* at that moment, by what its space (NULL: not known) says; false: it has no expiry date. */
bool rule_expiry(const struct ipam_space *space, const struct ipam_address *a, int64_t now, uint32_t *ret);

/* The access scope an object is in, its own or the inherited one; 0: the whole network, /Global. */
int64_t rule_access_scope(const struct view *v, const void *rec);
/* Whether it is where its parent is, having no access scope of its own: who sees one sees the other. */
bool rule_follows_parent(const void *rec);
/* Whether objects of the type are in one at all. */
bool rule_has_access_scope(uint32_t type);

/* Rights that limit how many blocks and subnets somebody may hold: how many he holds by this one, and one more, which is
 * about to be drafted. rule_delete gives back. */
int64_t rule_allotted(const struct view *v, int64_t policy, struct ipam_str who);
void rule_allot(struct draft *d, void *rec, int64_t policy, struct ipam_str who);

#endif
