/*
 * secure-string.c - SecureStrings whose text is known.
 */
#include "psrp/secure-string.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

struct secure_string *secure_string_new(struct bytes text, winch_error *err)
{
	if (!wtf8_valid(text)) {
		fail(err, WINCH_E_ARG, "a SecureString that is not UTF-8");
		return NULL;
	}
	struct secure_string *s = mem_zalloc(sizeof(*s));
	if (!s) {
		fail_nomem(err);
		return NULL;
	}
	if (secret_alloc(&s->text, text.len + 1, err) < 0) {
		mem_free(s);
		return NULL;
	}
	s->users = 1;
	if (text.len)
		memcpy(s->text.data, text.data, text.len);
	return s;
}

void secure_string_free(struct secure_string *s)
{
	if (!s || --s->users > 0)
		return;
	secret_done(&s->text);
	mem_free(s);
}

struct secure_string *secure_string_from_utf16le(struct bytes in, winch_error *err)
{
	/* Three bytes of UTF-8 for each unit, at most. */
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 4, .secret = true };

	if (!buf_room(&text, in.len / 2 * 3 + 1, err) || utf8_put_utf16le(&text, in, err) < 0)
		return NULL;
	return secure_string_new(buf_bytes(&text), err);
}

int secure_string_put_utf16le(const struct secure_string *s, struct buf *out, winch_error *err)
{
	return utf16le_put(out, bytes_of(s->text.data, s->text.len - 1), err);
}

static void drop_user(void *p)
{
	secure_string_free(p);
}

struct value *secure_string_value(struct arena *a, struct secure_string *s, winch_error *err)
{
	struct value *v = value_new(a, TAG_SS, err);

	if (!v || arena_at_last(a, drop_user, s, err) < 0)
		return NULL;
	s->users++;
	v->secure = s;
	return v;
}
