#include "capture/bpf.h"
#include "base/arena.h"

#include <errno.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#define SNAPLEN 262144 /* of the dead handle; no frame is cut by it */

struct program {
	uint16_t link;
	struct bpf_program code;
};

struct bpf {
	char *text;
	struct program *programs; /* one a link type: few */
	size_t n;
	size_t last; /* used last: nearly always the one wanted next */
};

struct bpf *
bpf_new(const char *text)
{
	struct bpf *b = mem_get(sizeof(*b));

	b->text = mem_text(text);
	return b;
}

void
bpf_free(struct bpf **b)
{
	if (!*b)
		return;
	for (size_t i = 0; i < (*b)->n; i++)
		pcap_freecode(&(*b)->programs[i].code);
	free((*b)->programs);
	free((*b)->text);
	free(*b);
	*b = NULL;
}

int
bpf_check(const char *text, struct err *e)
{
	static const int links[] = {DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL, DLT_IEEE802_11_RADIO};
	struct bpf_program code;
	int bad = -1;

	for (size_t i = 0; bad && i < sizeof(links) / sizeof(links[0]); i++) {
		pcap_t *dead = pcap_open_dead(links[i], SNAPLEN);

		if (!dead)
			abort();
		bad = pcap_compile(dead, &code, text, 1, PCAP_NETMASK_UNKNOWN);
		if (bad && i == 0)
			err_set(e, BPF_BAD, "-f \"%s\": %s; " BPF_WAY_OUT, text,
				pcap_geterr(dead));
		if (!bad)
			pcap_freecode(&code);
		pcap_close(dead);
	}
	return bad ? BPF_BAD : 0;
}

static int
compile(struct bpf *b, uint16_t link, struct err *e)
{
	pcap_t *dead = pcap_open_dead(link, SNAPLEN);
	struct program p = {.link = link};
	const char *name = pcap_datalink_val_to_name(link);
	int code = 0;

	if (!dead)
		abort();
	if (pcap_compile(dead, &p.code, b->text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		code = err_set(e, BPF_BAD,
			"the filter \"%s\" cannot be used on link type %s (%u): "
			"%s; " BPF_WAY_OUT,
			b->text, name ? name : "unknown", link, pcap_geterr(dead));
	} else {
		b->programs = mem_grow(b->programs, (b->n + 1) * sizeof(p));
		b->programs[b->n++] = p;
	}
	pcap_close(dead);
	return code;
}

static int
select_program(struct bpf *b, uint16_t link, struct err *e)
{
	for (b->last = 0; b->last < b->n; b->last++)
		if (b->programs[b->last].link == link)
			return 0;
	return compile(b, link, e);
}

int
bpf_match(struct bpf *b, const struct frame *f, struct err *e)
{
	struct pcap_pkthdr h = {.caplen = (bpf_u_int32)f->data.n, .len = f->wire_len};

	if (b->last >= b->n || b->programs[b->last].link != f->link) {
		int code = select_program(b, f->link, e);

		if (code < 0)
			return code;
	}
	return pcap_offline_filter(&b->programs[b->last].code, &h, f->data.p) != 0;
}
