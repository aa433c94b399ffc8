// What Swift cannot call in libpq: macros, and functions of C's library that Swift's Glibc module leaves out.
#ifndef SOMA_CPOSTGRES_SHIM_H
#define SOMA_CPOSTGRES_SHIM_H

#include <libpq-fe.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// The parts of an error that a server sends; DETAIL, HINT and CONTEXT are left out because they hold values.
enum soma_pg_field {
    SOMA_PG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
    SOMA_PG_SQLSTATE = PG_DIAG_SQLSTATE,
    SOMA_PG_PRIMARY = PG_DIAG_MESSAGE_PRIMARY,
    SOMA_PG_TABLE = PG_DIAG_TABLE_NAME,
    SOMA_PG_COLUMN = PG_DIAG_COLUMN_NAME,
    SOMA_PG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME,
};

static inline const char *soma_pg_error_field(const PGresult *result, enum soma_pg_field field) {
    return PQresultErrorField(result, (int)field);
}

// libpq writes notices to standard error unless it is told otherwise.
static inline void soma_pg_ignore_notice(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

static inline void soma_pg_silence(PGconn *connection) {
    PQsetNoticeReceiver(connection, soma_pg_ignore_notice, (void *)0);
}

// pthread_setname_np is a GNU extension that Swift's Glibc module leaves out.
static inline void soma_pg_name_this_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

// A descriptor that becomes readable when 8 bytes are written to it.
static inline int soma_pg_open_bell(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

#endif
