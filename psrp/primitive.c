/*
 * primitive.c - the texts of CLIXML's primitives.
 */
#include "psrp/primitive.h"

/* A text being read from the front. */
struct cut {
	const uint8_t *at, *end;
};

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static struct bytes trim(struct bytes t)
{
	while (t.len && is_space(t.data[0]))
		t = bytes_skip(t, 1);
	while (t.len && is_space(t.data[t.len - 1]))
		t.len--;
	return t;
}

static bool take(struct cut *c, char what)
{
	if (c->at == c->end || *c->at != (uint8_t)what)
		return false;
	c->at++;
	return true;
}

static struct bytes take_digits(struct cut *c)
{
	const uint8_t *start = c->at;

	while (c->at < c->end && is_digit(*c->at))
		c->at++;
	return bytes_of(start, (size_t)(c->at - start));
}

static struct bytes strip_zeros(struct bytes digits)
{
	while (digits.len > 1 && digits.data[0] == '0')
		digits = bytes_skip(digits, 1);
	return digits;
}

/* Is the number of these digits (no leading zeros) at most limit, digits too? */
static bool at_most(struct bytes digits, struct bytes limit)
{
	if (digits.len != limit.len)
		return digits.len < limit.len;
	return memcmp(digits.data, limit.data, limit.len) <= 0;
}

struct range {
	bool is_signed;
	struct bytes least, most; /* least without its minus */
};

#define RANGE(s, least, most)                                                                      \
	{                                                                                          \
		s, { (const uint8_t *)(least), sizeof(least) - 1 },                                \
		{                                                                                  \
			(const uint8_t *)(most), sizeof(most) - 1                                  \
		}                                                                                  \
	}

static const struct range ranges[TAG_COUNT] = {
	[TAG_C] = RANGE(false, "", "65535"),
	[TAG_BY] = RANGE(false, "", "255"),
	[TAG_SB] = RANGE(true, "128", "127"),
	[TAG_U16] = RANGE(false, "", "65535"),
	[TAG_I16] = RANGE(true, "32768", "32767"),
	[TAG_U32] = RANGE(false, "", "4294967295"),
	[TAG_I32] = RANGE(true, "2147483648", "2147483647"),
	[TAG_U64] = RANGE(false, "", "18446744073709551615"),
	[TAG_I64] = RANGE(true, "9223372036854775808", "9223372036854775807"),
};

static int put_integer(const struct range *range, struct bytes text, struct buf *scratch,
		       struct bytes *ret, winch_error *err)
{
	struct cut c = { text.data, bytes_end(text) };
	bool minus = range->is_signed && take(&c, '-');

	if (range->is_signed && !minus)
		take(&c, '+');
	struct bytes digits = take_digits(&c);
	if (digits.len == 0 || c.at != c.end)
		return WINCH_E_FORMAT;
	struct bytes stripped = strip_zeros(digits);
	if (!at_most(stripped, minus ? range->least : range->most))
		return WINCH_E_FORMAT;
	const bool negative = minus && stripped.data[0] != '0';
	*ret = negative ? text : stripped;
	if (!negative || stripped.len == digits.len)
		return 0;
	int r = buf_put(scratch, BYTES_LIT("-"), err);
	if (r == 0)
		r = buf_put(scratch, stripped, err);
	*ret = buf_bytes(scratch);
	return r;
}

/* [+-] digits . digits [eE [+-] digits] */
struct number {
	bool minus;
	struct bytes whole, fraction, exponent; /* exponent with its e; all may be empty */
	int64_t power;                          /* of exponent, within +-10^9 */
};

static bool read_exponent(struct cut *c, struct number *n)
{
	const uint8_t *start = c->at;

	if (!take(c, 'e') && !take(c, 'E'))
		return true;
	bool minus = take(c, '-');
	if (!minus)
		take(c, '+');
	struct bytes digits = take_digits(c);
	for (size_t i = 0; i < digits.len; i++)
		if (n->power < 1000000000)
			n->power = n->power * 10 + (digits.data[i] - '0');
	if (minus)
		n->power = -n->power;
	n->exponent = bytes_of(start, (size_t)(c->at - start));
	return digits.len > 0;
}

static bool read_number(struct bytes text, bool exponent, struct number *n)
{
	struct cut c = { text.data, bytes_end(text) };

	*n = (struct number){ .minus = take(&c, '-') };
	if (!n->minus)
		take(&c, '+');
	n->whole = take_digits(&c);
	if (take(&c, '.'))
		n->fraction = take_digits(&c);
	if (n->whole.len + n->fraction.len == 0)
		return false;
	return (!exponent || read_exponent(&c, n)) && c.at == c.end;
}

/* digit i of whole and fraction as one run. */
static uint8_t digit_at(const struct number *n, size_t i)
{
	if (i < n->whole.len)
		return n->whole.data[i];
	i -= n->whole.len;
	return i < n->fraction.len ? n->fraction.data[i] : '0';
}

/* Is the size of n at least limit (an integer's digits)? */
static bool reaches(const struct number *n, struct bytes limit)
{
	const size_t len = n->whole.len + n->fraction.len;
	size_t first = 0;

	while (first < len && digit_at(n, first) == '0')
		first++;
	if (first == len)
		return false;
	int64_t digits = (int64_t)n->whole.len - (int64_t)first + n->power;
	if (digits != (int64_t)limit.len)
		return digits > (int64_t)limit.len;
	for (size_t i = 0; i < limit.len; i++)
		if (digit_at(n, first + i) != limit.data[i])
			return digit_at(n, first + i) > limit.data[i];
	return true;
}

/* Below ...335.5 in size. */
static bool is_decimal(const struct number *n)
{
	const struct bytes most = BYTES_LIT("79228162514264337593543950335");
	struct bytes whole = strip_zeros(n->whole);

	if (whole.len < most.len || !at_most(most, whole))
		return true;
	return bytes_eq(whole, most) && (n->fraction.len == 0 || n->fraction.data[0] < '5');
}

/* The least sizes that round to infinity: 2^128 - 2^103 and 2^1024 - 2^970. */
static const char float_limit[] = "340282356779733661637539395458142568448";
static const char double_limit[] =
	"17976931348623158079372897140530341507993413271003782693617377898044496829276475"
	"09466490179775872070963302864166928879109465555478519404026306574886715058206819"
	"08902000708383676273854845817711531764475730270069855571366959622842914819860834"
	"936475292719074168444365510704342711559699508093042880177904174497792";

/* As a JSON number, and no more. */
static int put_number(const struct number *n, struct bytes text, struct buf *scratch,
		      struct bytes *ret, winch_error *err)
{
	struct bytes whole = strip_zeros(n->whole);

	if (text.data[0] != '+' && whole.len && whole.len == n->whole.len &&
	    (n->fraction.len || text.len == n->minus + whole.len + n->exponent.len)) {
		*ret = text;
		return 0;
	}
	int r = n->minus ? buf_put(scratch, BYTES_LIT("-"), err) : 0;
	if (r == 0)
		r = buf_put(scratch, whole.len ? whole : BYTES_LIT("0"), err);
	if (r == 0 && n->fraction.len)
		r = buf_put(scratch, BYTES_LIT("."), err);
	if (r == 0)
		r = buf_put(scratch, n->fraction, err);
	if (r == 0)
		r = buf_put(scratch, n->exponent, err);
	*ret = buf_bytes(scratch);
	return r;
}

static int put_decimal(struct bytes text, struct buf *scratch, struct bytes *ret, winch_error *err)
{
	struct number n;

	if (!read_number(text, false, &n) || !is_decimal(&n))
		return WINCH_E_FORMAT;
	return put_number(&n, text, scratch, ret, err);
}

static int put_float(enum tag tag, struct bytes text, struct buf *scratch, struct bytes *ret,
		     winch_error *err)
{
	struct number n;
	const struct bytes limit = tag == TAG_SG ? BYTES_LIT(float_limit) : BYTES_LIT(double_limit);

	if (bytes_is(text, "NaN")) {
		*ret = text;
	} else if (bytes_is(text, "INF") || bytes_is(text, "Infinity")) {
		*ret = BYTES_LIT("INF");
	} else if (bytes_is(text, "-INF") || bytes_is(text, "-Infinity")) {
		*ret = BYTES_LIT("-INF");
	} else if (!read_number(text, true, &n)) {
		return WINCH_E_FORMAT;
	} else if (reaches(&n, limit)) {
		*ret = n.minus ? BYTES_LIT("-INF") : BYTES_LIT("INF");
	} else {
		return put_number(&n, text, scratch, ret, err);
	}
	return 0;
}

/* Exactly len digits, from least to most. */
static bool take_number(struct cut *c, size_t len, unsigned least, unsigned most,
			unsigned *ret_number)
{
	unsigned v = 0;

	for (size_t i = 0; i < len; i++, c->at++) {
		if (c->at == c->end || !is_digit(*c->at))
			return false;
		v = v * 10 + (unsigned)(*c->at - '0');
	}
	*ret_number = v;
	return v >= least && v <= most;
}

static bool is_zone(struct cut *c)
{
	unsigned hours, minutes;

	if (c->at == c->end || take(c, 'Z'))
		return true;
	if (!take(c, '+') && !take(c, '-'))
		return false;
	return take_number(c, 2, 0, 14, &hours) && take(c, ':') &&
	       take_number(c, 2, 0, hours == 14 ? 0 : 59, &minutes);
}

static bool is_date_time(struct bytes text)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct cut c = { text.data, bytes_end(text) };
	unsigned year, month, day, n;

	if (!take_number(&c, 4, 1, 9999, &year) || !take(&c, '-') ||
	    !take_number(&c, 2, 1, 12, &month) || !take(&c, '-'))
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (!take_number(&c, 2, 1, days[month - 1] + (month == 2 && leap ? 1u : 0u), &day))
		return false;
	if (take(&c, 'T')) {
		if (!take_number(&c, 2, 0, 23, &n) || !take(&c, ':') ||
		    !take_number(&c, 2, 0, 59, &n) || !take(&c, ':') ||
		    !take_number(&c, 2, 0, 59, &n))
			return false;
		if (take(&c, '.') && take_digits(&c).len == 0)
			return false;
	}
	return is_zone(&c) && c.at == c.end;
}

/* Parts of a duration in the order of units; false: a part is wrong.  Only S has a fraction. */
static bool take_parts(struct cut *c, const char *units, size_t *count)
{
	while (c->at < c->end && is_digit(*c->at)) {
		take_digits(c);
		bool fraction = take(c, '.');
		if (fraction && take_digits(c).len == 0)
			return false;
		const char *unit = c->at < c->end && *c->at ? strchr(units, *c->at) : NULL;
		if (!unit || (fraction && *unit != 'S'))
			return false;
		units = unit + 1;
		c->at++;
		++*count;
	}
	return true;
}

static bool is_duration(struct bytes text)
{
	struct cut c = { text.data, bytes_end(text) };
	size_t days = 0, hours = 0;

	take(&c, '-');
	if (!take(&c, 'P') || !take_parts(&c, "YMD", &days))
		return false;
	if (take(&c, 'T') && (!take_parts(&c, "HMS", &hours) || hours == 0))
		return false;
	return days + hours > 0 && c.at == c.end;
}

static int put_guid(struct bytes text, struct buf *scratch, struct bytes *ret, winch_error *err)
{
	uint8_t out[36];
	size_t len = 0;

	if (text.len == 38 && ((text.data[0] == '{' && text.data[37] == '}') ||
			       (text.data[0] == '(' && text.data[37] == ')')))
		text = bytes_of(text.data + 1, 36);
	if (text.len != 36 && text.len != 32)
		return WINCH_E_FORMAT;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		bool dash_here = len == 8 || len == 13 || len == 18 || len == 23;
		if (dash_here)
			out[len++] = '-';
		if (dash_here && text.len == 36) {
			if (c != '-')
				return WINCH_E_FORMAT;
			continue;
		}
		if (c >= 'A' && c <= 'F')
			c |= 32;
		if (!is_digit(c) && (c < 'a' || c > 'f'))
			return WINCH_E_FORMAT;
		if (len == sizeof(out))
			return WINCH_E_FORMAT;
		out[len++] = c;
	}
	if (len == text.len && memcmp(out, text.data, len) == 0) {
		*ret = text;
		return 0;
	}
	int r = buf_put(scratch, bytes_of(out, len), err);
	*ret = buf_bytes(scratch);
	return r;
}

static int put_version(struct bytes text, struct buf *scratch, struct bytes *ret, winch_error *err)
{
	struct cut c = { text.data, bytes_end(text) };
	size_t count = 0;
	int r = 0;

	do {
		struct bytes part = take_digits(&c);
		if (part.len == 0 || ++count > 4)
			return WINCH_E_FORMAT;
		part = strip_zeros(part);
		if (!at_most(part, BYTES_LIT("2147483647")))
			return WINCH_E_FORMAT;
		if (count > 1)
			r = buf_put(scratch, BYTES_LIT("."), err);
		if (r == 0)
			r = buf_put(scratch, part, err);
	} while (r == 0 && take(&c, '.'));
	if (r == 0 && (count < 2 || c.at != c.end))
		return WINCH_E_FORMAT;
	*ret = buf_bytes(scratch);
	return r;
}

static bool is_base64(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' ||
	       c == '/';
}

static int put_base64(struct bytes text, struct buf *scratch, struct bytes *ret, winch_error *err)
{
	size_t letters = 0, pads = 0, spaces = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (is_space(text.data[i]))
			spaces++;
		else if (text.data[i] == '=')
			pads++;
		else if (pads || !is_base64(text.data[i]))
			return WINCH_E_FORMAT;
		else
			letters++;
	}
	if ((letters + pads) % 4 != 0 || pads > 2)
		return WINCH_E_FORMAT;
	*ret = text;
	if (spaces == 0)
		return 0;
	uint8_t *to = buf_room(scratch, letters + pads, err);
	if (!to)
		return WINCH_E_NOMEM;
	for (size_t i = 0; i < text.len; i++)
		if (!is_space(text.data[i]))
			*to++ = text.data[i];
	buf_added(scratch, letters + pads);
	*ret = buf_bytes(scratch);
	return 0;
}

static int put_bool(struct bytes text, struct bytes *ret)
{
	if (bytes_is(text, "true") || bytes_is(text, "1"))
		*ret = BYTES_LIT("true");
	else if (bytes_is(text, "false") || bytes_is(text, "0"))
		*ret = BYTES_LIT("false");
	else
		return WINCH_E_FORMAT;
	return 0;
}

static int put_checked(bool fits, struct bytes text, struct bytes *ret)
{
	if (!fits)
		return WINCH_E_FORMAT;
	*ret = text;
	return 0;
}

int primitive_normal(enum tag tag, struct bytes text, struct buf *scratch, struct bytes *ret,
		     winch_error *err)
{
	text = trim(text);
	if (tag == TAG_AI || tag == TAG_PI || tag == TAG_PC || tag == TAG_SR)
		tag = TAG_I32;
	buf_clear(scratch);
	if (text.len == 0 && tag != TAG_BA && tag != TAG_SS)
		return WINCH_E_FORMAT;
	if (ranges[tag].most.len)
		return put_integer(&ranges[tag], text, scratch, ret, err);
	switch ((int)tag) {
	case TAG_B:
		return put_bool(text, ret);
	case TAG_D:
		return put_decimal(text, scratch, ret, err);
	case TAG_SG:
	case TAG_DB:
		return put_float(tag, text, scratch, ret, err);
	case TAG_DT:
		return put_checked(is_date_time(text), text, ret);
	case TAG_TS:
		return put_checked(is_duration(text), text, ret);
	case TAG_G:
		return put_guid(text, scratch, ret, err);
	case TAG_VERSION:
		return put_version(text, scratch, ret, err);
	case TAG_BA:
		return put_base64(text, scratch, ret, err);
	}
	*ret = text; /* SS */
	return 0;
}

bool primitive_is_big(struct bytes digits)
{
	if (digits.len && digits.data[0] == '-')
		digits = bytes_skip(digits, 1);
	return !at_most(digits, BYTES_LIT("9007199254740991"));
}

bool primitive_is_plain_integer(enum tag tag, struct bytes text)
{
	static const uint8_t digits[TAG_COUNT] = {
		[TAG_C] = 4,   [TAG_BY] = 2,  [TAG_SB] = 2,   [TAG_U16] = 4, [TAG_I16] = 4,
		[TAG_U32] = 9, [TAG_I32] = 9, [TAG_U64] = 18, [TAG_I64] = 18
	};

	if (text.len == 0 || text.len > digits[tag] || (text.data[0] == '0' && text.len > 1))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}
