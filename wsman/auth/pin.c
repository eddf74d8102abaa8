/*
 * pin.c - a certificate's pin as people read it.
 */
#include "wsman/auth/pin.h"

#include <stddef.h>

void pin_as_text(const uint8_t pin[PIN_LEN], char ret_text[PIN_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < PIN_LEN; i++) {
		ret_text[2 * i] = digits[pin[i] >> 4];
		ret_text[2 * i + 1] = digits[pin[i] & 15];
	}
	ret_text[2 * PIN_LEN] = '\0';
}
