/* known.h - the addresses that a helper may reach: those of its servers, by address or by name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Names are looked up here, by threads, never by the helper: what it says of a name is not believed. An
 * address that a name had is good for a while; one that is not known makes every name be looked up anew
 * before it is refused. */
#ifndef KEEPER_KNOWN_H
#define KEEPER_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Servers come and go; a server that is there already, or is not, changes nothing. One thread. */
void known_add(const char *server);
void known_remove(const char *server);

enum known { KNOWN_NO, KNOWN_YES, KNOWN_UNSURE }; /* UNSURE: known_wait can tell */
/* Whether this is an address of one of the servers. An address of IPv4 in one of IPv6 is that of IPv4.
 * Never waits. */
enum known known_server(const struct sockaddr *address, socklen_t len);
/* The same, after names were looked up; any thread. */
bool known_wait(const struct sockaddr *address, socklen_t len);
/* An echo request may be sent to these, IPv4 as IPv6 has it, for ECHO_MS; the oldest go when there is no room. */
#define ECHO_MS 120000
void known_echo_add(const unsigned char (*addresses)[16], size_t count);
bool known_echo(const struct sockaddr *address, socklen_t len);
/* Whether it is a resolver of this machine, at its port. */
bool known_resolver(const struct sockaddr *address, socklen_t len);
/* The address of a line "nameserver ADDRESS" of resolv.conf(5), IPv4 as IPv6 has it; a zone behind it is
 * passed over. */
bool known_nameserver(const char *line, unsigned char ret[16]);
/* The port of an address of IPv4 or IPv6. */
uint16_t known_port(const struct sockaddr *address);
/* "192.0.2.1 port 80", "unix socket /run/x", "family 38". */
void known_write(const struct sockaddr *address, socklen_t len, char *buf, size_t size);

#endif
