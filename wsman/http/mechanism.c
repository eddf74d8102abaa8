/*
 * mechanism.c - which context a way to authenticate makes.
 */
#include "wsman/http/http-inside.h"

auth_maker *http_mechanism(enum http_auth auth)
{
	switch (auth) {
	case HTTP_AUTH_NEGOTIATE:
	case HTTP_AUTH_NTLM:
	case HTTP_AUTH_BASIC:
	case HTTP_AUTH_NONE:
		break;
	}
	return NULL;
}
