/* One row a finding, RFC 4180; behind them one row a server, with columns of its own. */
#include "output/report_tls.h"
#include "base/clock.h"
#include "base/escape.h"

#include <inttypes.h>

enum {
	SERVER_COLUMNS = 15 + REPORT_TLS_CELLS,
};

static void
put(struct report *r, struct bytes text)
{
	escape_csv(&r->out, text);
	buf_byte(&r->out, ',');
}

static void
put_text(struct report *r, const char *text)
{
	put(r, bytes_str(text));
}

static void
put_number(struct report *r, uint64_t n)
{
	buf_fmt(&r->out, "%" PRIu64 ",", n);
}

static void
put_endpoint(struct report *r, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT];

	put_text(r, e->family ? endpoint_addr(e, text) : "");
	if (e->port)
		put_number(r, e->port);
	else
		put_text(r, "");
}

/* The columns of findings that a server has nothing in; those of servers, for a finding. */
static void
put_empty(struct report *r, size_t n)
{
	while (n--)
		buf_byte(&r->out, ',');
}

static void
end_row(struct report *r)
{
	r->out.p[r->out.n - 1] = '\n'; /* instead of the last comma */
}

static void
put_finding(struct report *r, const struct report_finding *f)
{
	const struct report_evidence *v = f->n_evidence ? &f->evidence[0] : NULL;
	char time[CLOCK_TEXT], via[ENDPOINT_TEXT];

	put_text(r, severity_name(f->severity));
	put_text(r, f->row->id);
	put_number(r, f->row->signature_id);
	put_text(r, finding_case(f->row, f->reason).title);
	put_text(r, f->reason);
	put_text(r, certainty_name(f->certainty));
	put_text(r, finding_class_name(f->row->cls));
	put_text(r, scope_name(f->row->scope));
	put_text(r, f->proto == PROTO_UNKNOWN ? "" : proto_name(f->proto));
	put_endpoint(r, &f->client);
	put_endpoint(r, &f->server);
	put(r, f->account);
	put_number(r, f->count);
	put_text(r, clock_rfc3339(f->first_ns, time));
	put_text(r, clock_rfc3339(f->last_ns, time));
	if (v)
		put_number(r, v->packet);
	else
		put_text(r, "");
	put_text(r, v ? report_input(r, v->input) : "");
	put(r, v ? v->text : BYTES_NONE);
	put(r, f->note);
	put_text(r, finding_case(f->row, f->reason).remedy);
	buf_clear(&r->tmp);
	for (size_t i = 0; f->row->refs && f->row->refs[i]; i++)
		buf_fmt(&r->tmp, "%s%s", i ? "; " : "", f->row->refs[i]);
	put(r, buf_bytes(&r->tmp));
	put_empty(r, SERVER_COLUMNS);
	put_text(r, f->via.family ? endpoint_addr(&f->via, via) : "");
	end_row(r);
}

static void
put_verdicts(struct report *r, const uint64_t verdicts[VERDICTS])
{
	buf_clear(&r->tmp);
	for (int v = 0; v < VERDICTS; v++) {
		if (verdicts[v])
			buf_fmt(&r->tmp, "%s%s: %" PRIu64, r->tmp.n ? "; " : "",
				verdict_name((enum verdict)v), verdicts[v]);
	}
	put(r, buf_bytes(&r->tmp));
}

/* What is read of a server; its findings have rows of their own. */
static void
put_server(struct report *r, const struct report_server *v)
{
	const struct report_tls *x = v->handshakes;

	put_empty(r, 6);
	put_text(r, "server");
	put_empty(r, 1);
	put_text(r, v->proto == PROTO_UNKNOWN ? "" : proto_name(v->proto));
	put_empty(r, 2);
	put_endpoint(r, &v->server);
	put_empty(r, 10);
	put_text(r, v->service == SERVICE_UNKNOWN ? "" : service_name(v->service));
	put(r, v->name);
	put(r, v->software);
	put_text(r, v->worst ? severity_name((enum severity)v->worst) : "");
	put_number(r, v->sessions);
	put_number(r, v->tls);
	put_number(r, v->logins);
	put_number(r, v->exposed);
	put_number(r, v->messages);
	put_verdicts(r, v->verdicts);
	put_number(r, x ? x->handshakes : 0);
	put_number(r, x ? x->established : 0);
	put_number(r, x ? x->failed : 0);
	put_number(r, x ? x->resumed : 0);
	put_number(r, x ? x->decrypted : 0);
	for (int i = 0; i < REPORT_TLS_CELLS; i++) {
		report_tls_cell(&r->tmp, x, (enum report_tls_cell)i);
		put(r, buf_bytes(&r->tmp));
	}
	put_empty(r, 1);
	end_row(r);
}

void
report_csv(struct report *r)
{
	buf_str(&r->out, "severity,finding,signature_id,title,reason,certainty,class,scope,"
			 "proto,client_ip,client_port,server_ip,"
			 "server_port,account,count,first,last,pcap_cnt,pcap_filename,evidence,"
			 "note,remedy,reference,"
			 "service,server_name,software,worst,sessions,tls_sessions,logins,"
			 "sessions_exposed,messages,starttls,handshakes,established,failed,"
			 "resumed,decrypted,tls_versions,cipher_suites,groups,certificate,"
			 "subject,notafter,proxy_ip\n");
	for (size_t i = 0; i < r->findings.n && !out_broken(r->set.out); i++) {
		put_finding(r, r->findings.items[i]);
		report_flush(r);
	}
	for (size_t i = 0; i < r->servers.n && !out_broken(r->set.out); i++) {
		put_server(r, r->servers.items[i]);
		report_flush(r);
	}
}
