// hiredis, loaded when it is first needed, and what Swift cannot call in it: arrays of pointers, and the library for TLS,
// whose header is missing where the distribution leaves it out.
//
// Only who sets redis.url needs the library at all.
#ifndef SOMA_CHIREDIS_H
#define SOMA_CHIREDIS_H

#include <hiredis/hiredis.h>
#include <stddef.h>
#include <stdint.h>

// Loads hiredis; 0 where that worked. Every other function here may only be called afterwards. Any thread may call it;
// who comes while it loads waits.
int soma_redis_load(void);

// Why it couldn't be loaded; empty where it could.
const char *soma_redis_load_failure(void);

// The same for the part of hiredis that speaks TLS.
int soma_redis_load_tls(void);
const char *soma_redis_load_tls_failure(void);

// Makes TLS of a connection that waits (that is: one made by redisConnectWithTimeout), trusting nobody but the file
// with certificates; 0 where that worked. What fails is in `words`.
int soma_redis_start_tls(
    redisContext *context, const char *authorities, const char *name, char *words, size_t words_size);

// Puts a command of `count` words into what is to be sent. The words follow one another in `bytes`.
int soma_redis_append(redisContext *context, const uint8_t *bytes, const size_t *lengths, int count);

// Whether a connection that waits is turned into one that never does.
int soma_redis_stop_waiting(redisContext *context);

// Bytes that were received and not yet read.
static inline size_t soma_redis_unread(const redisContext *context) {
    return context->reader ? context->reader->len - context->reader->pos : 0;
}

static inline const char *soma_redis_error(const redisContext *context) { return context->errstr; }

static inline int soma_redis_descriptor(const redisContext *context) { return context->fd; }

#endif
