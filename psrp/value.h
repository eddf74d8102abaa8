/*
 * value.h - a CLIXML value as a tree.
 *
 * All of a tree lives in one arena and is freed with it.  Texts are in their
 * normal form (psrp/primitive.h), escapes resolved, as UTF-8 in which lone
 * surrogates are kept (WTF-8).  A tree may hold cycles: only by references.
 */
#ifndef PSRP_VALUE_H
#define PSRP_VALUE_H

#include "psrp/tags.h"
#include "src/base/arena.h"

struct value;
struct secure_string;

/* An item of a container, or a member.  It is no part of the value: one value
 * may be an item of many. */
struct item {
	struct item *next;
	union {
		struct bytes name; /* members: never empty in an MS */
		bool equal_keys;   /* a DCT's first entry: json-plain.c found equal key texts */
	};
	const struct value *key; /* entries of a DCT */
	const struct value *value;
	union { /* of item_at(): in a list's first item, where it was last; there, its index */
		struct item *cursor;
		size_t index;
	};
};

struct items {
	struct item *first, *last;
	size_t count;
};

/* Type names, most derived first.  Objects with the same list may share it. */
struct type_names {
	size_t count;
	unsigned kinds;    /* enum type_kind; 0 where nobody looked (types_look) */
	struct bytes json; /* as a JSON array; empty where nobody made it */
	struct bytes names[];
};

struct progress { /* <PR> */
	struct bytes activity, status, type;
	struct bytes operation; /* CurrentOperation; meaningful when has_operation */
	bool has_operation;
	int32_t activity_id, parent_id, percent, seconds;
};

struct object {
	const struct type_names *types; /* NULL: none */
	struct bytes to_string;         /* meaningful when has_to_string */
	const struct value *base;       /* primitive, PR, container or Obj; NULL: none */
	struct items props, members;    /* <Props>, <MS> */
	bool has_to_string, has_props;
	uint64_t mark; /* of whoever walks the tree: RefIds of a writer; 0 at first */
	uint64_t home; /* what it was read from, and which of it: equal for the same object */
	uint64_t ordinal;
};

/* What a REF to an earlier child of an <Objs> has instead of its object, until it is read. */
struct earlier {
	uint64_t child; /* where it is */
	struct bytes id;
};

struct value {
	bool is_earlier; /* REF: .earlier, not .object */
	enum tag tag;    /* primitive, NIL, PR, OBJ, REF, container, or MS (a member set) */
	union {
		struct {
			struct bytes text; /* primitives; of an SS, what stands on the wire */
			struct secure_string
				*secure; /* SS: its text is known; .text is then empty */
		};
		struct items items;    /* containers, MS */
		struct object *object; /* OBJ; REF: the one it stands for */
		struct earlier *earlier;
		struct progress *progress; /* PR */
	};
};

/* The public name: <winch/value.h> has it opaque. */
struct winch_value;
static inline const struct winch_value *value_public(const struct value *v)
{
	return (const struct winch_value *)(const void *)v;
}
static inline const struct value *value_inside(const struct winch_value *v)
{
	return (const struct value *)(const void *)v;
}

/*
 * Looking.  v may be NULL everywhere (gives NULL or false), and may be an OBJ
 * or a REF where its base value, or its members, are what is asked for.
 */

/* The base value behind OBJ and REF; v itself when it is neither; NULL: it has none. */
const struct value *value_base(const struct value *v);

/* The object of OBJ and REF, else NULL. */
struct object *value_object(const struct value *v);

/* A member by name without regard to the case of A-Z: of MS, then of Props; of a member set. */
const struct value *value_member(const struct value *v, const char *name);

/* The items of a list or dictionary; NULL when v is neither. */
const struct items *value_items(const struct value *v);

/* The i-th item, NULL behind the last.  One after the other costs nothing: it remembers in the
 * items where it was. */
const struct item *item_at(const struct items *items, size_t i);

bool value_is_nil(const struct value *v); /* NULL, or NIL */

/* false: it is something else; *ret_ is untouched. */
bool value_get_text(const struct value *v,
		    struct bytes *ret_text);                 /* S, and SBK URI XD G Version */
bool value_get_int(const struct value *v, int64_t *ret_int); /* any integer that fits, and C */
bool value_get_bool(const struct value *v, bool *ret_bool);

/* Types that JSON treats in their own ways. */
enum type_kind {
	TYPE_ENUM = 1,
	TYPE_ERROR = 2,         /* ErrorRecord */
	TYPE_INFORMATIONAL = 4, /* InformationalRecord */
	TYPE_BIG_INTEGER = 8,
};
unsigned types_look(const struct type_names *types);

/* Is type ("System.Enum") among the type names, in any case, "Deserialized." removed? */
bool types_have(const struct type_names *types, struct bytes type);
bool value_is_a(const struct value *v, const char *type);

/*
 * Building.  NULL with *err filled: no memory, or the arena's limit.  Texts
 * are not copied: they must live as long as the arena (arena_copy).
 */
struct value *value_new(struct arena *a, enum tag tag, winch_error *err); /* OBJ: with its object */
struct value *value_text(struct arena *a, enum tag tag, struct bytes text, winch_error *err);
struct value *value_str(struct arena *a, const char *text, winch_error *err); /* S; copied */
struct value *value_int(struct arena *a, enum tag tag, int64_t n, winch_error *err);
struct value *value_bool(struct arena *a, bool b, winch_error *err);
struct value *value_ref(struct arena *a, struct object *to, winch_error *err);

/* An OBJ with these type names (count may be 0: none) and this base (may be NULL). */
struct value *value_obj(struct arena *a, const char *const types[], size_t count,
			const struct value *base, winch_error *err);
const struct type_names *types_new(struct arena *a, const char *const types[], size_t count,
				   winch_error *err);

/* 0, or < 0.  value NULL passes an earlier failure on: *err is then filled already. */
int items_add(struct arena *a, struct items *items, const struct value *value, winch_error *err);
int items_add_entry(struct arena *a, struct items *items, const struct value *key,
		    const struct value *value, winch_error *err);
int items_add_member(struct arena *a, struct items *items, struct bytes name,
		     const struct value *value, winch_error *err);

/* A member that takes the place of an earlier one of its name (A-Z in any case). */
int items_set_member(struct arena *a, struct items *items, struct bytes name,
		     const struct value *value, winch_error *err);

/* A member at the end of an OBJ's <MS>; name is a literal, or lives as long as the arena. */
int value_put(struct arena *a, struct value *obj, const char *name, const struct value *value,
	      winch_error *err);

#endif
