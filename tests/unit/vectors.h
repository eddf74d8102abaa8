/*
 * vectors.h - for tests that walk files of vectors: where they are, and what is in them.
 */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

#include "src/base/buf.h"

/* The whole file; false: there is none. */
static inline bool read_file(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "rb");
	char chunk[4096];
	size_t len;

	*ret = (struct buf){ .max = SIZE_MAX / 4 };
	if (!f)
		return false;
	while ((len = fread(chunk, 1, sizeof(chunk), f)) > 0)
		assert_int_equal(buf_put(ret, bytes_of(chunk, len), NULL), 0);
	fclose(f);
	return true;
}

/* folder below ../shared, or below $WINCH_SHARED; else tests/vectors in the sources. */
static inline void vectors_path(char *ret, size_t room, const char *shared, const char *own)
{
	const char *env = getenv("WINCH_SHARED");
	struct stat st;
	const char *source = getenv("WINCH_SOURCE") ? getenv("WINCH_SOURCE") : ".";

	snprintf(ret, room, "%s%s/%s", env ? env : source, env ? "" : "/../shared", shared);
	if (stat(ret, &st) == 0)
		return;
	snprintf(ret, room, "%s/%s", source, own);
	print_message("[  NOTE    ] %s is not there: only those in %s are checked\n", shared, own);
}

/* Calls check for each file of the folder whose name ends in ext; how many there were. */
static inline size_t for_each_file(const char *folder, const char *ext,
				   void (*check)(const char *base, void *user), void *user)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name), ext_len = strlen(ext);
		char base[2048];
		if (len <= ext_len || strcmp(entry->d_name + len - ext_len, ext) != 0)
			continue;
		snprintf(base, sizeof(base), "%s/%.*s", folder, (int)(len - ext_len) & 1023,
			 entry->d_name);
		check(base, user);
		count++;
	}
	closedir(dir);
	return count;
}

#endif
