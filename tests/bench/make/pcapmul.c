/*
 * pcapmul -o OUT -t SECONDS -s SEED -g FILE,PORTS,LEAST,MOST,HOW[,LOW,HIGH]…
 *
 * Multiplies the whole flows of small captures into a large one; the same seed makes the same
 * bytes. PORTS       server ports, "25+110"; "!25+110" all others; "*" any LEAST,MOST  bytes
 * that a flow has in its file HOW         "bN" flows until there are N bytes, "nN" N flows
 *   LOW,HIGH    the time line of a flow is stretched by a factor between, log-uniform (20,200),
 * to at most a minute Every copy has its own client address and port, one of 200 server
 * addresses, sequence numbers of its own, and a start within SECONDS. Checksums are corrected
 * as in RFC 1624. Packets are in order of time. Ethernet with IPv4 only; flows of TCP need
 * their SYN and an end. Options are read in order: -s and -t stand before -g.
 */
#include <err.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_HEADER = 24,
	RECORD = 16,
	ETHERNET = 14,
	TCP = 6,
	UDP = 17,
	FIN = 1,
	SYN = 2,
	RST = 4,
	ACK = 16,
	TABLE = 1 << 20, /* more than the flows of a base capture */
	SERVERS = 200,
	FIRST_PORT = 10000,
	PORTS = 50000,
	LONGEST_US = 60000000,
	NONE = -1,
};

static const uint64_t epoch_us = 1760000000ull * 1000000;

struct packet {
	const uint8_t *frame;
	uint64_t us; /* since the first of the flow */
	uint32_t len;
	int from_server;
};

struct ends {
	uint32_t client, server;
	uint16_t client_port, server_port;
	uint8_t proto;
};

struct flow {
	struct ends ends;
	struct packet *packets;
	uint32_t n, cap;
	uint64_t bytes; /* as records of the file */
	uint64_t first_us;
	bool ended;
};

/* One flow of the output. */
struct copy {
	uint32_t flow, id, next;
	uint64_t start_us;
	float stretch;
	uint32_t shift[2]; /* of the sequence numbers of client and server */
};

/* When the next packet of a copy is due. */
struct due {
	uint64_t us;
	uint32_t copy;
};

/* What -g says. */
struct group {
	char file[512], ports[128], how[32];
	unsigned long least, most;
	float low, high;
};

static struct flow *flows;
static uint32_t n_flows, cap_flows;
static struct copy *copies;
static uint64_t n_copies, cap_copies;
static struct due *heap;
static uint64_t n_heap;
static int32_t table[TABLE];
static uint64_t random_state = 1;

/* xorshift64 of Marsaglia, 2003. */
static uint64_t
random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* 0 … 1 */
static double
random_unit(void)
{
	return (double)(random64() >> 11) * (1.0 / 9007199254740992.0);
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

/* RFC 1624 section 3, equation 3: HC' = ~(~HC + ~m + m'). */
static uint16_t
sum_change16(uint16_t sum, uint16_t old, uint16_t new)
{
	uint32_t s = (uint32_t)(uint16_t)~sum + (uint16_t)~old + new;

	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static uint16_t
sum_change32(uint16_t sum, uint32_t old, uint32_t new)
{
	sum = sum_change16(sum, (uint16_t)(old >> 16), (uint16_t)(new >> 16));
	return sum_change16(sum, (uint16_t)old, (uint16_t) new);
}

static void *
grow(void *p, size_t n, size_t size)
{
	p = realloc(p, n * size);
	if (!p)
		err(1, "memory");
	return p;
}

/* ---- base captures
 * ------------------------------------------------------------------------------------- */

/* The whole file; it stays in memory. */
static uint8_t *
slurp(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");

	if (!f || fseek(f, 0, SEEK_END))
		err(1, "%s", path);
	*ret_n = (size_t)ftell(f);
	rewind(f);
	uint8_t *p = grow(NULL, *ret_n + 1, 1);
	if (fread(p, 1, *ret_n, f) != *ret_n)
		err(1, "%s", path);
	fclose(f);
	return p;
}

static bool
same_ends(const struct ends *a, const struct ends *b)
{
	return a->proto == b->proto && a->client == b->client && a->server == b->server &&
	       a->client_port == b->client_port && a->server_port == b->server_port;
}

static struct ends
turned(const struct ends *e)
{
	return (struct ends){.client = e->server,
		.server = e->client,
		.client_port = e->server_port,
		.server_port = e->client_port,
		.proto = e->proto};
}

/* The place of the flow in the table, or where it belongs. */
static int32_t *
place(const struct ends *e)
{
	struct ends back = turned(e);
	uint32_t h = (e->client ^ e->server) * 2654435761u ^
		     (uint32_t)(e->client_port ^ e->server_port) * 40503u ^ e->proto;

	for (;; h++) {
		int32_t *at = &table[h % TABLE];

		if (*at == NONE || same_ends(&flows[*at].ends, e) ||
			same_ends(&flows[*at].ends, &back))
			return at;
	}
}

static struct flow *
flow_begin(const struct ends *e, uint64_t us)
{
	if (n_flows == cap_flows) {
		cap_flows = cap_flows ? cap_flows * 2 : 1024;
		flows = grow(flows, cap_flows, sizeof(*flows));
	}
	flows[n_flows] = (struct flow){.ends = *e, .first_us = us};
	return &flows[n_flows++];
}

static void
flow_add(struct flow *f, struct packet p)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->packets = grow(f->packets, f->cap, sizeof(*f->packets));
	}
	f->packets[f->n++] = p;
	f->bytes += p.len + RECORD;
}

static void
load_frame(const uint8_t *frame, uint32_t len, uint64_t us)
{
	const uint8_t *ip = frame + ETHERNET, *l4 = ip + (ip[0] & 15) * 4;
	struct ends e = {.client = get32(ip + 12), .server = get32(ip + 16), .proto = ip[9]};

	if (get16(frame + 12) != 0x800 || (e.proto != TCP && e.proto != UDP))
		return;
	e.client_port = get16(l4);
	e.server_port = get16(l4 + 2);
	bool syn = e.proto == TCP && (l4[13] & (SYN | ACK)) == SYN;
	int32_t *at = place(&e);
	if (*at == NONE && e.proto == TCP && !syn)
		return;
	if (*at == NONE || syn)
		*at = (int32_t)(flow_begin(&e, us) - flows);
	struct flow *f = &flows[*at];
	flow_add(f, (struct packet){.frame = frame,
			    .us = us - f->first_us,
			    .len = len,
			    .from_server = !same_ends(&f->ends, &e)});
	if (e.proto == UDP || (l4[13] & (FIN | RST)))
		f->ended = true;
}

/* Adds the flows of a file that are whole. */
static void
load(const char *path)
{
	size_t n;
	const uint8_t *p = slurp(path, &n);
	uint32_t first = n_flows, kept = n_flows;

	memset(table, 0xff, sizeof(table)); /* NONE */
	for (size_t o = FILE_HEADER; o + RECORD <= n;) {
		uint32_t h[4]; /* seconds, microseconds, bytes captured, bytes */

		memcpy(h, p + o, sizeof(h));
		if (h[2] >= 42 && h[2] == h[3])
			load_frame(p + o + RECORD, h[2], h[0] * 1000000ull + h[1]);
		o += RECORD + h[2];
	}
	for (uint32_t i = first; i < n_flows; i++)
		if (flows[i].ended)
			flows[kept++] = flows[i];
	n_flows = kept;
}

/* ---- what is copied
 * ------------------------------------------------------------------------------------ */

static bool
port_wanted(const char *ports, uint16_t port)
{
	bool others = *ports == '!';

	ports += others;
	if (*ports == '*')
		return true;
	for (const char *p = ports; p; p = strchr(p, '+')) {
		p += *p == '+';
		if (strtoul(p, NULL, 10) == port)
			return !others;
	}
	return others;
}

static struct copy *
copy_add(uint32_t flow, const struct group *g, double seconds)
{
	if (n_copies == cap_copies) {
		cap_copies = cap_copies ? cap_copies * 2 : 4096;
		copies = grow(copies, cap_copies, sizeof(*copies));
	}
	struct copy *c = &copies[n_copies];
	const struct flow *f = &flows[flow];
	double lasts = (double)f->packets[f->n - 1].us;

	*c = (struct copy){.flow = flow, .id = (uint32_t)n_copies++};
	c->start_us = (uint64_t)(random_unit() * seconds * 1e6);
	c->stretch = (float)(g->low * powf(g->high / g->low, (float)random_unit()));
	if (lasts * c->stretch > LONGEST_US)
		c->stretch = lasts < LONGEST_US ? (float)(LONGEST_US / lasts) : 1;
	c->shift[0] = (uint32_t)(random64() >> 16);
	c->shift[1] = (uint32_t)(random64() >> 16);
	return c;
}

/* Copies flows of those from `first` on that the group wants. Returns bytes. */
static uint64_t
group_fill(const struct group *g, uint32_t first, double seconds)
{
	uint32_t *fit = grow(NULL, n_flows - first + 1, sizeof(*fit)), n_fit = 0;
	uint64_t limit = strtoull(g->how + 1, NULL, 10), bytes = 0, n = 0;

	for (uint32_t i = first; i < n_flows; i++)
		if (flows[i].bytes >= g->least && flows[i].bytes <= g->most &&
			port_wanted(g->ports, flows[i].ends.server_port))
			fit[n_fit++] = i;
	if (n_fit == 0)
		errx(1, "%s has no such flow", g->file);
	while ((g->how[0] == 'b' ? bytes : n) < limit) {
		struct copy *c = copy_add(fit[random64() % n_fit], g, seconds);

		bytes += flows[c->flow].bytes;
		n++;
	}
	fprintf(stderr, "%s %s: %u flows, %lu copies, %lu bytes\n", g->file, g->ports, n_fit, n,
		bytes);
	free(fit);
	return bytes;
}

static uint64_t
group_read(const char *text, double seconds)
{
	static char last[512];
	static uint32_t first;
	struct group g = {.low = 20, .high = 200};

	if (sscanf(text, "%511[^,],%127[^,],%lu,%lu,%31[^,],%f,%f", g.file, g.ports, &g.least,
		    &g.most, g.how, &g.low, &g.high) < 5)
		errx(1, "-g %s: FILE,PORTS,LEAST,MOST,HOW[,LOW,HIGH]", text);
	if (strcmp(last, g.file) != 0) {
		first = n_flows;
		load(g.file);
		strcpy(last, g.file);
	}
	return group_fill(&g, first, seconds);
}

/* ---- in order of time
 * ---------------------------------------------------------------------------------- */

static bool
before(struct due a, struct due b)
{
	return a.us != b.us ? a.us < b.us : a.copy < b.copy;
}

static void
heap_push(struct due d)
{
	uint64_t i = n_heap++;

	for (; i && before(d, heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = d;
}

static struct due
heap_pop(void)
{
	struct due top = heap[0], last = heap[--n_heap];
	uint64_t i = 0;

	for (uint64_t child; (child = 2 * i + 1) < n_heap; i = child) {
		if (child + 1 < n_heap && before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], last))
			break;
		heap[i] = heap[child];
	}
	heap[i] = last;
	return top;
}

/* ---- output
 * --------------------------------------------------------------------------------------------
 */

/* The packet with the addresses, port and sequence numbers of the copy. */
static void
rewrite(uint8_t *frame, const struct copy *c, const struct packet *p)
{
	uint64_t clients = n_copies / 40 + 50;
	uint32_t client = 0x0a010000u + (uint32_t)(c->id % clients);
	uint32_t server = 0xc0a80100u + c->flow % SERVERS;
	uint16_t port = (uint16_t)(FIRST_PORT + c->id / clients % PORTS);
	uint8_t *ip = frame + ETHERNET, *l4 = ip + (ip[0] & 15) * 4;
	uint8_t *l4_port = p->from_server ? l4 + 2 : l4;
	uint8_t *l4_sum = ip[9] == TCP ? l4 + 16 : l4 + 6;
	uint32_t src = p->from_server ? server : client, dst = p->from_server ? client : server;
	uint32_t src_was = get32(ip + 12), dst_was = get32(ip + 16);
	uint16_t sum = sum_change32(sum_change32(get16(l4_sum), src_was, src), dst_was, dst);

	put16(ip + 10, sum_change32(sum_change32(get16(ip + 10), src_was, src), dst_was, dst));
	put32(ip + 12, src);
	put32(ip + 16, dst);
	sum = sum_change16(sum, get16(l4_port), port);
	put16(l4_port, port);
	if (ip[9] == TCP) {
		uint32_t seq = get32(l4 + 4), ack = get32(l4 + 8);
		uint32_t new_seq = seq + c->shift[p->from_server];
		uint32_t new_ack = l4[13] & ACK ? ack + c->shift[!p->from_server] : ack;

		sum = sum_change32(sum_change32(sum, seq, new_seq), ack, new_ack);
		put32(l4 + 4, new_seq);
		put32(l4 + 8, new_ack);
	}
	put16(l4_sum, sum);
}

static void
write_packet(FILE *out, const struct copy *c, const struct packet *p, uint64_t us)
{
	static uint8_t frame[1 << 18];
	uint32_t record[4] = {(uint32_t)((epoch_us + us) / 1000000),
		(uint32_t)((epoch_us + us) % 1000000), p->len, p->len};

	memcpy(frame, p->frame, p->len);
	rewrite(frame, c, p);
	fwrite(record, sizeof(record), 1, out);
	fwrite(frame, p->len, 1, out);
}

/* Returns how many packets. */
static uint64_t
write_all(FILE *out)
{
	const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
	uint64_t n = 0;

	fwrite(header, sizeof(header), 1, out);
	heap = grow(NULL, n_copies + 1, sizeof(*heap));
	for (uint32_t i = 0; i < n_copies; i++)
		heap_push((struct due){copies[i].start_us, i});
	for (; n_heap; n++) {
		struct due d = heap_pop();
		struct copy *c = &copies[d.copy];
		const struct flow *f = &flows[c->flow];

		write_packet(out, c, &f->packets[c->next], d.us);
		if (++c->next == f->n)
			continue;
		double later = (double)f->packets[c->next].us * (double)c->stretch;
		heap_push((struct due){c->start_us + (uint64_t)later + c->next, d.copy});
	}
	return n;
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	double seconds = 60;
	uint64_t bytes = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "-o") == 0)
			path = argv[i + 1];
		else if (strcmp(argv[i], "-t") == 0)
			seconds = strtod(argv[i + 1], NULL);
		else if (strcmp(argv[i], "-s") == 0)
			random_state = strtoull(argv[i + 1], NULL, 10) * 2654435761u +
				       88172645463325252ull;
		else if (strcmp(argv[i], "-g") == 0)
			bytes += group_read(argv[i + 1], seconds);
		else
			errx(2, "what is %s?", argv[i]);
	}
	FILE *out = path ? fopen(path, "wb") : NULL;
	if (!out)
		err(1, "-o %s", path ? path : "is missing");
	uint64_t n = write_all(out);
	if (fclose(out))
		err(1, "%s", path);
	fprintf(stderr, "%s: %lu flows, %lu packets, %lu bytes\n", path, n_copies, n,
		bytes + FILE_HEADER);
	return 0;
}
