#include "CHiredis.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// Each function of hiredis that is used: result, name, parameters, arguments.
#define SOMA_REDIS_FUNCTIONS(F)                                                                                   \
    F(redisContext *, redisConnectWithTimeout, (const char *host, int port, const struct timeval limit),          \
      (host, port, limit))                                                                                        \
    F(redisContext *, redisConnectUnixWithTimeout, (const char *path, const struct timeval limit), (path, limit)) \
    F(int, redisSetTimeout, (redisContext * context, const struct timeval limit), (context, limit))               \
    F(void, redisFree, (redisContext * context), (context))                                                       \
    F(int, redisBufferRead, (redisContext * context), (context))                                                  \
    F(int, redisBufferWrite, (redisContext * context, int *done), (context, done))                                \
    F(int, redisGetReplyFromReader, (redisContext * context, void **reply), (context, reply))                     \
    F(int, redisAppendCommandArgv,                                                                                \
      (redisContext * context, int count, const char **words, const size_t *lengths),                             \
      (context, count, words, lengths))                                                                           \
    F(void, freeReplyObject, (void *reply), (reply))

#define SOMA_REDIS_POINTER(result, name, parameters, arguments) result(*name) parameters;
static struct {
    SOMA_REDIS_FUNCTIONS(SOMA_REDIS_POINTER)
} library;

// Under their own names, so that callers are written as everywhere; hidden, so that hiredis's own calls go to itself.
#define SOMA_REDIS_FORWARD(result, name, parameters, arguments)                                                   \
    __attribute__((visibility("hidden"))) result name parameters { return library.name arguments; }
SOMA_REDIS_FUNCTIONS(SOMA_REDIS_FORWARD)

// The structures are those of the header, so only the library of the same version will do.
#define SOMA_REDIS_TEXT_OF(value) #value
#define SOMA_REDIS_TEXT(value) SOMA_REDIS_TEXT_OF(value)
#define SOMA_REDIS_VERSION SOMA_REDIS_TEXT(HIREDIS_SONAME)

static void *open_library(const char *name, char *failure, size_t size) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(failure, size, "%s", reason ? reason : name);
    }
    return handle;
}

static void *find(void *handle, const char *name, char *failure, size_t size) {
    void *found = handle ? dlsym(handle, name) : NULL;
    if (handle && !found && !failure[0]) snprintf(failure, size, "the library has no %s", name);
    return found;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256];

static void load(void) {
    void *handle = open_library("libhiredis.so." SOMA_REDIS_VERSION, failure, sizeof failure);
#define SOMA_REDIS_FIND(result, name, parameters, arguments)                                                      \
    library.name = find(handle, #name, failure, sizeof failure);
    SOMA_REDIS_FUNCTIONS(SOMA_REDIS_FIND)
}

int soma_redis_load(void) {
    pthread_once(&once, load);
    return failure[0] ? -1 : 0;
}

const char *soma_redis_load_failure(void) { return failure; }

// What hiredis_ssl.h declares, from version 1.0 on.
static struct {
    int (*init)(void);
    void *(*create)(
        const char *authorities, const char *folder, const char *certificate, const char *key, const char *name, int *error);
    const char *(*words)(int error);
    int (*start)(redisContext *context, void *tls);
    void (*free)(void *tls);
} tls;

static pthread_once_t tls_once = PTHREAD_ONCE_INIT;
static char tls_failure[256];

static void load_tls(void) {
    void *handle = open_library("libhiredis_ssl.so." SOMA_REDIS_VERSION, tls_failure, sizeof tls_failure);
    *(void **)&tls.init = find(handle, "redisInitOpenSSL", tls_failure, sizeof tls_failure);
    *(void **)&tls.create = find(handle, "redisCreateSSLContext", tls_failure, sizeof tls_failure);
    *(void **)&tls.words = find(handle, "redisSSLContextGetError", tls_failure, sizeof tls_failure);
    *(void **)&tls.start = find(handle, "redisInitiateSSLWithContext", tls_failure, sizeof tls_failure);
    *(void **)&tls.free = find(handle, "redisFreeSSLContext", tls_failure, sizeof tls_failure);
    if (!tls_failure[0] && tls.init() != REDIS_OK)
        snprintf(tls_failure, sizeof tls_failure, "OpenSSL can't be made ready");
}

int soma_redis_load_tls(void) {
    pthread_once(&tls_once, load_tls);
    return tls_failure[0] ? -1 : 0;
}

const char *soma_redis_load_tls_failure(void) { return tls_failure; }

int soma_redis_start_tls(
    redisContext *context, const char *authorities, const char *name, char *words, size_t words_size) {
    int error = 0;
    void *made = tls.create(authorities, NULL, NULL, NULL, name, &error);
    if (!made) {
        snprintf(words, words_size, "%s", tls.words(error));
        return -1;
    }
    int result = tls.start(context, made);
    if (result != REDIS_OK) snprintf(words, words_size, "%s", context->errstr);
    // The connection keeps what it needs of it.
    tls.free(made);
    return result == REDIS_OK ? 0 : -1;
}

int soma_redis_append(redisContext *context, const uint8_t *bytes, const size_t *lengths, int count) {
    const char **words = malloc(sizeof(char *) * (size_t)count);
    if (!words) return REDIS_ERR;
    for (int index = 0; index < count; index++) {
        words[index] = (const char *)bytes;
        bytes += lengths[index];
    }
    int result = redisAppendCommandArgv(context, count, words, lengths);
    free(words);
    return result;
}

int soma_redis_stop_waiting(redisContext *context) {
    int flags = fcntl(context->fd, F_GETFL);
    if (flags < 0 || fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
    // Never to a child process.
    if (fcntl(context->fd, F_SETFD, FD_CLOEXEC) < 0) return -1;
    context->flags &= ~REDIS_BLOCK;
    return 0;
}
