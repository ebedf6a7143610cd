/* One capture filter (libpcap syntax), compiled for each link type that turns up. */
#ifndef MS_CAPTURE_BPF_H
#define MS_CAPTURE_BPF_H

#include "base/err.h"
#include "packet/packet.h"

struct bpf;

struct bpf *bpf_new(const char *text);
void bpf_free(struct bpf **b);
/* 1: the filter wants this frame; 0: not. -EINVAL: it cannot be compiled for this link type; e
 * says why. */
int bpf_match(struct bpf *b, const struct frame *f, struct err *e);

#endif
