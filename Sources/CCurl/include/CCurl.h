// libcurl, loaded when it is first needed, and what Swift cannot call in it: variadic functions, macros, and the
// address behind a curl_sockaddr.
//
// The library brings some thirty others along, and finding their symbols takes longer than drawing a screen. A program
// that asks for it early, on a thread of its own, goes on meanwhile.
#ifndef SOMA_CCURL_H
#define SOMA_CCURL_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Loads libcurl and makes it ready; 0 where that worked. Every other function here may only be called afterwards. Any
// thread may call it; who comes while it loads waits.
int soma_curl_load(void);

// The same on a thread of its own, without waiting.
void soma_curl_load_soon(void);

// Why it couldn't be loaded; empty where it could.
const char *soma_curl_load_failure(void);

CURLUcode soma_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags);
CURLcode soma_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode soma_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode soma_curl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode soma_curl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode soma_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode soma_curl_set_body(CURL *easy, const void *bytes, curl_off_t count);
CURLcode soma_curl_on_write(CURL *easy, curl_write_callback callback, void *context);
CURLcode soma_curl_on_header(CURL *easy, curl_write_callback callback, void *context);
CURLcode soma_curl_on_open_socket(CURL *easy, curl_opensocket_callback callback, void *context);
CURLcode soma_curl_on_before_request(CURL *easy, curl_prereq_callback callback, void *context);
CURLMcode soma_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);

// A message's result lives in a union that depends on the message's kind.
static inline int soma_curl_message_is_done(const CURLMsg *message) {
    return message->msg == CURLMSG_DONE;
}

static inline CURLcode soma_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

// Copies the address's bytes in network order and its port in host order.
// Returns 4 or 6 for IP, 1 for a unix socket, 0 for anything else.
static inline int soma_curl_socket_address(
    const struct curl_sockaddr *address, unsigned char bytes[16], unsigned short *port) {
    *port = 0;
    if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof(v4));
        memcpy(bytes, &v4.sin_addr, 4);
        *port = ntohs(v4.sin_port);
        return 4;
    }
    if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, (const char *)&address->addr, sizeof(v6));
        memcpy(bytes, &v6.sin6_addr, 16);
        *port = ntohs(v6.sin6_port);
        return 6;
    }
    return address->family == AF_UNIX ? 1 : 0;
}

// Sockets of ours never reach a child process.
static inline curl_socket_t soma_curl_open_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#endif
