/* Shared by the files that read the client's direction. */
#ifndef MS_DISSECTORS_IMAP_CLIENT_H
#define MS_DISSECTORS_IMAP_CLIENT_H

#include "dissectors/imap/imap.h"

/* What is shown of a line, and what is hidden in it. */
struct shown {
	struct bytes line, args;
	size_t literal; /* so many octets of the line are a literal that ends there */
	struct mask masks[2];
	size_t n_masks;
	const char *verb;
	unsigned flags;
};

/* Hides [from, end) of the line; `secret` is what it stands for, or none. */
void shown_mask(struct shown *s, size_t from, size_t end, struct bytes secret);

/* said.c */
void imap_said_command(struct imap_io *io, uint32_t id, struct bytes tag, const struct shown *s,
	const struct place *at);
void imap_said_starttls(struct imap_io *io, enum starttls_stage stage, struct bytes text,
	bool early, const struct place *at);
/* HTTP, bad grammar, unknown commands: anomalies. */
void imap_said_oddities(struct imap_io *io, const struct shown *s, const struct place *at);
/* In clear where TLS was to begin, and may still. */
bool imap_in_place_of_tls(const struct imap_io *io);
/* The line without what it may hide, as STLS_SURPLUS. */
void imap_said_surplus(struct imap_io *io, const struct shown *s, const struct place *at);

/* args.c: the arguments that a command's row asks for (imap_verb.words). */
/* Keeps an argument's value. `t` NULL: the value is `raw`, a literal's octets. */
void imap_arg_keep(struct imap_cmd *cmd, const struct lex_token *t, struct bytes raw);
/* Reads those in s->line[from..]. For LOGIN everything from the second on is hidden. */
void imap_args_read(struct imap_cmd *cmd, size_t from, struct shown *s);
/* AUTHENTICATE mechanism [initial response], RFC 9051 6.2.2: begins cmd->sasl. */
void imap_args_authenticate(
	struct imap_io *io, struct imap_cmd *cmd, size_t from, struct shown *s);

/* wait.c: what the client waits for, and whether it is over. */
/* True when the client may go on; false: *ret says why not. */
bool imap_wait_over(struct imap_io *io, enum dis_next *ret);
/* The server said no to a literal, or the client went on without it: the command ends here. */
void imap_literal_refused(struct imap *st);
/* Has the line a tag and a verb that is known? */
bool imap_looks_command(struct bytes line);

#endif
