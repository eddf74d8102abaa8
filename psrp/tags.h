/*
 * tags.h - the element names of CLIXML, a row each.
 *
 * MS-PSRP 2.2.5; specs/types.tsv says the same, and a test compares the two.
 */
#ifndef PSRP_TAGS_H
#define PSRP_TAGS_H

#include "src/base/bytes.h"

enum tag {
	TAG_NONE = 0,

	/* Primitives: one text each.  Also what typed JSON calls them. */
	TAG_S,
	TAG_C,
	TAG_B,
	TAG_BY,
	TAG_SB,
	TAG_U16,
	TAG_I16,
	TAG_U32,
	TAG_I32,
	TAG_U64,
	TAG_I64,
	TAG_SG,
	TAG_DB,
	TAG_D,
	TAG_DT,
	TAG_TS,
	TAG_BA,
	TAG_G,
	TAG_URI,
	TAG_VERSION,
	TAG_XD,
	TAG_SBK,
	TAG_SS,

	/* The other values. */
	TAG_NIL,
	TAG_PR,
	TAG_OBJ,
	TAG_REF,

	/* Containers: only inside an Obj. */
	TAG_LST,
	TAG_IE,
	TAG_STK,
	TAG_QUE,
	TAG_DCT,

	/* Parts. */
	TAG_MS, /* also a value: a member set */
	TAG_PROPS,
	TAG_TN,
	TAG_TNREF,
	TAG_T,
	TAG_TOSTRING,
	TAG_EN,
	TAG_AV,
	TAG_AI,
	TAG_PI,
	TAG_PC,
	TAG_SR,
	TAG_SD,
	TAG_OBJS,

	TAG_COUNT
};

enum tag_class {
	TAG_CLASS_PRIMITIVE = 1, /* S to SS */
	TAG_CLASS_VALUE,         /* Nil PR Obj Ref */
	TAG_CLASS_CONTAINER,     /* LST IE STK QUE DCT */
	TAG_CLASS_PART,
};

/* How the text of an element is written. */
enum tag_text {
	TAG_TEXT_NONE = 0, /* elements only, or nothing */
	TAG_TEXT_ESCAPED,  /* any text, in the _xHHHH_ escape */
	TAG_TEXT_TRIMMED,  /* a form of its own (psrp/primitive.h), white space around it */
};

struct tag_row {
	char name[9];
	uint8_t class; /* enum tag_class */
	uint8_t text;  /* enum tag_text */
};

extern const struct tag_row tag_rows[TAG_COUNT]; /* by enum tag; row 0 is empty */

/* The tag of a name, in its case; TAG_NONE when there is none of that name. */
enum tag tag_of(struct bytes name);

static inline const char *tag_name(enum tag tag)
{
	return tag_rows[tag].name;
}

static inline bool tag_is_primitive(enum tag tag)
{
	return tag >= TAG_S && tag <= TAG_SS;
}

static inline bool tag_is_container(enum tag tag)
{
	return tag >= TAG_LST && tag <= TAG_DCT;
}

#endif
