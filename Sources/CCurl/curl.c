#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

// Each function of libcurl that is used: result, name, parameters, arguments.
#define SOMA_CURL_FUNCTIONS(F)                                                                                    \
    F(CURLcode, curl_global_init, (long flags), (flags))                                                          \
    F(CURL *, curl_easy_init, (void), ())                                                                         \
    F(void, curl_easy_cleanup, (CURL * easy), (easy))                                                             \
    F(CURLcode, curl_easy_pause, (CURL * easy, int mask), (easy, mask))                                           \
    F(const char *, curl_easy_strerror, (CURLcode code), (code))                                                  \
    F(void, curl_free, (void *text), (text))                                                                      \
    F(CURLM *, curl_multi_init, (void), ())                                                                       \
    F(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))                                                    \
    F(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy))                               \
    F(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy))                            \
    F(CURLMcode, curl_multi_perform, (CURLM * multi, int *running), (multi, running))                             \
    F(CURLMcode,                                                                                                  \
      curl_multi_poll,                                                                                            \
      (CURLM * multi, struct curl_waitfd extra[], unsigned int count, int milliseconds, int *ready),              \
      (multi, extra, count, milliseconds, ready))                                                                 \
    F(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), (multi, left))                                 \
    F(const char *, curl_multi_strerror, (CURLMcode code), (code))                                                \
    F(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text), (list, text))         \
    F(void, curl_slist_free_all, (struct curl_slist * list), (list))                                              \
    F(CURLU *, curl_url, (void), ())                                                                              \
    F(void, curl_url_cleanup, (CURLU * url), (url))                                                               \
    F(CURLUcode, curl_url_set, (CURLU * url, CURLUPart part, const char *text, unsigned int flags),               \
      (url, part, text, flags))                                                                                   \
    F(const char *, curl_url_strerror, (CURLUcode code), (code))

#define SOMA_CURL_POINTER(result, name, parameters, arguments) result(*name) parameters;
static struct {
    SOMA_CURL_FUNCTIONS(SOMA_CURL_POINTER)
    // Takes a constant handle in some versions and not in others.
    __typeof__(curl_url_get) *curl_url_get;
    CURLcode (*curl_easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLMcode (*curl_multi_setopt)(CURLM *multi, CURLMoption option, ...);
} library;

// Under their own names, so that callers are written as everywhere; hidden, so that libcurl's own calls go to itself.
#define SOMA_CURL_FORWARD(result, name, parameters, arguments)                                                    \
    __attribute__((visibility("hidden"))) result name parameters { return library.name arguments; }
SOMA_CURL_FUNCTIONS(SOMA_CURL_FORWARD)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256];

static void *find(void *handle, const char *name) {
    void *found = dlsym(handle, name);
    if (!found && !failure[0]) snprintf(failure, sizeof(failure), "libcurl has no %s", name);
    return found;
}

static void load(void) {
#ifdef __APPLE__
    void *handle = dlopen("libcurl.4.dylib", RTLD_LAZY | RTLD_LOCAL);
#else
    void *handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
#endif
    if (!handle) {
        const char *reason = dlerror();
        snprintf(failure, sizeof(failure), "%s", reason ? reason : "libcurl isn't there");
        return;
    }
#define SOMA_CURL_FIND(result, name, parameters, arguments) library.name = find(handle, #name);
    SOMA_CURL_FUNCTIONS(SOMA_CURL_FIND)
    library.curl_url_get = find(handle, "curl_url_get");
    library.curl_easy_setopt = find(handle, "curl_easy_setopt");
    library.curl_multi_setopt = find(handle, "curl_multi_setopt");
    if (!failure[0] && curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        snprintf(failure, sizeof(failure), "libcurl can't be made ready");
}

int soma_curl_load(void) {
    pthread_once(&once, load);
    return failure[0] ? -1 : 0;
}

static void *load_on_thread(void *unused) {
    (void)unused;
    soma_curl_load();
    return NULL;
}

void soma_curl_load_soon(void) {
    // Signals are for the program's own threads.
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    pthread_t thread;
    if (pthread_create(&thread, NULL, load_on_thread, NULL) == 0) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

const char *soma_curl_load_failure(void) { return failure; }

// The header makes macros of these that check types; here they are members.
#undef curl_easy_setopt
#undef curl_multi_setopt

CURLUcode soma_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags) {
    return library.curl_url_get(url, part, text, flags);
}

CURLcode soma_curl_set_long(CURL *easy, CURLoption option, long value) {
    return library.curl_easy_setopt(easy, option, value);
}

CURLcode soma_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return library.curl_easy_setopt(easy, option, value);
}

CURLcode soma_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return library.curl_easy_setopt(easy, option, value);
}

CURLcode soma_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return library.curl_easy_setopt(easy, option, value);
}

CURLcode soma_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return library.curl_easy_setopt(easy, option, value);
}

CURLcode soma_curl_set_body(CURL *easy, const void *bytes, curl_off_t count) {
    CURLcode code = library.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
    if (code != CURLE_OK) return code;
    return library.curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

CURLcode soma_curl_on_write(CURL *easy, curl_write_callback callback, void *context) {
    library.curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    return library.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}

CURLcode soma_curl_on_header(CURL *easy, curl_write_callback callback, void *context) {
    library.curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    return library.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, callback);
}

CURLcode soma_curl_on_open_socket(CURL *easy, curl_opensocket_callback callback, void *context) {
    library.curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
    return library.curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

CURLcode soma_curl_on_before_request(CURL *easy, curl_prereq_callback callback, void *context) {
    library.curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
    return library.curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

CURLMcode soma_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return library.curl_multi_setopt(multi, option, value);
}
