/* sandbox.h - what a process of ipamd may do from now on; everything else is refused by the kernel.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Four fences, none of which can be loosened: no new privileges and no capabilities; paths, TCP ports and
 * signals (Landlock); system calls (seccomp). docs/decisions says why each rule is there. What a process
 * needs later must be named before: it opens by folder, and a helper that is to reach more is a new process. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OFF: nothing. ON: what the kernel can, and a line about the rest. REQUIRE: all of it, or the process ends. */
enum sandbox_mode { SANDBOX_OFF, SANDBOX_ON, SANDBOX_REQUIRE };
extern const char *const sandbox_mode_names[]; /* "off", "on", "require", NULL */

/* DOORMAN: reaches servers for a helper (core/keeper/doorman.h). */
enum sandbox_process { SANDBOX_DAEMON, SANDBOX_KEEPER, SANDBOX_HELPER, SANDBOX_DOORMAN };

/* Rights to a file, or to all below a folder. */
#define SANDBOX_READ    1u
#define SANDBOX_WRITE   2u /* what is there */
#define SANDBOX_CHANGE  4u /* make, remove and rename */
#define SANDBOX_EXECUTE 8u
/* Of a file: to read what lies in its folder, too. Programs write a certificate or a lease file anew and give it the
 * old one's name, and a rule is of the file that had the name before. Not where the folder is a first one, such as
 * /etc, in which everybody has something. */
#define SANDBOX_BESIDE 16u

#define SANDBOX_PATHS_MAX 256
#define SANDBOX_PORTS_MAX 256
#define SANDBOX_WORDS_MAX 16384 /* bytes of rules as words */

struct sandbox_rules {
    enum sandbox_process process;
    bool internet; /* DAEMON: plugins of this process talk to servers, anywhere */
    bool any_port; /* HELPER: it is not known to which ports its servers' answer */
    bool network;  /* HELPER: it connects to nothing itself, only through its doorman (reach.h), */
    bool doorman;  /* if it has one */
    bool echo;     /* HELPER, DOORMAN: it may send echo requests, to addresses that its doorman was told */
    unsigned path_count, port_count;
    struct {
        const char *path; /* one that is not there is passed over */
        unsigned rights;
    } paths[SANDBOX_PATHS_MAX];
    uint16_t ports[SANDBOX_PORTS_MAX]; /* HELPER, DOORMAN: to which it may connect by TCP */
};
/* False when there are too many. The path is not copied; NULL is passed over. */
bool sandbox_allow_path(struct sandbox_rules *r, const char *path, unsigned rights);
bool sandbox_allow_port(struct sandbox_rules *r, uint16_t port);

/* Enters it, for the whole process: call while there is one thread. What the kernel cannot is logged; 0, or
 * -1 in mode REQUIRE, with the reason in the log. */
int sandbox_enter(const struct sandbox_rules *r, enum sandbox_mode mode);

/* No program that is executed from now on has capabilities. Root that is to be another user does it while it can. */
void sandbox_drop_bounding_set(void);

/* What this system can, without entering anything: the version of Landlock (0: none), and whether it filters
 * calls. `missing` gets in words what is lacking, "" when nothing is. */
struct sandbox_abilities {
    int landlock;
    bool calls;
    bool network; /* addresses that a helper reaches can be fenced */
    char missing[256];
};
void sandbox_probe(struct sandbox_abilities *ret);

/* A helper's rules on their way to it, as lines of text: the mode, then "port N", "any-port", "path P",
 * "network", "echo". */
struct sandbox_words {
    char text[SANDBOX_WORDS_MAX];
    size_t len;
};
/* The environment variable that brings them. */
#define SANDBOX_ENVIRONMENT "IPAM_SANDBOX"
void sandbox_words_begin(struct sandbox_words *w, enum sandbox_mode mode);
/* Adds a line unless it is there: false when there is no room, or the line holds what no line may. */
bool sandbox_words_add(struct sandbox_words *w, const char *word, const char *value);
/* Whether there is a line of this word alone, after the first; `text` ends with a NUL. */
bool sandbox_words_have(const char *text, const char *word);
/* Whether every line of `less` but the first is in `more`, too. */
bool sandbox_words_cover(const struct sandbox_words *more, const struct sandbox_words *less);
/* Reads them; `text` is cut into the rules' paths, and lives as long. False when it makes no sense. */
bool sandbox_words_read(char *text, struct sandbox_rules *ret, enum sandbox_mode *ret_mode);

#endif
