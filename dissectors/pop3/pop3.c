#include "dissectors/pop3/pop3.h"

#include <stdlib.h>

static enum dis_next
feed(void *st, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	return d == DIR_C2S ? pop3_client(st, in, used, out) : pop3_server(st, in, used, out);
}

static void
client_gap(struct pop3 *p, uint64_t end, struct events *out)
{
	p->resume[DIR_C2S] = true;
	if (p->client == CLIENT_AUTH)
		p->auth_turn =
			false; /* the lost bytes were the answer; the verdict may still come */
	else
		pop3_hole(p, DIR_C2S, end, out);
}

static void
server_gap(struct pop3 *p, uint64_t end, uint64_t lost, struct events *out)
{
	if (p->client == CLIENT_AUTH && !p->auth_turn)
		p->decide[DIR_C2S] = true; /* the lost bytes may have been a challenge */
	if (p->client == CLIENT_STLS)
		p->decide[DIR_C2S] = true;
	if (p->body == BODY_MESSAGE) {
		unsigned variants = p->dots.variants;

		p->lost += lost;
		p->lost_end = end;
		dots_init(&p->dots);
		p->dots.variants = variants;
		p->line_start = true;
		return;
	}
	p->body = BODY_NONE;
	p->resume[DIR_S2C] = true;
	pop3_hole(p, DIR_S2C, end, out);
}

static void
gap(void *st, enum dir d, uint64_t lost, struct events *out)
{
	struct pop3 *p = st;
	uint64_t end = events_used(out, d) + lost;

	if (lost == 0) {
		p->decide[!d] = true;
		return;
	}
	p->lines[d] = (struct line_state){0};
	if (p->session == SESSION_PRE)
		p->session = SESSION_UNKNOWN; /* a login may be among the lost */
	p->broken_end = 0;
	if (d == DIR_C2S)
		client_gap(p, end, out);
	else
		server_gap(p, end, lost, out);
}

/* RFC 2595 4: what was said before is void. */
static void
secured(void *st, struct events *out)
{
	struct pop3 *p = st;

	while (p->n)
		pop3_pop(p, out);
	pop3_user_close(p, out);
	p->client = CLIENT_COMMAND;
	p->session = SESSION_PRE;
	p->body = BODY_NONE;
	p->tls_clear[DIR_C2S] = p->tls_clear[DIR_S2C] = p->no_tls_said = false;
	for (int d = 0; d < 2; d++) {
		p->lines[d] = (struct line_state){0};
		p->resume[d] = p->decide[d] = false;
	}
	p->broken_end = 0;
	p->broken = 0;
}

static void
end(void *st, enum dir d, struct events *out)
{
	struct pop3 *p = st;

	if (d == DIR_C2S)
		return;
	pop3_body_end(p, out, 0, 0);
	while (p->n)
		pop3_pop(p, out);
	pop3_user_close(p, out);
}

static void
done(void *st)
{
	struct pop3 *p = st;

	for (uint32_t i = 0; i < p->n; i++)
		sasl_free(&p->queue[(p->head + i) % p->cap].login);
	free(p->queue);
	buf_wipe(&p->user);
	buf_done(&p->apop);
	buf_done(&p->list);
}

static const uint16_t ports[] = {110, 995, 0};

const struct dissector pop3_dissector = {
	.name = "pop3",
	.proto = PROTO_POP3,
	.ports = ports,
	.state_size = sizeof(struct pop3),
	.probe = pop3_probe,
	.feed = feed,
	.gap = gap,
	.secured = secured,
	.end = end,
	.done = done,
};
