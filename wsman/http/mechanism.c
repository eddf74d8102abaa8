/*
 * mechanism.c - which context a way to authenticate makes.
 */
#include "wsman/http/http-inside.h"

auth_maker *http_mechanism(enum http_auth auth)
{
	switch (auth) {
	case HTTP_AUTH_NEGOTIATE:
		return auth_negotiate_new;
	case HTTP_AUTH_KERBEROS:
		return auth_kerberos_new;
	case HTTP_AUTH_CREDSSP:
		return auth_credssp_new;
	case HTTP_AUTH_NTLM:
		return auth_ntlm_new;
	case HTTP_AUTH_BASIC:
		return auth_basic_new;
	case HTTP_AUTH_CERTIFICATE:
		return auth_certificate_new;
	case HTTP_AUTH_NONE:
		break;
	}
	return NULL;
}
