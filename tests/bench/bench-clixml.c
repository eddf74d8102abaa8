/*
 * bench-clixml.c - CLIXML to NDJSON against a bare libxml2 pass over the same file: pieces of
 * 64 KiB, our options, empty SAX2 handlers, user time.  And the peak memory of a large file.
 *
 *     bench-clixml [MB]            the ratio, on so many MB of mixed objects (default 48)
 *     bench-clixml --memory [MB]   the peak, on a file of so many MB (default 300)
 *     bench-clixml --write FILE MB only write such a file, and print how many RefIds it has
 */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "psrp/decode.h"

enum { PIECE = 64 * 1024, ROUNDS = 5 };

static const char open_objs[] =
	"<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n";

struct gen {
	FILE *out;
	unsigned long children, ids;
};

static void types(struct gen *g, unsigned n, const char *names[], bool first)
{
	if (!first) {
		fprintf(g->out, "    <TNRef RefId=\"%u\" />\n", n);
		return;
	}
	fprintf(g->out, "    <TN RefId=\"%u\">\n", n);
	for (; *names; names++)
		fprintf(g->out, "      <T>%s</T>\n", *names);
	fprintf(g->out, "    </TN>\n");
}

static void bag(struct gen *g, bool first)
{
	static const char *names[] = { "System.Management.Automation.PSCustomObject",
				       "System.Object", NULL };

	fprintf(g->out, "  <Obj RefId=\"%lu\">\n", g->ids++);
	types(g, 0, names, first);
	fprintf(g->out,
		"    <MS>\n      <I32 N=\"Id\">%lu</I32>\n      <S N=\"Name\">item %lu</S>\n"
		"      <B N=\"Even\">%s</B>\n      <Db N=\"Load\">%lu.25</Db>\n"
		"      <DT N=\"When\">2024-02-29T13:14:15.%07lu+05:30</DT>\n      <Nil "
		"N=\"Nothing\" />\n"
		"      <Version N=\"Version\">10.0.%lu</Version>\n"
		"      <G N=\"Key\">6f9619ff-8b86-d011-b42d-00c04fc964ff</G>\n"
		"      <S N=\"Text\">line one_x000A_line \"two\" &lt;b&gt; caf\xC3\xA9 \\ end</S>\n"
		"    </MS>\n  </Obj>\n",
		g->children, g->children, g->children % 2 ? "true" : "false", g->children % 1000,
		g->children % 10000000, g->children % 99999);
}

static void file_info(struct gen *g, bool first)
{
	static const char *names[] = { "System.IO.FileInfo", "System.IO.FileSystemInfo",
				       "System.MarshalByRefObject", "System.Object", NULL };

	fprintf(g->out, "  <Obj RefId=\"%lu\">\n", g->ids++);
	types(g, 1, names, first);
	fprintf(g->out,
		"    <ToString>C:\\Windows\\System32\\drivers\\file%lu.sys</ToString>\n    "
		"<Props>\n",
		g->children);
	fprintf(g->out,
		"      <S N=\"Name\">file%lu.sys</S>\n      <I64 N=\"Length\">%lu</I64>\n"
		"      <S N=\"DirectoryName\">C:\\Windows\\System32\\drivers</S>\n"
		"      <B N=\"IsReadOnly\">false</B>\n      <B N=\"Exists\">true</B>\n"
		"      <S N=\"FullName\">C:\\Windows\\System32\\drivers\\file%lu.sys</S>\n"
		"      <S N=\"Extension\">.sys</S>\n"
		"      <DT N=\"CreationTime\">2026-11-23T00:51:24.0498555+05:30</DT>\n"
		"      <DT N=\"LastAccessTime\">2026-11-23T01:01:05.5698306+05:30</DT>\n"
		"      <DT N=\"LastWriteTime\">2026-11-23T00:51:24.0498555+05:30</DT>\n"
		"      <S N=\"Attributes\">Archive</S>\n    </Props>\n    <MS>\n",
		g->children, g->children * 37, g->children);
	fprintf(g->out,
		"      <S "
		"N=\"PSPath\">Microsoft.PowerShell.Core\\FileSystem::C:\\Windows\\file%lu.sys</S>\n"
		"      <S N=\"PSChildName\">file%lu.sys</S>\n      <B "
		"N=\"PSIsContainer\">false</B>\n"
		"      <S N=\"Mode\">-a---</S>\n      <S N=\"BaseName\">file%lu</S>\n    </MS>\n  "
		"</Obj>\n",
		g->children, g->children, g->children);
}

static void table(struct gen *g, bool first)
{
	static const char *names[] = { "System.Collections.Hashtable", "System.Object", NULL };

	fprintf(g->out, "  <Obj RefId=\"%lu\">\n", g->ids++);
	types(g, 2, names, first);
	fprintf(g->out, "    <DCT>\n");
	for (unsigned i = 0; i < 6; i++)
		fprintf(g->out,
			"      <En>\n        <S N=\"Key\">key%u</S>\n        <I32 "
			"N=\"Value\">%lu</I32>\n"
			"      </En>\n",
			i, g->children + i);
	fprintf(g->out, "    </DCT>\n  </Obj>\n");
}

static void list(struct gen *g, bool first)
{
	static const char *names[] = { "System.Object[]", "System.Array", "System.Object", NULL };

	fprintf(g->out, "  <Obj RefId=\"%lu\">\n", g->ids++);
	types(g, 3, names, first);
	fprintf(g->out, "    <LST>\n");
	for (unsigned i = 0; i < 12; i++)
		fprintf(g->out, "      <I32>%lu</I32>\n", g->children * 12 + i);
	fprintf(g->out, "      <S>some text that is a little longer than the numbers</S>\n"
			"    </LST>\n  </Obj>\n");
}

/* An enum inside, and an object twice. */
static void nested(struct gen *g, bool first)
{
	static const char *names[] = { "System.DayOfWeek", "System.Enum", "System.ValueType",
				       "System.Object", NULL };
	unsigned long shared;

	fprintf(g->out, "  <Obj RefId=\"%lu\">\n    <TNRef RefId=\"0\" />\n    <MS>\n", g->ids++);
	fprintf(g->out, "      <Obj N=\"Day\" RefId=\"%lu\">\n", g->ids++);
	types(g, 4, names, first);
	fprintf(g->out,
		"        <ToString>Monday</ToString>\n        <I32>1</I32>\n      </Obj>\n");
	shared = g->ids++;
	fprintf(g->out,
		"      <Obj N=\"First\" RefId=\"%lu\">\n        <TNRef RefId=\"0\" />\n        "
		"<MS>\n"
		"          <I32 N=\"id\">%lu</I32>\n        </MS>\n      </Obj>\n"
		"      <Ref N=\"Second\" RefId=\"%lu\" />\n    </MS>\n  </Obj>\n",
		shared, g->children, shared);
}

static struct gen generate(FILE *out, size_t len)
{
	struct gen g = { out, 0, 0 };
	static void (*const kinds[])(struct gen *, bool) = { bag, file_info, table, list, nested };
	const size_t count = sizeof(kinds) / sizeof(kinds[0]);

	fputs(open_objs, out);
	while ((size_t)ftell(out) < len || g.children < 50000) {
		kinds[g.children % count](&g, g.children < count);
		g.children++;
	}
	fputs("</Objs>", out);
	fflush(out);
	return g;
}

static double user_time(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6;
}

static void no_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int a, const xmlChar **b, int c, int d, const xmlChar **e)
{
	(void)ctx, (void)name, (void)prefix, (void)uri, (void)a, (void)b, (void)c, (void)d, (void)e;
}

static void no_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)ctx, (void)name, (void)prefix, (void)uri;
}

static void no_text(void *ctx, const xmlChar *text, int len)
{
	(void)ctx, (void)text, (void)len;
}

static double bare(const char *in, size_t len)
{
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC,
			      .startElementNs = no_start,
			      .endElementNs = no_end,
			      .characters = no_text,
			      .ignorableWhitespace = no_text,
			      .cdataBlock = no_text };
	double start = user_time();
	xmlParserCtxtPtr ctxt = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);

	xmlSwitchEncoding(ctxt, XML_CHAR_ENCODING_UTF8);
	xmlCtxtUseOptions(ctxt, XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOENT |
					XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR |
					XML_PARSE_NOWARNING);
	for (size_t i = 0; i < len; i += PIECE)
		xmlParseChunk(ctxt, in + i, (int)(len - i < PIECE ? len - i : PIECE), 0);
	if (xmlParseChunk(ctxt, "", 0, 1) != 0)
		abort();
	xmlFreeParserCtxt(ctxt);
	return user_time() - start;
}

struct counts {
	size_t lines, bytes;
};

static int count(void *user, const char *data, size_t len, winch_error *err)
{
	struct counts *c = user;

	(void)err;
	c->bytes += len;
	for (const char *p = data; (p = memchr(p, '\n', len - (size_t)(p - data))); p++)
		c->lines++;
	return 0;
}

static int64_t no_again(void *user, uint64_t offset, void *data, size_t len, winch_error *err)
{
	(void)user, (void)offset, (void)data, (void)len, (void)err;
	return 0;
}

static double ours(const char *in, size_t len, bool typed, struct counts *c)
{
	struct decoder_options opts = {
		.typed = typed, .local = true, .write = count, .again = no_again, .user = c
	};
	double start = user_time();
	struct decoder *d = decoder_new(&opts, NULL);
	int r = 0;

	for (size_t i = 0; r == 0 && i < len; i += PIECE)
		r = decoder_feed(d, bytes_of(in + i, len - i < PIECE ? len - i : PIECE), NULL);
	if (r == 0)
		r = decoder_end(d, NULL);
	if (r < 0)
		abort();
	decoder_free(d);
	return user_time() - start;
}

static void ratio(size_t mb)
{
	char *text = NULL;
	size_t len = 0;
	double best[3] = { 1e9, 1e9, 1e9 };
	struct counts c = { 0 };
	FILE *out = open_memstream(&text, &len);

	const struct gen made = generate(out, mb << 20);
	fclose(out);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double t = bare(text, len);
		best[0] = t < best[0] ? t : best[0];
		c = (struct counts){ 0 };
		t = ours(text, len, false, &c);
		best[1] = t < best[1] ? t : best[1];
		if (c.lines != made.children)
			abort();
		c = (struct counts){ 0 };
		t = ours(text, len, true, &c);
		best[2] = t < best[2] ? t : best[2];
	}
	printf("CLIXML to NDJSON, %.1f MB, %lu children: bare libxml2 %.3f s, plain %.3f s, typed "
	       "%.3f s\n",
	       (double)len / 1048576, made.children, best[0], best[1], best[2]);
	printf("bare/ours: plain %.2f, typed %.2f (must 0.6, aim 0.75)\n", best[0] / best[1],
	       best[0] / best[2]);
	free(text);
}

static long peak_kb(void)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static void memory(size_t mb)
{
	static char piece[PIECE];
	FILE *file = tmpfile();
	struct counts c = { 0 };
	struct decoder_options opts = {
		.local = true, .write = count, .again = no_again, .user = &c
	};
	size_t len;
	int r = 0;

	const struct gen made = generate(file, mb << 20);
	rewind(file);
	bare("<a>b</a>", 8);
	long before = peak_kb();
	struct decoder *d = decoder_new(&opts, NULL);
	while (r == 0 && (len = fread(piece, 1, sizeof(piece), file)) > 0)
		r = decoder_feed(d, bytes_of(piece, len), NULL);
	if (r == 0)
		r = decoder_end(d, NULL);
	decoder_free(d);
	if (r < 0 || c.lines != made.children)
		abort();
	printf("CLIXML to NDJSON, file of %zu MB, %lu children: peak %+.1f MiB above initialised "
	       "libraries (must 8, and 16 bytes a RefId: %.1f)\n",
	       mb, made.children, (double)(peak_kb() - before) / 1024,
	       (double)made.ids * 16 / 1048576);
	fclose(file);
}

static void write_file(const char *path, size_t mb)
{
	FILE *file = fopen(path, "w");

	if (!file)
		abort();
	printf("%lu\n", generate(file, mb << 20).ids);
	if (fclose(file) != 0)
		abort();
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--memory") == 0) {
		memory(argc > 2 ? strtoul(argv[2], NULL, 10) : 300);
		return 0;
	}
	if (argc > 3 && strcmp(argv[1], "--write") == 0) {
		write_file(argv[2], strtoul(argv[3], NULL, 10));
		return 0;
	}
	ratio(argc > 1 ? strtoul(argv[1], NULL, 10) : 48);
	return 0;
}
