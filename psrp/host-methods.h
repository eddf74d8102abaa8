/*
 * host-methods.h - the 56 methods that a server may call on our host: MS-PSRP 2.2.3.17.
 */
#ifndef PSRP_HOST_METHODS_H
#define PSRP_HOST_METHODS_H

#include <stdbool.h>
#include <stddef.h>

struct host_method {
	int id;
	const char *id_name; /* of the enum RemoteHostMethodId */
	const char *interface;
	const char *method;
	const char *parameters; /* .NET types, ", " between; "" none */
	const char *returns;    /* "void": must not be answered */
};

extern const struct host_method host_methods[];
extern const size_t host_method_count;

/* NULL: there is no such method. */
const struct host_method *host_method(int id);

bool host_method_is_void(int id);

#endif
