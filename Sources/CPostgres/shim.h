// What Swift cannot call in libpq: macros, and functions of C's library that Swift's Glibc module leaves out.
#ifndef SOMA_CPOSTGRES_SHIM_H
#define SOMA_CPOSTGRES_SHIM_H

#include <dlfcn.h>
#include <libpq-fe.h>
#include <string.h>

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

// Bytes of a TLS record that were decrypted and not yet read: poll knows nothing of them. OpenSSL came with libpq, and its
// header isn't needed for the one function.
static inline int soma_pg_decoded(PGconn *connection) {
    void *tls = PQsslStruct(connection, "OpenSSL");
    if (!tls) return 0;
    int (*pending)(const void *) = (int (*)(const void *))dlsym((void *)0, "SSL_pending");
    return pending ? pending(tls) : 0;
}

// Why a server ended a session that was idle: libpq has no question to report it for, and makes it a notice.
struct soma_pg_farewell {
    char state[6];
    char words[256];
};

static inline void soma_pg_keep_farewell(void *context, const PGresult *result) {
    struct soma_pg_farewell *farewell = (struct soma_pg_farewell *)context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!severity || !state || !words) return;
    if (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0) return;
    strncpy(farewell->state, state, sizeof farewell->state - 1);
    strncpy(farewell->words, words, sizeof farewell->words - 1);
}

// The farewell has to outlive the connection.
static inline void soma_pg_note_farewell(PGconn *connection, struct soma_pg_farewell *farewell) {
    memset(farewell, 0, sizeof *farewell);
    PQsetNoticeReceiver(connection, soma_pg_keep_farewell, farewell);
}

static inline const char *soma_pg_farewell_state(const struct soma_pg_farewell *farewell) {
    return farewell->state;
}

static inline const char *soma_pg_farewell_words(const struct soma_pg_farewell *farewell) {
    return farewell->words;
}

#endif
