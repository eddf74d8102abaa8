/*
 * bench-seal.c [HOST] - sealing of 100 MB in envelopes of the usual size, each way of it against
 * bare library calls on the same bytes.
 *
 *   NTLM       RC4 and HMAC-MD5 against OpenSSL's own RC4 (legacy provider) and HMAC
 *   Kerberos   with HOST: seal and unseal against bare gss_wrap_iov and gss_unwrap_iov; the realm
 *              comes by KRB5_CONFIG, a ticket by KRB5CCNAME, the host's key by KRB5_KTNAME
 *
 * Each number is the best of several turns, ours and theirs by turns; the ratio is theirs over
 * ours.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "tests/bench/bench-seal.h"
#include "wsman/auth/ntlm-crypto.h"

enum { ENVELOPE = 500 * 1000, MESSAGES = 200, TURNS = 7 };

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bench_compare(const char *what, bench_fn *ours, bench_fn *theirs, void *user)
{
	double best[2] = { 1e9, 1e9 };
	bench_fn *fns[2] = { ours, theirs };

	for (int turn = 0; turn < TURNS; turn++) {
		for (int i = 0; i < 2; i++) {
			double start = cpu();
			for (int m = 0; m < MESSAGES; m++)
				fns[i](user);
			double took = cpu() - start;
			if (took < best[i])
				best[i] = took;
		}
	}
	double mb = (double)ENVELOPE * MESSAGES / 1e6;
	printf("%-18s %5.0f MB/s, %5.0f MB/s by the library alone: ratio %.2f\n", what,
	       mb / best[0], mb / best[1], best[1] / best[0]);
}

void bench_stop(const char *what)
{
	fprintf(stderr, "bench-seal: %s\n", what);
	exit(1);
}

struct bytes bench_plain(void)
{
	static uint8_t plain[ENVELOPE];

	if (!plain[1])
		for (size_t i = 0; i < ENVELOPE; i++)
			plain[i] = (uint8_t)('!' + i * 7 % 90);
	return bytes_of(plain, ENVELOPE);
}

struct ntlm_bench {
	struct ntlm_seal seal;
	struct buf out;
	EVP_CIPHER_CTX *rc4;
	EVP_MAC_CTX *hmac;
};

static void ntlm_ours(void *user)
{
	struct ntlm_bench *b = user;
	uint8_t signature[NTLM_SIGNATURE];

	buf_clear(&b->out);
	if (ntlm_seal_put(&b->seal, bench_plain(), &b->out, signature, NULL) < 0)
		bench_stop("sealing by NTLM");
}

static void ntlm_theirs(void *user)
{
	struct ntlm_bench *b = user;
	uint8_t number[4] = { 0 }, mac[16];
	struct bytes plain = bench_plain();
	size_t mac_len = sizeof(mac);
	int len;

	buf_clear(&b->out);
	uint8_t *room = buf_room(&b->out, plain.len, NULL);
	if (!room || EVP_EncryptUpdate(b->rc4, room, &len, plain.data, (int)plain.len) != 1 ||
	    EVP_MAC_init(b->hmac, NULL, 0, NULL) != 1 || EVP_MAC_update(b->hmac, number, 4) != 1 ||
	    EVP_MAC_update(b->hmac, plain.data, plain.len) != 1 ||
	    EVP_MAC_final(b->hmac, mac, &mac_len, sizeof(mac)) != 1 ||
	    EVP_EncryptUpdate(b->rc4, mac, &len, mac, 8) != 1)
		bench_stop("OpenSSL's RC4 and HMAC");
	buf_added(&b->out, plain.len);
}

static void ntlm(void)
{
	static const uint8_t key[NTLM_KEY] = "0123456789abcde";
	struct ntlm_bench b = { .out.max = ENVELOPE };
	OSSL_PARAM digest[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "MD5" }, 0),
		OSSL_PARAM_construct_end(),
	};

	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy");
	OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default");
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "RC4", NULL);
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!cipher || !mac) {
		printf("NTLM: OpenSSL's legacy provider is not here\n");
		goto end;
	}
	b.rc4 = EVP_CIPHER_CTX_new();
	b.hmac = EVP_MAC_CTX_new(mac);
	if (!b.rc4 || !b.hmac || EVP_EncryptInit_ex(b.rc4, cipher, NULL, key, NULL) != 1 ||
	    EVP_MAC_init(b.hmac, key, sizeof(key), digest) != 1 ||
	    ntlm_seal_init(&b.seal, key, true, true, NULL) < 0)
		bench_stop("no context");
	bench_compare("NTLM seal", ntlm_ours, ntlm_theirs, &b);
	ntlm_seal_done(&b.seal);
end:
	EVP_CIPHER_CTX_free(b.rc4);
	EVP_MAC_CTX_free(b.hmac);
	EVP_CIPHER_free(cipher);
	EVP_MAC_free(mac);
	OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(standard);
	buf_done(&b.out);
}

int main(int argc, char **argv)
{
	ntlm();
	if (argc > 1)
		bench_seal_kerberos(argv[1]);
	return 0;
}
