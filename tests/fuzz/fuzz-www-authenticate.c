/*
 * fuzz-www-authenticate.c - the challenges of a 401, and parameters of media types.
 */
#include <stdlib.h>

#include "wsman/http/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct bytes part, struct bytes whole)
{
	if (part.len && (part.data < whole.data || part.data + part.len > whole.data + whole.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes whole = bytes_of(data, size);
	struct bytes left = whole, params, name, value;
	struct challenge c;

	while (left.len) {
		size_t before = left.len;
		if (!challenge_next(&left, &c))
			break;
		check_inside(c.scheme, whole);
		check_inside(c.token, whole);
		if (!c.scheme.len || left.len >= before)
			abort();
	}
	check_inside(mime_type(whole, &params), whole);
	while (mime_param(&params, &name, &value)) {
		check_inside(name, whole);
		check_inside(value, whole);
	}
	return 0;
}
