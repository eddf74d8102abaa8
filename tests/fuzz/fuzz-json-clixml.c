/*
 * fuzz-json-clixml.c - JSON to CLIXML, in each of the three ways.
 *
 * What is written must be read again, and be the same value: as CLIXML, and as typed JSON.
 */
#include <stdlib.h>

#include <winch/value.h>

#include "src/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes clixml_of(const winch_value *v)
{
	char *text;
	size_t len;

	if (!v || winch_value_to_clixml(v, &text, &len, NULL) < 0)
		abort();
	return bytes_of(text, len);
}

static void check_same(struct bytes a, struct bytes b)
{
	if (!bytes_eq(a, b))
		abort();
}

static void free_bytes(struct bytes b)
{
	winch_text_free((char *)(uintptr_t)b.data);
}

static void check_again(const winch_value *v)
{
	winch_json_options typed = WINCH_JSON_OPTIONS_INIT;
	char *json, *json_again;
	size_t len, len_again;

	typed.mode = WINCH_JSON_TYPED;
	struct bytes first = clixml_of(v);
	winch_value *read = winch_value_from_clixml(first.data, first.len, NULL);
	struct bytes second = clixml_of(read);
	check_same(first, second);

	if (winch_value_to_json(read, &typed, &json, &len, NULL) < 0)
		abort();
	winch_value *back = winch_value_from_json(WINCH_FROM_TYPED, json, len, NULL);
	struct bytes third = clixml_of(back);
	if (winch_value_to_json(back, &typed, &json_again, &len_again, NULL) < 0)
		abort();
	check_same(bytes_of(json, len), bytes_of(json_again, len_again));
	/* Lone surrogates of type names and of ToString are U+FFFD in typed JSON. */
	if (!memmem(json, len, "\xEF\xBF\xBD", 3))
		check_same(first, third);

	winch_text_free(json_again);
	winch_value_free(back);
	winch_text_free(json);
	winch_value_free(read);
	free_bytes(third);
	free_bytes(second);
	free_bytes(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int from = WINCH_FROM_PLAIN; from <= WINCH_FROM_TYPED; from++) {
		winch_error err = WINCH_ERROR_INIT;
		winch_value *v = winch_value_from_json(from, (const char *)data, size, &err);

		if (v)
			check_again(v);
		else if (err.status != WINCH_E_FORMAT || err.offset > size)
			abort();
		winch_value_free(v);
		winch_error_done(&err);
	}
	return 0;
}
