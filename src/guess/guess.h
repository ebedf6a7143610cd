/*
 * Names what a flow speaks when the mail dissectors do not know it: "http", "ssh", "ftp",
 * "redis" … in lower case. Nothing here decides about credentials, session state or encryption.
 * A name is a constant text that is never freed, so it may be kept and compared by pointer
 * within one source of names only; NULL means unknown. No call ever answers with a mail
 * protocol.
 *
 * First the first bytes, by tables (guess_banner.c); then nDPI for what those leave open
 * (guess_ndpi.c), or nothing in a build without it (guess_none.c).
 */
#ifndef MS_GUESS_GUESS_H
#define MS_GUESS_GUESS_H

#include "event/event.h"

/* More bytes of a direction than these are not looked at. */
#define GUESS_HEAD_BYTES 1024

/*
 * By the first bytes of the flow's two directions, either of which may be empty. "random": at
 * least 64 bytes that look like cipher text. Costs a few comparisons; needs no object.
 */
const char *guess_banner(struct bytes c2s, struct bytes s2c);

struct guess;
/* Cheap: the tables of nDPI (some MB) are loaded when the first question comes that needs them.
 * One object a thread. */
struct guess *guess_new(void);
void guess_free(struct guess **g);
/*
 * guess_banner(), then nDPI over packets made up from these bytes, with its guesses by port and
 * address switched off. Ports in host order. Ask once for a flow, when both directions have
 * spoken or it is clear that one will not: a question to nDPI costs
 * some 20 µs, the first one 30 ms.
 */
const char *guess_flow(struct guess *g, uint16_t client_port, uint16_t server_port,
	struct bytes c2s, struct bytes s2c);
/* Name and version of the library behind guess_flow(), for --version; NULL without one. */
const char *guess_library(void);

/* A PROXY protocol header (HAProxy's specification, versions 1 and 2) that stands before the
 * client's first byte. */
#define GUESS_PROXY_MAX 4096 /* bytes; a longer one is not believed */

/*
 * Is `head`, the first bytes of a direction, such a header? Its length in bytes (what follows
 * is the dialogue), 0 when it is none, -EAGAIN when it may become one with more bytes. *ret is
 * filled only with a length.
 */
int guess_proxy_header(struct bytes head, struct ev_proxy *ret);

#endif
