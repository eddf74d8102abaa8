/*
 * fuzz-dissect.c - recorded conversations: the input is envelopes, or fragments where its first
 * byte is zero, each piece of it behind a byte that says how long it is (in units of 64).
 */
#include <stdint.h>
#include <stdlib.h>

#include <winch/dissect.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take(winch_dissector *d, int r, const winch_error *err)
{
	const winch_dissected_message *m;
	size_t sum = 0;

	if (r < 0 && !*winch_error_text(err))
		abort();
	while (winch_dissector_next(d, &m) > 0) {
		for (size_t i = 0; i < m->clixml_len; i++)
			sum += (uint8_t)m->clixml[i];
		if (m->clixml[m->clixml_len] != '\0' || !m->name)
			abort();
	}
	(void)sum;
}

static void give(winch_dissector *d, const uint8_t *data, size_t len, int fragments)
{
	winch_error err = WINCH_ERROR_INIT;
	const winch_dissected_envelope *envelope = NULL;
	int r = fragments ? winch_dissector_fragments(d, data, len, &err)
			  : winch_dissector_envelope(d, data, len, &envelope, &err);

	if (!fragments &&
	    (!envelope || !envelope->action || !envelope->shell_id || !envelope->fault_text))
		abort();
	take(d, r, &err);
	winch_error_done(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	winch_dissector *d = winch_dissector_new(NULL);

	if (!d)
		return 0;
	int fragments = len > 0 && data[0] == 0;
	for (size_t at = 0; at < len;) {
		size_t piece = (size_t)data[at++] * 64;
		if (piece == 0 || piece > len - at)
			piece = len - at;
		give(d, data + at, piece, fragments);
		at += piece;
	}
	winch_dissector_free(d);
	return 0;
}
