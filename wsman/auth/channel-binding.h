/*
 * channel-binding.h - RFC 5929 4: tls-server-end-point, out of a certificate.
 */
#ifndef AUTH_CHANNEL_BINDING_H
#define AUTH_CHANNEL_BINDING_H

#include "src/base/buf.h"

/* Append "tls-server-end-point:" and the hash of the certificate (DER) to out.
 * 1: nothing is defined for this certificate (Ed25519: its signature names no hash). */
int channel_binding_put(struct buf *out, struct bytes certificate, winch_error *err);

#endif
