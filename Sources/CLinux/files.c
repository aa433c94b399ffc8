#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

// A rename elsewhere in the tree makes the kernel give up on ".." checks with EAGAIN; it asks to be called again.
enum { open_attempts_max = 64 };

int soma_openat_beneath(int dirfd, const char *path, int flags, mode_t mode) {
#ifdef SYS_openat2
    struct open_how how = {0};
    how.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC);
    how.mode = (flags & (O_CREAT | O_TMPFILE)) ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < open_attempts_max; attempt++) {
        long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
        if (fd >= 0) return (int)fd;
        if (errno != EAGAIN && errno != EINTR) return -errno;
    }
    return -EAGAIN;
#else
    return -ENOSYS;
#endif
}

int soma_openat(int dirfd, const char *path, int flags, mode_t mode) {
    int fd;
    do fd = openat(dirfd, path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int soma_openat_walk(int dirfd, const char *path, int flags, mode_t mode) {
    if (path[0] == '/') return -EXDEV;
    int current = dirfd;
    for (;;) {
        const char *slash = strchr(path, '/');
        size_t length = slash ? (size_t)(slash - path) : strlen(path);
        char name[NAME_MAX + 1];
        if (length > NAME_MAX) {
            if (current != dirfd) close(current);
            return -ENAMETOOLONG;
        }
        memcpy(name, path, length);
        name[length] = 0;
        if (strcmp(name, "..") == 0) {
            if (current != dirfd) close(current);
            return -EXDEV;
        }
        if (length == 0) strcpy(name, ".");
        int last = slash == NULL;
        int how = last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW;
        int next = soma_openat(current, name, how, mode);
        if (current != dirfd) close(current);
        if (next < 0 || last) return next;
        current = next;
        path = slash + 1;
    }
}

int soma_memory_file(const char *name, const void *bytes, size_t count) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) return -errno;
    size_t done = 0;
    while (done < count) {
        ssize_t written = write(fd, (const char *)bytes + done, count - done);
        if (written < 0) {
            int error = errno;
            if (error == EINTR) continue;
            close(fd);
            return -error;
        }
        done += (size_t)written;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int64_t soma_copy_file(int from, int to, int64_t bytes_max) {
    struct stat status;
    if (fstat(from, &status) != 0) return -errno;
    if (status.st_size > bytes_max) return -EFBIG;
    if (ioctl(to, FICLONE, from) == 0) return status.st_size;
    int64_t total = 0;
    static const size_t chunk = 1 << 20;
    for (;;) {
        ssize_t copied = copy_file_range(from, NULL, to, NULL, chunk, 0);
        if (copied < 0) {
            if (errno == EINTR) continue;
            if (total > 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP))
                return -errno;
            break;
        }
        if (copied == 0) {
            // A file of a pseudo file system claims no size and copies nothing this way.
            if (total == 0) break;
            return total;
        }
        total += copied;
        if (total > bytes_max) return -EFBIG;
    }
    char buffer[1 << 16];
    for (;;) {
        ssize_t count = read(from, buffer, sizeof buffer);
        if (count < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        if (count == 0) return total;
        total += count;
        if (total > bytes_max) return -EFBIG;
        for (ssize_t done = 0; done < count;) {
            ssize_t written = write(to, buffer + done, (size_t)(count - done));
            if (written < 0) {
                if (errno == EINTR) continue;
                return -errno;
            }
            done += written;
        }
    }
}

int64_t soma_find(const void *hay, size_t hay_count, const void *needle, size_t needle_count) {
    const char *found = memmem(hay, hay_count, needle, needle_count);
    return found ? found - (const char *)hay : -1;
}

void soma_synchronize(int fd) {
    (void)syncfs(fd);
}

int soma_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int soma_wake_open(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

void soma_wake(int fd) {
    (void)eventfd_write(fd, 1);
}

int soma_rename_new(int dirfd, const char *from, const char *to) {
    return renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0 ? 0 : -errno;
}

int soma_clock_state(int64_t *estimated_error, int64_t *maximum_error, int64_t *offset_microseconds) {
    struct timex state = {0};
    int result = adjtimex(&state);
    if (result < 0) return -errno;
    *estimated_error = state.esterror;
    *maximum_error = state.maxerror;
    *offset_microseconds = (state.status & STA_NANO) ? state.offset / 1000 : state.offset;
    return result == TIME_ERROR || (state.status & STA_UNSYNC) ? 0 : 1;
}
