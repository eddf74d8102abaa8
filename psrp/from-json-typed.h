/*
 * from-json-typed.h - inside of typed JSON's way back to values; from-json.h is its outside.
 */
#ifndef PSRP_FROM_JSON_TYPED_H
#define PSRP_FROM_JSON_TYPED_H

#include "psrp/from-json-inside.h"
#include "psrp/from-json-ids.h"

/* The members that objects of typed JSON have. */
enum member { M_TAG, M_V, M_E, M_ID, M_TN, M_S, M_P, M_X, M_COUNT };
#define BIT(m) (1u << (m))

/* What may stand where a value is read. */
enum place {
	PLACE_VALUE,
	PLACE_BASE,     /* v of an Obj: a container, too */
	PLACE_EXTENDED, /* a member of x: a member set, too */
};

struct open_object {
	struct open_object *outer;
	struct json start; /* behind its '{' */
	struct object *object;
	bool id_known; /* in ids, or known to have none */
};

struct typed {
	struct from_json *b;
	struct from_json_ids ids;
	struct open_object *open;
	size_t open_count; /* with member sets */
};

/* One JSON object that is being read. */
struct members {
	size_t at; /* of its '{' */
	enum tag tag;
	unsigned allowed, seen; /* bits of enum member */
};

/* Which $t the object has that begins here; nothing of it is read. */
int typed_tag(struct typed *t, enum tag *ret_tag, winch_error *err);

/* 1: *ret_member's value begins here; 0: there is no other. */
int typed_next(struct typed *t, struct members *m, enum member *ret_member, winch_error *err);

/* Errors unless a value of this kind begins here, this member was there. */
int typed_expect(struct typed *t, int kind, enum tag tag, enum member member, winch_error *err);
int typed_missing(const struct members *m, enum member member, winch_error *err);
int typed_refused(size_t at, enum tag tag, struct bytes text, winch_error *err);

/* The id whose value j is at now belongs to o. */
int typed_take_id(struct typed *t, struct json *j, struct open_object *o, winch_error *err);

/* What stands behind the '{' of an object, by its $t. */
int typed_ref(struct typed *t, struct members *m, const struct value **ret_value, winch_error *err);
int typed_progress(struct typed *t, struct members *m, const struct value **ret_value,
		   winch_error *err);
int typed_object(struct typed *t, struct members *m, const struct value **ret_value,
		 winch_error *err);
int typed_member_set(struct typed *t, struct members *m, const struct value **ret_value,
		     winch_error *err);
int typed_container(struct typed *t, struct members *m, const struct value **ret_value,
		    winch_error *err);

/* Whatever begins here. */
int typed_value(struct typed *t, enum place place, const struct value **ret_value,
		winch_error *err);

#endif
