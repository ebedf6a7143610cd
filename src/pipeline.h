/*
 * Wires the layers and runs them: packets from a source, through decoder, streams, driver,
 * model and findings, to the sinks. With its other files (pipeline_batch, pipeline_collect,
 * pipeline_handover) the only place that knows threads; with one worker everything runs inline.
 */
#ifndef MS_PIPELINE_H
#define MS_PIPELINE_H

#include "capture/dumper.h"
#include "output/sink.h"
#include "dissectors/dissector.h"
#include "packet/packet.h"

#define SETTING_FILES 16

/* Names of files that a setting was given. */
struct setting_files {
	const char *v[SETTING_FILES];
	size_t n;
};

struct pipeline_settings {
	struct packet_settings packet;
	struct stream_settings stream;
	struct dis_limits dissect;
	struct model_settings model;
	struct findings_settings findings;
	struct setting_files fingerprints; /* tls.fingerprints */
	struct setting_files bad_keys;     /* cert.blocklist: read into findings.bad_keys */
	size_t memory_bytes;               /* ceiling for everything together. 1 GiB */
	size_t keylog_bytes;   /* secrets of TLS sessions, at most. 1/8 of the ceiling */
	struct keylog *keylog; /* secrets of TLS sessions; those of the input are added. NULL:
				  nothing is decrypted. Borrowed */
	size_t secrets;        /* distinct secrets told apart. 1,000,000 */
	uint32_t workers;   /* 1: all in one thread; more: packets to events in one, events to
			     * output in another. 2 where there are so many cores */
	size_t queue_bytes; /* of events on their way between them. 2 MiB */
	size_t live_queue_bytes; /* … of a live capture; over that, packets are left out. 64 MiB
				  */
	uint64_t max_packets;    /* 0: no limit */
	int64_t duration_ns;     /* of packet time for files, wall time live; 0: no limit */
	int64_t stats_ns; /* a stats event every so much (wall time live, packet time in files);
			     0: at the end only */
	bool reveal;
	bool judge;    /* findings are made even if no sink wants them: for `worst` */
	bool progress; /* a line on standard error while files are read */
	bool quiet;    /* none there of what a live capture missed */
	const char *command_line;
	struct out *out; /* the run ends when nothing can be written to it any more; live, it is
			  * flushed after each batch of packets. Borrowed */
};
/* The default of every layer. */
void pipeline_settings_init(struct pipeline_settings *set);
/*
 * One ceiling of so many bytes for all that grows with the input. What has limits of its own
 * gets a share (fragments, compared bytes, findings, cross-session rules, secrets, services
 * that offer STARTTLS); connections with their sessions have the rest, and the oldest go first.
 */
void pipeline_share_memory(struct pipeline_settings *set, size_t bytes);

struct pipeline_result {
	enum severity worst; /* for --fail-on */
	bool input_broken;   /* some input ended early; told on standard error */
	bool output_broken;  /* a sink or the dumper could not write; told on standard error */
	bool not_there; /* a sink was asked for what the input does not have; told there too */
	bool pipe_closed; /* somebody closed our standard output: not an error */
};

/* Runs to the end of input. dumper may be NULL. The sinks are begun, fed and finished here, not
 * freed. */
void pipeline_run(const struct pipeline_settings *set, struct source *src,
	struct sink *const *sinks, size_t n_sinks, struct dumper *dumper,
	struct pipeline_result *ret);

#endif
