/* The report as one JSON object. Keys of findings are those of `alert` events. */
#include "output/report_tls.h"
#include "output/report_cert.h"
#include "output/json.h"

static void
put_endpoint(struct json *j, const struct endpoint *e, const char *ip, const char *port)
{
	char text[ENDPOINT_TEXT];

	if (!e->family)
		return;
	json_text(j, ip, endpoint_addr(e, text));
	json_u64_opt(j, port, e->port);
}

static void
put_inputs(struct report *r, struct json *j)
{
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;

	json_array(j, "inputs");
	for (size_t i = 0; i < n; i++) {
		const struct source_input *in = source_input(r->run->source, i);

		json_object(j, NULL);
		json_text(j, in->live ? "in_iface" : "pcap_filename", in->name);
		json_u64(j, "packets", in->packets);
		if (in->broken)
			json_text(j, "error", in->text);
		json_close(j);
	}
	json_close(j);
}

static void
put_verdicts(struct json *j, const uint64_t verdicts[VERDICTS])
{
	json_object(j, "starttls");
	for (int v = 0; v < VERDICTS; v++)
		json_u64_opt(j, verdict_name((enum verdict)v), verdicts[v]);
	json_close(j);
}

static void
put_summary(struct report *r, struct json *j)
{
	const struct report_seen *x = &r->seen;

	json_object(j, "summary");
	for (int sev = SEV_CRITICAL; sev >= SEV_INFO; sev--)
		json_u64(j, severity_name((enum severity)sev), x->severities[sev]);
	json_u64(j, "observations", x->observations);
	json_u64(j, "positives", x->positives);
	json_u64(j, "sessions", x->sessions);
	json_u64(j, "logins", x->logins);
	json_u64(j, "logins_exposed", x->logins_exposed);
	json_u64(j, "logins_protected", x->logins_protected);
	json_u64(j, "messages", x->messages);
	json_object(j, "protocols");
	for (int p = 0; p <= PROTO_OTHER; p++)
		json_u64_opt(j, proto_name((enum proto)p), x->protos[p]);
	json_close(j);
	put_verdicts(j, x->verdicts);
	json_close(j);
}

static void
put_evidence(struct report *r, struct json *j, const struct report_evidence *v)
{
	json_object(j, NULL);
	json_u64_opt(j, "pcap_cnt", v->packet);
	json_text(j, "pcap_filename", report_input(r, v->input));
	json_time(j, "timestamp", v->ts_ns);
	json_text(j, "direction", v->dir == DIR_C2S ? "to_server" : "to_client");
	json_u64(j, "offset", v->offset);
	json_str_opt(j, "text", v->text);
	json_close(j);
}

/* Source is the client of the packets; whom it speaks for by a PROXY header stands apart. */
static void
put_ends(struct json *j, const struct endpoint *client, const struct endpoint *server,
	const struct endpoint *via)
{
	put_endpoint(j, via->family ? via : client, "src_ip", "src_port");
	put_endpoint(j, server, "dest_ip", "dest_port");
	if (!via->family)
		return;
	json_object(j, "proxied");
	put_endpoint(j, client, "src_ip", "src_port");
	json_close(j);
}

static void
put_finding(struct report *r, struct json *j, const struct report_finding *f)
{
	struct finding_case told = finding_case(f->row, f->reason);

	json_object(j, NULL);
	json_text(j, "finding", f->row->id);
	json_u64(j, "signature_id", f->row->signature_id);
	json_text(j, "signature", told.title);
	json_u64(j, "severity", 6 - (uint64_t)(f->severity ? f->severity : SEV_INFO));
	json_text(j, "severity_name", severity_name(f->severity));
	json_text(j, "reason", f->reason && *f->reason ? f->reason : NULL);
	json_text(j, "certainty", certainty_name(f->certainty));
	json_text(j, "class", finding_class_name(f->row->cls));
	json_text(j, "scope", scope_name(f->row->scope));
	if (f->proto != PROTO_UNKNOWN && f->proto != PROTO_OTHER)
		json_text(j, "app_proto", proto_name(f->proto));
	put_ends(j, &f->client, &f->server, &f->via);
	json_str_opt(j, "account", f->account);
	json_u64(j, "count", f->count);
	json_time(j, "first", f->first_ns);
	json_time(j, "last", f->last_ns);
	json_str_opt(j, "note", f->note);
	json_array(j, "evidence");
	for (size_t i = 0; i < f->n_evidence; i++)
		put_evidence(r, j, &f->evidence[i]);
	json_close(j);
	json_text(j, "explanation", told.explain && *told.explain ? told.explain : NULL);
	json_text(j, "remedy", told.remedy && *told.remedy ? told.remedy : NULL);
	json_array(j, "reference");
	for (size_t i = 0; f->row->refs && f->row->refs[i]; i++)
		json_text(j, NULL, f->row->refs[i]);
	json_close(j);
	json_close(j);
}

static void
put_login(struct report *r, struct json *j, const struct report_login *l)
{
	struct endpoint client = l->client, via = l->via;

	client.port = via.port = 0; /* of one of several sessions */
	json_object(j, NULL);
	json_str_opt(j, "user", l->user);
	json_str_opt(j, "mechanism", l->mechanism);
	json_text(j, "app_proto", proto_name(l->proto));
	json_text(j, "exposure", report_exposures[l->exposure]);
	json_text(j, "result", report_results[l->result]);
	json_bool(j, "tls", l->tls);
	put_ends(j, &client, &l->server, &via);
	json_u64(j, "count", l->count);
	json_time(j, "first", l->first_ns);
	json_time(j, "last", l->last_ns);
	json_array(j, "evidence");
	for (size_t i = 0; i < sizeof(l->packets) / sizeof(l->packets[0]); i++) {
		if (!l->packets[i])
			continue;
		json_object(j, NULL);
		json_u64(j, "pcap_cnt", l->packets[i]);
		json_text(j, "pcap_filename", report_input(r, l->inputs[i]));
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void
put_server(struct json *j, const struct report_server *v)
{
	json_object(j, NULL);
	put_endpoint(j, &v->server, "dest_ip", "dest_port");
	if (v->service != SERVICE_UNKNOWN)
		json_text(j, "service", service_name(v->service));
	json_str_opt(j, "server_name", v->name);
	json_str_opt(j, "software", v->software);
	json_u64(j, "sessions", v->sessions);
	json_u64(j, "tls", v->tls);
	json_u64(j, "logins", v->logins);
	json_u64(j, "sessions_exposed", v->exposed);
	json_u64(j, "messages", v->messages);
	report_cert_json(j, v->cert);
	put_verdicts(j, v->verdicts);
	report_tls_json(j, v->handshakes);
	if (v->worst)
		json_text(j, "worst", severity_name((enum severity)v->worst));
	json_close(j);
}

static void
put_unseen(struct report *r, struct json *j)
{
	const struct report_seen *x = &r->seen;
	const struct run_stats *st = r->run->stats;

	json_object(j, "not_observable");
	json_u64_opt(j, "sessions_in_tls", x->opaque);
	json_u64_opt(j, "sessions_without_verdict", x->verdicts[VERDICT_NOT_OBSERVABLE]);
	json_u64_opt(j, "sessions_midstream", x->midstream);
	json_u64_opt(j, "sessions_one_sided", x->one_sided);
	json_u64_opt(j, "sessions_with_gaps", x->gapped);
	json_u64_opt(j, "gap_bytes", x->gap_bytes);
	json_u64_opt(j, "sessions_without_dialogue", x->no_dialogue);
	json_u64_opt(j, "sessions_given_up", x->given_up);
	json_u64_opt(j, "sessions_in_sasl_layer", x->sasl_layer);
	json_u64_opt(j, "findings_dropped", r->findings.dropped);
	if (st) {
		json_u64_opt(j, "kernel_drops", st->kernel_drops);
		json_u64_opt(j, "interface_drops", st->interface_drops);
		json_u64_opt(j, "program_drops", st->program_drops);
		json_u64_opt(j, "evictions", st->evictions);
		json_u64_opt(j, "fragments_dropped", st->fragments_dropped);
		json_u64_opt(j, "unknown_link", st->unknown_link);
		json_u64_opt(j, "broken_time_stamps", st->broken_stamps);
		json_u64_opt(j, "syn_only", st->syn_only);
	}
	json_close(j);
}

static void
put_head(struct report *r, struct json *j)
{
	json_text(j, "program", "mailsnoop");
	json_text(j, "version", r->run->program_version);
	json_text(j, "command_line", r->run->command_line);
	json_bool(j, "revealed", r->run->reveal);
	put_inputs(r, j);
	if (r->run->first_ns || r->run->last_ns) {
		json_time(j, "first", r->run->first_ns);
		json_time(j, "last", r->run->last_ns);
	}
	if (r->run->stats) {
		json_u64(j, "packets", r->run->stats->packets);
		json_u64(j, "bytes", r->run->stats->bytes);
		json_u64(j, "flows", r->run->stats->flows);
	}
}

void
report_json(struct report *r)
{
	struct json j;

	json_init(&j, &r->out);
	json_object(&j, NULL);
	put_head(r, &j);
	put_summary(r, &j);
	json_array(&j, "findings");
	for (size_t i = 0; i < r->findings.n && !out_broken(r->set.out); i++) {
		put_finding(r, &j, r->findings.items[i]);
		report_flush(r);
	}
	json_close(&j);
	json_array(&j, "logins");
	for (size_t i = 0; i < r->logins.n; i++)
		put_login(r, &j, r->logins.items[i]);
	json_close(&j);
	json_array(&j, "servers");
	for (size_t i = 0; i < r->servers.n; i++)
		put_server(&j, r->servers.items[i]);
	json_close(&j);
	put_unseen(r, &j);
	json_close(&j);
	buf_byte(&r->out, '\n');
}
