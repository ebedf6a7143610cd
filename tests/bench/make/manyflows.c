/*
 * manyflows OUT N: N SMTP connections to port 25 that are all open at the end of the capture.
 * Each has seven packets a second apart: SYN, SYN/ACK, ACK, greeting, EHLO, its reply, ACK.
 * Starts are spread over ten seconds, packets are in order of time, checksums are right.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RECORD = 16,
	ETHERNET = 14,
	IP = 20,
	TCP = 32, /* with options */
	STEPS = 7,
	HELO_STEP = 4,
	HELO_BYTES = 31, /* EHLO client000000.example.net CR LF */
	CLIENTS = 20000,
	SPREAD_US = 10000000,
	STEP_US = 1000000,
};

#define GREETING "220 mail.example.test ESMTP Postfix (Debian/GNU)\r\n"
#define REPLY                                                                                  \
	"250-mail.example.test\r\n250-PIPELINING\r\n250-SIZE 60000000\r\n250-STARTTLS\r\n250 " \
	"8BITMIME\r\n"

struct step {
	uint8_t from_server, flags;
	const char *text;
	uint32_t client_sent, server_sent; /* sequence numbers used before */
};

static const struct step steps[STEPS] = {
	{0, 0x02, "", 0, 0},
	{1, 0x12, "", 1, 0},
	{0, 0x10, "", 1, 1},
	{1, 0x18, GREETING, 1, 1},
	{0, 0x18, NULL, 1, sizeof(GREETING)},
	{1, 0x18, REPLY, 1 + HELO_BYTES, sizeof(GREETING)},
	{0, 0x10, "", 1 + HELO_BYTES, sizeof(GREETING) + sizeof(REPLY) - 1},
};

static const uint64_t epoch_us = 1760000000ull * 1000000;

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

/* The Internet checksum, RFC 1071. */
static uint16_t
checksum(const uint8_t *p, size_t n, uint32_t sum)
{
	for (; n > 1; n -= 2, p += 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	if (n)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
put_ethernet(uint8_t *p, int from_server)
{
	memcpy(p, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08", ETHERNET);
	p[5] = from_server ? 2 : 1;
	p[11] = from_server ? 1 : 2;
}

static void
put_ip(uint8_t *p, uint64_t i, int from_server, size_t tcp_bytes)
{
	uint32_t client = 0x0a010000u + (uint32_t)(i % CLIENTS);
	uint32_t server = 0xc0a80101u + (uint32_t)(i / CLIENTS % 2);

	p[0] = 0x45;
	put16(p + 2, (uint16_t)(IP + tcp_bytes));
	put16(p + 4, (uint16_t)i);
	p[6] = 0x40; /* do not fragment */
	p[8] = 64;
	p[9] = 6;
	put32(p + 12, from_server ? server : client);
	put32(p + 16, from_server ? client : server);
	put16(p + 10, checksum(p, IP, 0));
}

static void
put_tcp(uint8_t *p, uint64_t i, const struct step *s, uint64_t us)
{
	uint32_t client = (uint32_t)i * 2654435761u + s->client_sent;
	uint32_t server = (uint32_t)i * 40503u + 77 + s->server_sent;
	uint16_t port = (uint16_t)(10000 + i / CLIENTS);

	put16(p, s->from_server ? 25 : port);
	put16(p + 2, s->from_server ? port : 25);
	put32(p + 4, s->from_server ? server : client);
	put32(p + 8, s->from_server ? client : s == steps ? 0 : server);
	p[12] = TCP / 4 << 4;
	p[13] = s->flags;
	put16(p + 14, 64240);
	if (s->flags & 2) { /* MSS 1460, SACK, window scale, RFC 9293 3.1 and RFC 7323 */
		memcpy(p + 20, "\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x01\x01", 12);
		return;
	}
	memcpy(p + 20, "\x01\x01\x08\x0a", 4);
	put32(p + 24, (uint32_t)(us / 1000));
	put32(p + 28, (uint32_t)(us / 1000) - 1);
}

static void
write_packet(FILE *out, uint64_t i, int step, uint64_t us)
{
	uint8_t frame[ETHERNET + IP + TCP + 256] = {0}, *ip = frame + ETHERNET, *tcp = ip + IP;
	const struct step *s = &steps[step];
	char helo[64];
	const char *text = s->text ? s->text : helo;

	snprintf(helo, sizeof(helo), "EHLO client%06lu.example.net\r\n", i % 1000000);
	size_t n = strlen(text), tcp_bytes = TCP + n;
	uint32_t len = (uint32_t)(ETHERNET + IP + tcp_bytes);
	uint64_t at = epoch_us + us;
	uint32_t record[4] = {(uint32_t)(at / 1000000), (uint32_t)(at % 1000000), len, len};

	put_ethernet(frame, s->from_server);
	put_ip(ip, i, s->from_server, tcp_bytes);
	put_tcp(tcp, i, s, us);
	memcpy(tcp + TCP, text, n);
	/* The pseudo header, RFC 9293 3.1: both addresses, protocol, length. */
	uint32_t pseudo = 6 + (uint32_t)tcp_bytes;
	for (int k = 12; k < 20; k += 2)
		pseudo += (uint32_t)(ip[k] << 8 | ip[k + 1]);
	put16(tcp + 16, checksum(tcp, tcp_bytes, pseudo));
	fwrite(record, RECORD, 1, out);
	fwrite(frame, len, 1, out);
}

/* Each step runs through the connections in order; the step whose next packet is earliest goes
 * on. */
static void
write_all(FILE *out, uint64_t n)
{
	uint64_t next[STEPS] = {0};
	double gap = (double)SPREAD_US / (double)n;

	for (;;) {
		int earliest = -1;
		double earliest_us = 0;

		for (int k = 0; k < STEPS; k++) {
			double us = (double)next[k] * gap + k * (double)STEP_US;

			if (next[k] < n && (earliest < 0 || us < earliest_us)) {
				earliest = k;
				earliest_us = us;
			}
		}
		if (earliest < 0)
			return;
		write_packet(out, next[earliest]++, earliest, (uint64_t)earliest_us);
	}
}

int
main(int argc, char **argv)
{
	const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};

	if (argc != 3)
		errx(2, "manyflows OUT N");
	FILE *out = fopen(argv[1], "wb");
	if (!out)
		err(1, "%s", argv[1]);
	fwrite(header, sizeof(header), 1, out);
	write_all(out, strtoull(argv[2], NULL, 10));
	if (fclose(out))
		err(1, "%s", argv[1]);
	return 0;
}
