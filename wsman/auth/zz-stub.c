#include "wsman/auth/auth.h"
#include "src/base/mem.h"
#include "src/base/fail.h"
int credential_set(struct credential *c, struct bytes user, struct bytes password, winch_error *err)
{ c->user.max = 1000; c->domain.max=1000; if (password.data) secret_set(&c->password, password, err); return buf_put(&c->user, user, err); }
void credential_done(struct credential *c) { buf_done(&c->user); buf_done(&c->domain); secret_done(&c->password); secret_done(&c->nt_hash); }
