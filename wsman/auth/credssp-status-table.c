/*
 * credssp-status-table.c - the NTSTATUS codes that a logon over the network may end with.
 *
 * A test compares with specs/logon-status.tsv.  Some acceptors have an HRESULT in its place:
 * deviations.md credssp-hresult.
 */
#include "wsman/auth/credssp-status.h"

/* clang-format off */
const struct credssp_status credssp_statuses[] = {
	{ 0x8009030C, "SEC_E_LOGON_DENIED", true, true, "wrong user name or password" },
	{ 0xC0000022, "STATUS_ACCESS_DENIED", true, false, "the user may not log on there" },
	{ 0xC000005E, "STATUS_NO_LOGON_SERVERS", false, false, "the host reaches no domain controller" },
	{ 0xC0000064, "STATUS_NO_SUCH_USER", true, true, "there is no such user" },
	{ 0xC000006A, "STATUS_WRONG_PASSWORD", true, true, "wrong password" },
	{ 0xC000006D, "STATUS_LOGON_FAILURE", true, true, "wrong user name or password" },
	{ 0xC000006E, "STATUS_ACCOUNT_RESTRICTION", true, false, "the account is restricted (an empty password may not be used over the network; a Protected User may not use NTLM)" },
	{ 0xC000006F, "STATUS_INVALID_LOGON_HOURS", true, false, "the account may not log on at this hour" },
	{ 0xC0000070, "STATUS_INVALID_WORKSTATION", true, false, "the account may not log on from this machine" },
	{ 0xC0000071, "STATUS_PASSWORD_EXPIRED", true, false, "the password has expired" },
	{ 0xC0000072, "STATUS_ACCOUNT_DISABLED", true, false, "the account is disabled" },
	{ 0xC00000BB, "STATUS_NOT_SUPPORTED", false, false, "the host does not support this version of CredSSP, or what was asked of it" },
	{ 0xC00000DC, "STATUS_INVALID_SERVER_STATE", false, false, "the host's account database can't be asked now" },
	{ 0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC", false, false, "the clocks of the host and of its domain controller differ too much" },
	{ 0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED", true, false, "the account has not the right to log on over the network" },
	{ 0xC000018B, "STATUS_NO_TRUST_SAM_ACCOUNT", false, false, "the host has no account in its domain" },
	{ 0xC000018D, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", false, false, "the trust between the host and its domain is broken" },
	{ 0xC0000192, "STATUS_NETLOGON_NOT_STARTED", false, false, "the host's Netlogon service is not running" },
	{ 0xC0000193, "STATUS_ACCOUNT_EXPIRED", true, false, "the account has expired" },
	{ 0xC0000224, "STATUS_PASSWORD_MUST_CHANGE", true, false, "the password must be changed before the first logon" },
	{ 0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT", true, false, "the account is locked" },
	{ 0xC000035B, "STATUS_BAD_BINDINGS", true, false, "the channel binding is wrong: somebody on the way may have ended the TLS connection" },
	{ 0xC0000388, "STATUS_DOWNGRADE_DETECTED", true, false, "the host sees an attempt to weaken the authentication" },
	{ 0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED", true, false, "the account may not log on to this host (selective authentication)" },
	{ 0xC0000418, "STATUS_NTLM_BLOCKED", false, false, "NTLM is switched off there, by policy" },
};
/* clang-format on */

const size_t credssp_status_count = sizeof(credssp_statuses) / sizeof(credssp_statuses[0]);

const struct credssp_status *credssp_status_of(uint32_t code)
{
	for (size_t i = 0; i < credssp_status_count; i++)
		if (credssp_statuses[i].code == code)
			return &credssp_statuses[i];
	return NULL;
}
