/*
 * channel-binding.c - which hash binds to a certificate: that of its signature, but
 * SHA-256 for MD5 and SHA-1, RFC 5929 4.1.
 */
#include "wsman/auth/channel-binding.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

static void x509_done(X509 **p)
{
	X509_free(*p);
}

/* NULL: the signature algorithm names no hash.  With RSA-PSS its parameters do. */
static const EVP_MD *hash_of(X509 *certificate)
{
	int hash = NID_undef;

	if (X509_get_signature_info(certificate, &hash, NULL, NULL, NULL) != 1)
		return NULL;
	switch (hash) {
	case NID_undef:
		return NULL;
	case NID_md5:
	case NID_sha1:
	case NID_md5_sha1:
		return EVP_sha256();
	default:
		return EVP_get_digestbynid(hash);
	}
}

int channel_binding_put(struct buf *out, struct bytes certificate, winch_error *err)
{
	const uint8_t *at = certificate.data;
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = sizeof(hash);

	AUTO(x509_done)
	X509 *x = certificate.len <= LONG_MAX ? d2i_X509(NULL, &at, (long)certificate.len) : NULL;
	if (!x)
		return fail(err, WINCH_E_TLS, "the server's certificate can't be read");
	const EVP_MD *md = hash_of(x);
	if (!md)
		return 1;
	if (EVP_Digest(certificate.data, certificate.len, hash, &len, md, NULL) != 1)
		return fail(err, WINCH_E_SYSTEM, "OpenSSL has no %s here", EVP_MD_get0_name(md));
	int r = buf_put_str(out, "tls-server-end-point:", err);
	return r < 0 ? r : buf_put(out, bytes_of(hash, len), err);
}
