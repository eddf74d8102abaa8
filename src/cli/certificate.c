/*
 * certificate.c - reading certificates and keys.
 */
#include "src/cli/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/password.h"

enum { FILE_ROOM = 1 << 20 };

/* A file's bytes, wiped when they go. */
struct wiped_file {
	char *data;
	size_t len;
};

static void wiped_file_done(struct wiped_file *f)
{
	if (!f->data)
		return;
	explicit_bzero(f->data, f->len);
	munmap(f->data, FILE_ROOM);
	*f = (struct wiped_file){ 0 };
}

static int read_bytes(struct wiped_file *f, int fd)
{
	f->data = mmap(NULL, FILE_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->data == MAP_FAILED) {
		f->data = NULL;
		return -1;
	}
	for (;;) {
		ssize_t n = read(fd, f->data + f->len, FILE_ROOM - f->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		f->len += (size_t)n;
		if (n == 0)
			return 0;
		if (f->len == FILE_ROOM) {
			errno = EFBIG;
			return -1;
		}
	}
}

/* A key that others can read is no secret: as ssh says. */
static int check_mode(int fd, const char *title, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse("%s %s: %s", title, path, strerror(errno));
	if (S_ISREG(st.st_mode) && (st.st_mode & 077))
		return refuse("%s %s: others can read the key in it (mode %04o); type: chmod 600 "
			      "'%s'",
			      title, path, (unsigned)(st.st_mode & 07777), path);
	return 0;
}

static int read_file(struct wiped_file *f, const char *title, const char *path, bool has_key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return refuse("%s %s: %s", title, path, strerror(errno));
	int status = has_key ? check_mode(fd, title, path) : 0;
	if (status == 0 && read_bytes(f, fd) < 0)
		status = refuse("%s %s: %s", title, path, strerror(errno));
	close(fd);
	return status;
}

/* With the passphrase, if the key turns out to need one. */
static int load(struct certificate_files *c, const winch_certificate_source *files,
		const struct options *o)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(password_done) struct password phrase = { 0 };
	winch_certificate_source source = *files;
	const char *path = c->key ? c->key : c->cert, *title = c->key ? "--key" : "--cert";

	int r = winch_certificate_new(&source, &c->certificate, &err);
	if (r == WINCH_PASSPHRASE) {
		AUTO(free_auto) char *whose = must_printf("the key in %s", path);
		int status = password_read(&phrase, o, whose);
		if (status)
			return status;
		source.passphrase = phrase.data;
		source.passphrase_len = phrase.len;
		r = winch_certificate_new(&source, &c->certificate, &err);
	}
	return r < 0 ? refuse("%s %s: %s", title, path, winch_error_text(&err)) : 0;
}

static int read_pair(struct certificate_files *c, const struct options *o)
{
	AUTO(wiped_file_done) struct wiped_file cert = { 0 };
	AUTO(wiped_file_done) struct wiped_file key = { 0 };
	winch_certificate_source source = WINCH_CERTIFICATE_SOURCE_INIT;

	int status = read_file(&cert, "--cert", c->cert, !c->key);
	if (status == 0 && c->key)
		status = read_file(&key, "--key", c->key, true);
	if (status)
		return status;
	source.certificate = cert.data;
	source.certificate_len = cert.len;
	source.key = key.data;
	source.key_len = key.len;
	return load(c, &source, o);
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int certificate_get(struct certificates *all, const struct options *o,
		    const winch_certificate **ret_certificate)
{
	const char *cert = options_get(o, OPTION_CERT), *key = options_get(o, OPTION_KEY);

	for (size_t i = 0; i < all->count; i++) {
		if (!is_same(all->list[i].cert, cert) || !is_same(all->list[i].key, key))
			continue;
		*ret_certificate = all->list[i].certificate;
		return 0;
	}
	all->list = must_realloc(all->list, (all->count + 1) * sizeof(*all->list));
	struct certificate_files *c = &all->list[all->count++];
	*c = (struct certificate_files){ must_strdup(cert), key ? must_strdup(key) : NULL, NULL };
	int status = read_pair(c, o);
	*ret_certificate = c->certificate;
	return status;
}

void certificates_done(struct certificates *all)
{
	for (size_t i = 0; i < all->count; i++) {
		winch_certificate_free(all->list[i].certificate);
		free(all->list[i].cert);
		free(all->list[i].key);
	}
	free(all->list);
	*all = (struct certificates){ 0 };
}
