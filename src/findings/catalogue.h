/* Every row, by name, for the rules; the list of them is in catalogue.c. */
#ifndef MS_FINDINGS_CATALOGUE_H
#define MS_FINDINGS_CATALOGUE_H

#include "findings/finding.h"

extern const struct finding_row row_auth_cleartext;
extern const struct finding_row row_auth_cleartext_token;
extern const struct finding_row row_auth_cleartext_username;
extern const struct finding_row row_auth_offered_before_tls;
extern const struct finding_row row_auth_logindisabled_ignored;
extern const struct finding_row row_auth_unsolicited;
extern const struct finding_row row_auth_crackable;
extern const struct finding_row row_auth_apop_malformed_challenge;
extern const struct finding_row row_auth_ntlm_exposed;
extern const struct finding_row row_auth_ntlm_info_leak;
extern const struct finding_row row_auth_scram_exposed;
extern const struct finding_row row_auth_scram_low_iterations;
extern const struct finding_row row_auth_scram_cb_downgrade;
extern const struct finding_row row_auth_gssapi_cleartext;
extern const struct finding_row row_auth_sasl_layer;
extern const struct finding_row row_auth_external_without_tls;
extern const struct finding_row row_auth_anonymous;
extern const struct finding_row row_auth_obsolete_mechanism;
extern const struct finding_row row_auth_mechanism_downgrade;
extern const struct finding_row row_auth_enforced_tls;
extern const struct finding_row row_auth_failure;
extern const struct finding_row row_auth_bruteforce;
extern const struct finding_row row_auth_spray;
extern const struct finding_row row_auth_bruteforce_distributed;
extern const struct finding_row row_auth_bruteforce_encrypted;
extern const struct finding_row row_auth_success_after_failures;
extern const struct finding_row row_auth_password_weak;
extern const struct finding_row row_auth_reuse;
extern const struct finding_row row_auth_shared_account;
extern const struct finding_row row_auth_authzid;
extern const struct finding_row row_auth_sender_mismatch;
extern const struct finding_row row_auth_malformed;
extern const struct finding_row row_auth_on_port_25;
extern const struct finding_row row_starttls_not_offered;
extern const struct finding_row row_starttls_not_used;
extern const struct finding_row row_starttls_stripped;
extern const struct finding_row row_starttls_mangled;
extern const struct finding_row row_starttls_refused;
extern const struct finding_row row_starttls_fallback_cleartext;
extern const struct finding_row row_starttls_client_injection;
extern const struct finding_row row_starttls_server_injection;
extern const struct finding_row row_starttls_premature_reply;
extern const struct finding_row row_starttls_no_tls_after_ok;
extern const struct finding_row row_starttls_late;
extern const struct finding_row row_starttls_state_kept;
extern const struct finding_row row_starttls_preferred_implicit;
extern const struct finding_row row_starttls_inconsistent;
extern const struct finding_row row_starttls_pre_tls_data;
extern const struct finding_row row_starttls_established;
extern const struct finding_row row_cert_expired;
extern const struct finding_row row_cert_not_yet_valid;
extern const struct finding_row row_cert_expires_soon;
extern const struct finding_row row_cert_self_signed;
extern const struct finding_row row_cert_untrusted;
extern const struct finding_row row_cert_name_mismatch;
extern const struct finding_row row_cert_cn_only;
extern const struct finding_row row_cert_weak_key;
extern const struct finding_row row_cert_weak_signature;
extern const struct finding_row row_cert_validity_too_long;
extern const struct finding_row row_cert_bad_usage;
extern const struct finding_row row_cert_default_name;
extern const struct finding_row row_cert_changed;
extern const struct finding_row row_cert_key_shared;
extern const struct finding_row row_proto_mail_on_odd_port;
extern const struct finding_row row_proto_not_mail;
extern const struct finding_row row_proto_http_on_mail;
extern const struct finding_row row_proto_no_greeting;
extern const struct finding_row row_proto_service_refused;
extern const struct finding_row row_capture_midstream;
extern const struct finding_row row_capture_gap;
extern const struct finding_row row_capture_one_sided;
extern const struct finding_row row_capture_rexmit_inconsistent;
extern const struct finding_row row_capture_unparsed;

#endif
