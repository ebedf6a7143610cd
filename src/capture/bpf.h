/* One capture filter (libpcap syntax), compiled for each link type that turns up. */
#ifndef MS_CAPTURE_BPF_H
#define MS_CAPTURE_BPF_H

#include "base/err.h"
#include "capture/source.h"
#include "packet/packet.h"

struct bpf;

#define BPF_BAD SOURCE_BAD_FILTER
#define BPF_WAY_OUT "write it as in: -f 'tcp port 25 or tcp port 143' (man 7 pcap-filter)"

/* 0, or BPF_BAD for a text that no common link type can be asked with. Some that pass fit only
 * one of them. */
int bpf_check(const char *text, struct err *e);
struct bpf *bpf_new(const char *text);
void bpf_free(struct bpf **b);
/* 1: the filter wants this frame; 0: not. BPF_BAD: it cannot be compiled for this link type; e
 * says why. */
int bpf_match(struct bpf *b, const struct frame *f, struct err *e);

#endif
