#include "output/log.h"
#include "base/arena.h"
#include "base/map.h"

#include <stdlib.h>

static void
put_evidence(struct json *j, const struct evidence *v, const struct evidence *main_one)
{
	json_object(j, NULL);
	json_u64_opt(j, "pcap_cnt", v->at.packet);
	if (v->input && v->at.input != main_one->at.input)
		json_text(j, "pcap_filename", v->input);
	json_time(j, "timestamp", v->at.ts_ns);
	json_word(j, "direction", v->at.dir == DIR_C2S ? "to_server" : "to_client");
	json_u64(j, "offset", v->at.offset);
	json_str_opt(j, "text", v->text);
	json_close(j);
}

static void
put_list(struct json *j, const char *key, const char *const *list)
{
	if (!list || !*list)
		return;
	json_array(j, key);
	for (; *list; list++)
		json_text(j, NULL, *list);
	json_close(j);
}

static struct bytes
first_word(const char *id)
{
	struct bytes b = bytes_str(id);

	return bytes_sub(b, 0, bytes_find(b, '.'));
}

/* What is the same in every alert of a row, or of a reason with words of its own, written once:
 * more than half of its bytes. */
struct log_row {
	struct buf head; /* members of "alert" */
	struct buf tail; /* members behind the evidence */
};

static void
members_of(struct buf *out, const struct finding_row *row, struct finding_case told,
	void (*put)(struct json *j, const struct finding_row *row, struct finding_case told))
{
	struct json j;

	buf_init(out, SIZE_MAX);
	json_members_of(&j, out);
	put(&j, row, told);
}

static void
put_head(struct json *j, const struct finding_row *row, struct finding_case told)
{
	json_u64(j, "signature_id", row->signature_id);
	json_text(j, "signature", told.title);
	json_str(j, "category", first_word(row->id));
	json_text(j, "finding", row->id);
	json_text(j, "class", finding_class_name(row->cls));
	json_text(j, "scope", scope_name(row->scope));
}

static void
put_tail(struct json *j, const struct finding_row *row, struct finding_case told)
{
	if (told.remedy && *told.remedy)
		json_text(j, "remedy", told.remedy);
	put_list(j, "reference", row->refs);
}

static const struct log_row *
row_of(struct log_sink *k, const struct finding *f)
{
	struct finding_case told = finding_case(f->row, f->reason);
	struct {
		uint64_t signature_id;
		const char *title; /* static */
	} key = {f->row->signature_id, told.title};
	void **at = map_put(k->rows, (struct bytes){(const uint8_t *)&key, sizeof(key)});
	struct log_row *r = *at;

	if (r)
		return r;
	r = *at = mem_get(sizeof(*r));
	members_of(&r->head, f->row, told, put_head);
	members_of(&r->tail, f->row, told, put_tail);
	return r;
}

void
log_rows_free(struct map **rows)
{
	size_t pos = 0;
	void *at;

	while (*rows && map_next(*rows, &pos, NULL, &at)) {
		struct log_row *r = at;

		buf_done(&r->head);
		buf_done(&r->tail);
		free(r);
	}
	map_free(rows);
}

void
log_put_alert(struct log_sink *k, const struct finding *f, bool repeat)
{
	struct json *j = &k->json;
	const struct log_row *row = row_of(k, f);

	json_object(j, "alert");
	json_members(j, buf_bytes(&row->head));
	json_u64(j, "severity",
		6 - (uint64_t)(f->severity == SEV_NONE ? SEV_INFO : f->severity));
	if (f->reason && *f->reason)
		json_word(j, "reason", f->reason);
	json_word(j, "certainty", certainty_name(f->certainty));
	json_u64(j, "count", f->count ? f->count : 1);
	if (repeat)
		json_bool(j, "repeat", true);
	json_time(j, "first", f->first_ns);
	json_time(j, "last", f->last_ns);
	json_str_opt(j, "account", f->account);
	json_str_opt(j, "note", f->note);
	json_close(j);
	if (f->n_evidence) {
		json_array(j, "evidence");
		for (size_t i = 0; i < f->n_evidence && i < EVIDENCE_MAX; i++)
			put_evidence(j, &f->evidence[i], &f->evidence[f->n_evidence - 1]);
		json_close(j);
	}
	json_members(j, buf_bytes(&row->tail));
}

/* Each interface of a live capture, with what it missed. */
static void
put_interfaces(struct json *j, const struct source *src, const struct source_input *inputs)
{
	size_t n = src ? source_inputs(src) : 0;

	if (n == 0 || !source_input(src, 0)->live)
		return;
	json_array(j, "interfaces");
	for (size_t i = 0; i < n; i++) {
		const struct source_input *in = inputs ? &inputs[i] : source_input(src, i);

		json_object(j, NULL);
		json_text(j, "in_iface", in->name);
		json_u64(j, "packets", in->packets);
		json_u64(j, "kernel_drops", in->kernel_drops);
		json_u64(j, "interface_drops", in->interface_drops);
		if (in->down || in->broken)
			json_text(j, "state", in->broken ? "ended" : "down");
		json_close(j);
	}
	json_close(j);
}

void
log_put_stats(struct log_sink *k, const struct run_stats *st)
{
	const struct {
		const char *key;
		uint64_t n;
	} rows[] = {
		{"packets", st->packets},
		{"bytes", st->bytes},
		{"kernel_drops", st->kernel_drops},
		{"interface_drops", st->interface_drops},
		{"program_drops", st->program_drops},
		{"flows", st->flows},
		{"flows_now", st->flows_now},
		{"mail_sessions", st->mail_sessions},
		{"evictions", st->evictions},
		{"forgotten", st->forgotten},
		{"timeouts", st->timeouts},
		{"gaps", st->gaps},
		{"gap_bytes", st->gap_bytes},
		{"syn_only", st->syn_only},
		{"fragments_dropped", st->fragments_dropped},
		{"malformed", st->malformed},
		{"unknown_link", st->unknown_link},
		{"memory_bytes", st->memory_bytes},
		{"spool_bytes", st->spool_bytes},
		{"logins", st->logins},
		{"messages", st->messages},
		{"anomalies", st->anomalies},
		{"alerts", st->alerts},
	};
	struct json *j = &k->json;
	uint64_t ms = st->elapsed_ns > 0 ? (uint64_t)st->elapsed_ns / 1000000 : 0;

	json_object(j, "stats");
	json_seconds(j, "elapsed", st->elapsed_ns);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_u64(j, rows[i].key, rows[i].n);
	if (ms) {
		json_u64(j, "packets_per_second", st->packets * 1000 / ms);
		json_u64(j, "bytes_per_second", st->bytes * 1000 / ms);
	}
	put_interfaces(j, k->run->source, st->inputs);
	json_close(j);
}
