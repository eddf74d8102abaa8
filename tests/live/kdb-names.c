/*
 * kdb-names.c - a database for MIT's KDC in which users have a second name, as in a directory:
 * NAME@corp.example is NAME of the realm.  All else is MIT's own db2.
 *
 * Loaded by krb5kdc; KDB_DB2 names db2.so.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <kdb.h>
#include <krb5.h>

#define SUFFIX "@corp.example"

__attribute__((visibility("default"))) kdb_vftabl kdb_function_table;
static kdb_vftabl *db2;

/* The principal that an enterprise name stands for; NULL: it is none of ours. */
static krb5_principal first_name(krb5_context krb5, krb5_const_principal second)
{
	size_t len = second->length == 1 ? second->data[0].length : 0, tail = strlen(SUFFIX);
	char name[256] = "";
	krb5_principal made = NULL;

	if (len <= tail || len >= sizeof(name))
		return NULL;
	memcpy(name, second->data[0].data, len);
	if (strcmp(name + len - tail, SUFFIX) != 0)
		return NULL;
	name[len - tail] = '\0';
	krb5_build_principal(krb5, &made, second->realm.length, second->realm.data, name, NULL);
	return made;
}

static krb5_error_code get_principal(krb5_context krb5, krb5_const_principal wanted, unsigned flags,
				     krb5_db_entry **ret_entry)
{
	krb5_principal first = flags & KRB5_KDB_FLAG_REFERRAL_OK ? first_name(krb5, wanted) : NULL;

	krb5_error_code code = db2->get_principal(krb5, first ? first : wanted, flags, ret_entry);
	krb5_free_principal(krb5, first);
	return code;
}

/* libkdb5 looks at the table as soon as it has loaded us. */
__attribute__((constructor)) static void take_over(void)
{
	const char *path = getenv("KDB_DB2");
	void *library = path ? dlopen(path, RTLD_NOW) : NULL;

	db2 = library ? dlsym(library, "kdb_function_table") : NULL;
	if (!db2)
		return;
	kdb_function_table = *db2;
	kdb_function_table.get_principal = get_principal;
}
