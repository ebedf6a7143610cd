/*
 * pcapcount FILE | pcapcount -i INTERFACE [SECONDS [BUFFER_MIB]]
 *
 * The limit: a loop over libpcap that counts packets and bytes and does nothing else. Live it
 * prints what the kernel dropped.
 */
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

struct count {
	uint64_t packets, bytes;
};

static pcap_t *handle;

static void
on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	struct count *c = (struct count *)user;

	(void)data;
	c->packets++;
	c->bytes += h->caplen;
}

static void
on_signal(int number)
{
	(void)number;
	pcap_breakloop(handle);
}

static pcap_t *
open_live(const char *interface, const char *buffer_mib, char *error)
{
	const struct sigaction action = {.sa_handler = on_signal};
	pcap_t *p = pcap_create(interface, error);

	if (!p)
		return NULL;
	pcap_set_snaplen(p, 262144);
	pcap_set_promisc(p, 1);
	pcap_set_timeout(p, 100);
	if (buffer_mib)
		pcap_set_buffer_size(p, atoi(buffer_mib) << 20);
	if (pcap_activate(p) < 0)
		errx(1, "%s", pcap_geterr(p));
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return p;
}

int
main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct count c = {0};

	if (argc < 2)
		errx(2, "pcapcount FILE | pcapcount -i INTERFACE [SECONDS [BUFFER_MIB]]");
	int live = argc > 2 && strcmp(argv[1], "-i") == 0;
	handle = live ? open_live(argv[2], argc > 4 ? argv[4] : NULL, error)
		      : pcap_open_offline(argv[1], error);
	if (!handle)
		errx(1, "%s", error);
	if (live && argc > 3)
		alarm((unsigned)atoi(argv[3]));
	pcap_loop(handle, -1, on_packet, (u_char *)&c);
	printf("%lu packets %lu bytes", c.packets, c.bytes);
	if (live) {
		struct pcap_stat st = {0};

		pcap_stats(handle, &st);
		printf(" recv %u drop %u ifdrop %u", st.ps_recv, st.ps_drop, st.ps_ifdrop);
	}
	puts("");
	pcap_close(handle);
	return 0;
}
