/*
 * credssp-samples.h - CredSSP messages as documents and other clients print them, in hexadecimal.
 */
#ifndef CREDSSP_SAMPLES_H
#define CREDSSP_SAMPLES_H

/* Of rdp-rs: version 2, the token 000102; the same with a pubKeyAuth 000102. */
#define OLD_TOKEN "3012a003020102a10b30093007a0050403000102"
#define OLD_KEY   "3019a003020102a10b30093007a0050403000102a3050403000102"

/* Of pyspnego: version 6, "123", "auth info", "pub key auth", error 10, "client nonce". */
#define ALL_FIELDS                                                                                 \
	"3044a003020106a10b30093007a0050403313233a20b04096175746820696e666fa30e040c707562206b6579" \
	"2061757468a40302010aa50e040c636c69656e74206e6f6e6365"

/* Of pyspnego: user "username" of "domain name", "password". */
#define PASSWORD_CREDENTIAL                                                                        \
	"304da003020101a14604443042a018041664006f006d00610069006e0020006e0061006d006500a112041075" \
	"007300650072006e0061006d006500a2120410700061007300730077006f0072006400"

/* Of pyspnego: what binds the public key 0001 with the nonce 0000, from client to server and back.
 */
#define HASH_TO_SERVER "4590c26c837dacdf3da8fae578264d9e45486afc3951f21ef357064cd55fbbb5"
#define HASH_TO_CLIENT "cdf4ffee6cb6395e5b692c2da397386f6a1eab2d3a6271816a04c7a2914d333f"

#endif
