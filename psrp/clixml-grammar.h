/*
 * clixml-grammar.h - what may stand where in CLIXML: XML events in, checked parts
 * of values out.
 *
 * It knows elements, names, texts and limits, but not what RefIds stand for:
 * that is the sink's.  MS-PSRP 2.2.5; specs/json-mapping.md 2.
 */
#ifndef PSRP_CLIXML_GRAMMAR_H
#define PSRP_CLIXML_GRAMMAR_H

#include "psrp/value.h"
#include "src/base/xml-read.h"

/* What a value is in what is around it. */
enum clixml_place {
	CLIXML_ROOT = 0, /* alone, or a child of <Objs> */
	CLIXML_BASE,     /* of the object around it */
	CLIXML_ITEM,     /* of a list */
	CLIXML_KEY,      /* of an entry */
	CLIXML_VALUE,    /* of the same entry */
	CLIXML_MEMBER,   /* of Props, MS or a member set: it has a name */
};

/* Texts live as long as the call.  A callback's < 0 ends the reading. */
struct clixml_sink {
	/* A primitive, its text in normal form. */
	int (*primitive)(void *user, enum tag tag, struct bytes text, winch_error *err);
	int (*nil)(void *user, winch_error *err);
	int (*ref)(void *user, struct bytes id, winch_error *err);
	int (*progress)(void *user, const struct progress *progress, winch_error *err);

	/* id.data NULL: it has no RefId. */
	int (*obj_start)(void *user, struct bytes id, winch_error *err);
	int (*obj_end)(void *user, winch_error *err);

	/* Parts of the object around them.  Type names that are lasting live as long as the
	 * grammar's document, others as long as the call. */
	int (*types)(void *user, const struct type_names *types, bool lasting, winch_error *err);
	int (*to_string)(void *user, struct bytes text, winch_error *err);

	/* tag: a container, PROPS, or MS; an MS where a value may stand is a member set. */
	int (*part_start)(void *user, enum tag tag, winch_error *err);
	int (*part_end)(void *user, enum tag tag, winch_error *err);

	/* The root or the child of <Objs> is complete. */
	int (*done)(void *user, winch_error *err);

	/* The root or the child of <Objs> begins: before all else of it. */
	int (*begin)(void *user, winch_error *err);

	/* As of xml_handler; may be NULL. */
	int (*piece)(void *user, winch_error *err);
};

struct clixml_options {
	bool local;          /* errors are WINCH_E_FORMAT */
	size_t max_objects;  /* open at once; 0: 100 */
	size_t max_elements; /* open at once; 0: 1000 */
	size_t max_ids;      /* RefIds of a value; 0: 4 Mi */
	struct arena *types; /* where lasting type names go; NULL: the grammar's own */
};

struct clixml_grammar;

struct clixml_grammar *clixml_grammar_new(const struct clixml_sink *sink, void *user,
					  const struct clixml_options *opts, winch_error *err);
void clixml_grammar_free(struct clixml_grammar *g);

/* As xml_reader_feed and _end.  Nothing at all is one value, Nil. */
int clixml_grammar_feed(struct clixml_grammar *g, struct bytes in, winch_error *err);
int clixml_grammar_end(struct clixml_grammar *g, winch_error *err);

/* For the next message body: type names and all are forgotten. */
int clixml_grammar_restart(struct clixml_grammar *g, winch_error *err);

/* In a callback for a value: where it stands, and its name when it is a member. */
struct clixml_where {
	enum clixml_place place;
	struct bytes name;
};
const struct clixml_where *clixml_where(const struct clixml_grammar *g);

/* Is the root an <Objs>? */
bool clixml_is_objs(const struct clixml_grammar *g);
struct xml_reader *clixml_reader(const struct clixml_grammar *g);

/* To read a child of the same <Objs> (or the root value) again: as restart, but type names come
 * from like, which must outlive it.  offset: of the child's start tag.  Then feed_again. */
int clixml_grammar_again(struct clixml_grammar *g, const struct clixml_grammar *like,
			 uint64_t offset, winch_error *err);
int clixml_grammar_feed_again(struct clixml_grammar *g, struct bytes in, winch_error *err);

#endif
