/*
 * tags.c - the element names of CLIXML, a row each.
 */
#include "psrp/tags.h"

#define PRIMITIVE TAG_CLASS_PRIMITIVE
#define VALUE     TAG_CLASS_VALUE
#define CONTAINER TAG_CLASS_CONTAINER
#define PART      TAG_CLASS_PART
#define ESCAPED   TAG_TEXT_ESCAPED
#define TRIMMED   TAG_TEXT_TRIMMED
#define NONE      TAG_TEXT_NONE

const struct tag_row tag_rows[TAG_COUNT] = {
	[TAG_S] = { "S", PRIMITIVE, ESCAPED },
	[TAG_C] = { "C", PRIMITIVE, TRIMMED },
	[TAG_B] = { "B", PRIMITIVE, TRIMMED },
	[TAG_BY] = { "By", PRIMITIVE, TRIMMED },
	[TAG_SB] = { "SB", PRIMITIVE, TRIMMED },
	[TAG_U16] = { "U16", PRIMITIVE, TRIMMED },
	[TAG_I16] = { "I16", PRIMITIVE, TRIMMED },
	[TAG_U32] = { "U32", PRIMITIVE, TRIMMED },
	[TAG_I32] = { "I32", PRIMITIVE, TRIMMED },
	[TAG_U64] = { "U64", PRIMITIVE, TRIMMED },
	[TAG_I64] = { "I64", PRIMITIVE, TRIMMED },
	[TAG_SG] = { "Sg", PRIMITIVE, TRIMMED },
	[TAG_DB] = { "Db", PRIMITIVE, TRIMMED },
	[TAG_D] = { "D", PRIMITIVE, TRIMMED },
	[TAG_DT] = { "DT", PRIMITIVE, TRIMMED },
	[TAG_TS] = { "TS", PRIMITIVE, TRIMMED },
	[TAG_BA] = { "BA", PRIMITIVE, TRIMMED },
	[TAG_G] = { "G", PRIMITIVE, TRIMMED },
	[TAG_URI] = { "URI", PRIMITIVE, ESCAPED },
	[TAG_VERSION] = { "Version", PRIMITIVE, TRIMMED },
	[TAG_XD] = { "XD", PRIMITIVE, ESCAPED },
	[TAG_SBK] = { "SBK", PRIMITIVE, ESCAPED },
	[TAG_SS] = { "SS", PRIMITIVE, TRIMMED },
	[TAG_NIL] = { "Nil", VALUE, NONE },
	[TAG_PR] = { "PR", VALUE, NONE },
	[TAG_OBJ] = { "Obj", VALUE, NONE },
	[TAG_REF] = { "Ref", VALUE, NONE },
	[TAG_LST] = { "LST", CONTAINER, NONE },
	[TAG_IE] = { "IE", CONTAINER, NONE },
	[TAG_STK] = { "STK", CONTAINER, NONE },
	[TAG_QUE] = { "QUE", CONTAINER, NONE },
	[TAG_DCT] = { "DCT", CONTAINER, NONE },
	[TAG_MS] = { "MS", PART, NONE },
	[TAG_PROPS] = { "Props", PART, NONE },
	[TAG_TN] = { "TN", PART, NONE },
	[TAG_TNREF] = { "TNRef", PART, NONE },
	[TAG_T] = { "T", PART, ESCAPED },
	[TAG_TOSTRING] = { "ToString", PART, ESCAPED },
	[TAG_EN] = { "En", PART, NONE },
	[TAG_AV] = { "AV", PART, ESCAPED },
	[TAG_AI] = { "AI", PART, TRIMMED },
	[TAG_PI] = { "PI", PART, TRIMMED },
	[TAG_PC] = { "PC", PART, TRIMMED },
	[TAG_SR] = { "SR", PART, TRIMMED },
	[TAG_SD] = { "SD", PART, ESCAPED },
	[TAG_OBJS] = { "Objs", PART, NONE },
};

enum tag tag_of(struct bytes name)
{
	for (unsigned i = 1; i < TAG_COUNT; i++)
		if (bytes_is(name, tag_rows[i].name))
			return (enum tag)i;
	return TAG_NONE;
}
