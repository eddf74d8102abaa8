/*
 * pin.h - a certificate's pin: SHA-256 of its DER, and how people read it.
 */
#ifndef AUTH_PIN_H
#define AUTH_PIN_H

#include <stdint.h>

enum { PIN_LEN = 32, PIN_TEXT = 2 * PIN_LEN + 1 };

/* 64 hex digits and a NUL. */
void pin_as_text(const uint8_t pin[PIN_LEN], char ret_text[PIN_TEXT]);

#endif
