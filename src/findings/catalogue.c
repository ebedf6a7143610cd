#include "findings/findings.h"
#include "findings/catalogue.h"

/* In the order of their numbers. A new family goes behind its neighbours; numbers only grow. */
static const struct finding_row *const rows[] = {
	&row_auth_cleartext,
	&row_auth_cleartext_token,
	&row_auth_cleartext_username,
	&row_auth_offered_before_tls,
	&row_auth_logindisabled_ignored,
	&row_auth_unsolicited,
	&row_auth_crackable,
	&row_auth_apop_malformed_challenge,
	&row_auth_ntlm_exposed,
	&row_auth_ntlm_info_leak,
	&row_auth_scram_exposed,
	&row_auth_scram_low_iterations,
	&row_auth_scram_cb_downgrade,
	&row_auth_gssapi_cleartext,
	&row_auth_sasl_layer,
	&row_auth_external_without_tls,
	&row_auth_anonymous,
	&row_auth_obsolete_mechanism,
	&row_auth_mechanism_downgrade,
	&row_auth_enforced_tls,
	&row_auth_failure,
	&row_auth_bruteforce,
	&row_auth_spray,
	&row_auth_bruteforce_distributed,
	&row_auth_bruteforce_encrypted,
	&row_auth_success_after_failures,
	&row_auth_password_weak,
	&row_auth_reuse,
	&row_auth_shared_account,
	&row_auth_authzid,
	&row_auth_sender_mismatch,
	&row_auth_malformed,
	&row_auth_on_port_25,
	&row_starttls_not_offered,
	&row_starttls_not_used,
	&row_starttls_stripped,
	&row_starttls_mangled,
	&row_starttls_refused,
	&row_starttls_fallback_cleartext,
	&row_starttls_client_injection,
	&row_starttls_server_injection,
	&row_starttls_premature_reply,
	&row_starttls_no_tls_after_ok,
	&row_starttls_late,
	&row_starttls_state_kept,
	&row_starttls_preferred_implicit,
	&row_starttls_inconsistent,
	&row_starttls_pre_tls_data,
	&row_starttls_established,
	&row_cert_expired,
	&row_cert_not_yet_valid,
	&row_cert_expires_soon,
	&row_cert_self_signed,
	&row_cert_untrusted,
	&row_cert_name_mismatch,
	&row_cert_cn_only,
	&row_cert_weak_key,
	&row_cert_weak_signature,
	&row_cert_validity_too_long,
	&row_cert_bad_usage,
	&row_cert_default_name,
	&row_cert_changed,
	&row_cert_key_shared,
	&row_proto_mail_on_odd_port,
	&row_proto_not_mail,
	&row_proto_http_on_mail,
	&row_proto_no_greeting,
	&row_proto_service_refused,
	&row_capture_midstream,
	&row_capture_gap,
	&row_capture_one_sided,
	&row_capture_rexmit_inconsistent,
	&row_capture_unparsed,
	NULL,
};

const struct finding_row *const *
findings_catalogue(void)
{
	return rows;
}

const struct finding_row *
findings_row(struct bytes id)
{
	for (size_t i = 0; rows[i]; i++)
		if (bytes_is(id, rows[i]->id))
			return rows[i];
	return NULL;
}
