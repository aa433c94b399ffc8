#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { state_listening = 10 };

static int ask(int fd, int family) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } message;
    memset(&message, 0, sizeof message);
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message.request.sdiag_family = (uint8_t)family;
    message.request.sdiag_protocol = IPPROTO_TCP;
    message.request.idiag_states = 1 << state_listening;
    return send(fd, &message, sizeof message, 0) < 0 ? -errno : 0;
}

static int collect(int fd, struct soma_listener *listeners, int capacity, int count) {
    _Alignas(struct nlmsghdr) char buffer[32768];
    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        size_t left = (size_t)got;
        for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK(header, left);
             header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_DONE) return count;
            if (header->nlmsg_type == NLMSG_ERROR) return -EPROTO;
            const struct inet_diag_msg *found = NLMSG_DATA(header);
            if (count < capacity) {
                struct soma_listener *out = &listeners[count];
                out->port = ntohs(found->id.idiag_sport);
                out->is_ipv6 = found->idiag_family == AF_INET6;
                memcpy(out->address, found->id.idiag_src, sizeof out->address);
                out->uid = found->idiag_uid;
                out->inode = found->idiag_inode;
            }
            count++;
        }
    }
}

int soma_listeners(struct soma_listener *listeners, int capacity) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return -errno;
    struct timeval patience = {2, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int count = 0;
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2 && count >= 0; i++) {
        int error = ask(fd, families[i]);
        count = error < 0 ? error : collect(fd, listeners, capacity, count);
    }
    close(fd);
    return count;
}

int soma_statvfs(const char *path, struct statvfs *status) {
    return statvfs(path, status);
}

int soma_memory(uint64_t *total, uint64_t *free, uint64_t *buffers, uint64_t *swap_total, uint64_t *swap_free) {
    struct sysinfo info;
    if (sysinfo(&info) != 0) return -errno;
    *total = (uint64_t)info.totalram * info.mem_unit;
    *free = (uint64_t)info.freeram * info.mem_unit;
    *buffers = (uint64_t)info.bufferram * info.mem_unit;
    *swap_total = (uint64_t)info.totalswap * info.mem_unit;
    *swap_free = (uint64_t)info.freeswap * info.mem_unit;
    return 0;
}
