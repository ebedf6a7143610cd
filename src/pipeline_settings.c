/* What a run is set to, and how the memory is shared among its parts. */
#include "pipeline.h"

#include <sched.h>

enum {
	SECRETS_DEFAULT = 1000000,
	KEYLOG_BYTES = 256 << 20,
};

/* docs/performance.md: two pay where there are two cores, and more than two do nothing. */
static uint32_t
workers_default(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 1 ? 2 : 1;
}

void
pipeline_settings_init(struct pipeline_settings *set)
{
	*set = (struct pipeline_settings){
		.packet = packet_defaults,
		.stream = stream_defaults,
		.dissect = dis_limits_default,
		.model = model_defaults,
		.findings = findings_defaults,
		.secrets = SECRETS_DEFAULT,
		.workers = workers_default(),
	};
	pipeline_share_memory(set, (size_t)1 << 30);
}

enum { /* bytes of an entry, its key and its place in a map */
	SECRET_COST = 128,
	SERVICE_COST = 320,
};
#define QUEUE_DEFAULT ((size_t)2 << 20)
#define LIVE_QUEUE_DEFAULT ((size_t)256 << 20)

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
pipeline_share_memory(struct pipeline_settings *set, size_t bytes)
{
	set->memory_bytes = bytes;
	set->stream.memory_bytes = bytes;
	set->packet.fragment_bytes = (uint32_t)least(
		packet_defaults.fragment_bytes, bytes / 16);
	set->findings.record_bytes = least(findings_defaults.record_bytes, bytes / 8);
	set->findings.tracked_bytes = least(findings_defaults.tracked_bytes, bytes / 8);
	set->model.services = least(model_defaults.services, bytes / 32 / SERVICE_COST);
	set->model.shared_bytes = least(model_defaults.shared_bytes, bytes / 64);
	set->model.chain_bytes = least(model_defaults.chain_bytes, bytes / 64);
	set->model.dns.bytes = least(model_defaults.dns.bytes, bytes / 32);
	set->keylog_bytes = least(KEYLOG_BYTES, bytes / 8);
	set->secrets = least(SECRETS_DEFAULT, bytes / 32 / SECRET_COST);
	set->queue_bytes = least(QUEUE_DEFAULT, bytes / 64);
	set->live_queue_bytes = least(LIVE_QUEUE_DEFAULT, bytes / 4);
}
