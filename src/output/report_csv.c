/* One row a finding, RFC 4180. */
#include "output/report.h"
#include "base/clock.h"
#include "base/escape.h"

#include <inttypes.h>

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

static void
put_finding(struct report *r, const struct report_finding *f)
{
	const struct report_evidence *v = f->n_evidence ? &f->evidence[0] : NULL;
	char time[CLOCK_TEXT];

	put_text(r, severity_name(f->severity));
	put_text(r, f->row->id);
	put_number(r, f->row->signature_id);
	put_text(r, f->row->title);
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
	put_text(r, f->row->remedy);
	buf_clear(&r->tmp);
	for (size_t i = 0; f->row->refs && f->row->refs[i]; i++)
		buf_fmt(&r->tmp, "%s%s", i ? "; " : "", f->row->refs[i]);
	escape_csv(&r->out, buf_bytes(&r->tmp));
	buf_byte(&r->out, '\n');
}

void
report_csv(struct report *r)
{
	buf_str(&r->out, "severity,finding,signature_id,title,reason,certainty,class,scope,"
			 "proto,client_ip,client_port,server_ip,"
			 "server_port,account,count,first,last,pcap_cnt,pcap_filename,evidence,"
			 "note,remedy,reference\n");
	for (size_t i = 0; i < r->findings.n && !out_broken(r->set.out); i++) {
		put_finding(r, r->findings.items[i]);
		report_flush(r);
	}
}
