/*
 * clixml-progress.c - the parts of <PR>.
 */
#include "psrp/clixml-progress.h"

const uint8_t progress_parts[PROGRESS_PARTS] = { TAG_AV, TAG_AI, TAG_S,  TAG_PI,
						 TAG_PC, TAG_T,  TAG_SR, TAG_SD };

static int32_t small_int(struct bytes text)
{
	bool minus = text.data[0] == '-';
	int64_t n = 0;

	for (size_t i = minus; i < text.len; i++)
		n = n * 10 + (text.data[i] - '0');
	return (int32_t)(minus ? -n : n);
}

static int32_t *number_of(struct progress *p, enum tag part)
{
	switch ((int)part) {
	case TAG_AI:
		return &p->activity_id;
	case TAG_PI:
		return &p->parent_id;
	case TAG_PC:
		return &p->percent;
	case TAG_SR:
		return &p->seconds;
	}
	return NULL;
}

int progress_set(struct progress *p, enum tag part, struct bytes text, struct arena *a,
		 winch_error *err)
{
	int32_t *number = number_of(p, part);
	struct bytes *to = part == TAG_AV   ? &p->activity
			   : part == TAG_SD ? &p->status
			   : part == TAG_S  ? &p->operation
					    : &p->type;

	if (number) {
		*number = small_int(text);
		return 0;
	}
	if (part == TAG_T && !bytes_is(text, "Processing") && !bytes_is(text, "Completed"))
		return WINCH_E_FORMAT;
	p->has_operation |= part == TAG_S;
	*to = arena_copy(a, text, err);
	return to->data ? 0 : WINCH_E_NOMEM;
}
