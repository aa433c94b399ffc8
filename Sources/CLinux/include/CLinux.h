// System calls that Swift can't make on its own: variadic ones, and what has to happen between fork and exec,
// where only async-signal-safe C may run.
#ifndef SOMA_CLINUX_H
#define SOMA_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// Opens a path that may not leave the folder `dirfd`: no "..", no absolute or magic link leads out.
// Returns a descriptor (close-on-exec), or -errno; -ENOSYS where the kernel has no openat2.
int soma_openat_beneath(int dirfd, const char *path, int flags, mode_t mode);

// The same by walking the path one name at a time without following any link, for old kernels.
int soma_openat_walk(int dirfd, const char *path, int flags, mode_t mode);

// openat with a mode, close-on-exec. Returns a descriptor or -errno.
int soma_openat(int dirfd, const char *path, int flags, mode_t mode);

// Resource limits by names that Swift sees.
enum soma_limit_kind {
    SOMA_LIMIT_ADDRESS_SPACE = RLIMIT_AS,
    SOMA_LIMIT_PROCESSES = RLIMIT_NPROC,
    SOMA_LIMIT_FILE_SIZE = RLIMIT_FSIZE,
    SOMA_LIMIT_PROCESSOR_SECONDS = RLIMIT_CPU,
    SOMA_LIMIT_CORE_DUMP = RLIMIT_CORE,
    SOMA_LIMIT_DESCRIPTORS = RLIMIT_NOFILE
};

// One resource limit, soft and hard.
struct soma_limit {
    int resource;
    uint64_t value;
};

// What the child becomes.
struct soma_launch {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *directory;            // NULL: stays where it is
    int standard[3];                  // become 0, 1 and 2
    const int *extra;                 // become 3, 4, ...; every other descriptor is closed
    int extra_count;
    const struct soma_limit *limits;
    int limit_count;
    int drops_user;                   // non-zero: take on uid and gid, no groups
    uid_t uid;
    gid_t gid;
};

// Where a launch failed.
enum soma_launch_step {
    SOMA_LAUNCH_FORK = 1,
    SOMA_LAUNCH_DESCRIPTORS,
    SOMA_LAUNCH_DIRECTORY,
    SOMA_LAUNCH_LIMITS,
    SOMA_LAUNCH_USER,
    SOMA_LAUNCH_EXEC
};

// Starts a program in a session of its own that dies with the calling thread. Returns 0 and the process id, or
// an errno and the step that failed.
int soma_launch(const struct soma_launch *launch, pid_t *pid, int *failed_step);

// Waits for a child. Returns 1 when it ended (status filled), 0 when it still runs, -errno otherwise.
int soma_wait(pid_t pid, int blocking, int *exit_status, int *signal);

// A descriptor that becomes readable when the child ends, or -errno.
int soma_process_descriptor(pid_t pid);

// Sends SIGKILL through a process descriptor if `pid` is still a child of `parent`; closes the race with reuse.
int soma_kill_child_of(pid_t pid, pid_t parent);

// An anonymous file holding `bytes`, read from its start. Returns a descriptor or -errno.
int soma_memory_file(const char *name, const void *bytes, size_t count);

// Writes the sandbox's system call filter (array of struct sock_filter) for this machine into `buffer`.
// Returns its size in bytes, 0 where the machine is unknown, -1 where the buffer is too small.
int soma_seccomp_filter(void *buffer, size_t capacity);

// Shares or copies the whole of one file into another. Returns bytes copied or -errno.
int64_t soma_copy_file(int from, int to, int64_t bytes_max);

// Where `needle` is first found in `hay`, or -1.
int64_t soma_find(const void *hay, size_t hay_count, const void *needle, size_t needle_count);

// A pipe whose ends are closed on exec and whose read end never blocks. Returns 0 or -errno.
int soma_pipe(int ends[2]);

// A descriptor that becomes readable when it is woken. Returns it or -errno.
int soma_wake_open(void);

// Makes it readable.
void soma_wake(int fd);

// Gives the calling thread a name, which tools that list threads show; the kernel keeps 15 bytes of it.
void soma_name_thread(const char *name);

// Waits until the file system of `fd` has written everything.
void soma_synchronize(int fd);

// Renames without replacing. Returns 0 or -errno.
int soma_rename_new(int dirfd, const char *from, const char *to);

// The kernel's idea of clock synchronisation: 1 synchronised, 0 not, -errno unknown. Errors in microseconds.
int soma_clock_state(int64_t *estimated_error, int64_t *maximum_error, int64_t *offset_microseconds);

// One listening TCP socket.
struct soma_listener {
    uint16_t port;
    int is_ipv6;
    uint8_t address[16];
    uint32_t uid;
    uint32_t inode;
};

// Asks the kernel through netlink for the TCP sockets that listen. Returns how many there are (at most `capacity`
// are filled in) or -errno.
int soma_listeners(struct soma_listener *listeners, int capacity);

// statvfs(3), whose name Swift takes for the structure's. Returns 0 or -1 and errno.
int soma_statvfs(const char *path, struct statvfs *status);

// Memory in bytes as sysinfo(2) has it. Returns 0 or -errno.
int soma_memory(uint64_t *total, uint64_t *free, uint64_t *buffers, uint64_t *swap_total, uint64_t *swap_free);

// Lets all threads share one heap that grows by a megabyte at a time. Otherwise glibc grows the heap of each thread page
// by page, with a system call for every four kilobytes. To be called before other threads begin.
void soma_grow_heap_in_megabytes(void);

#ifdef __cplusplus
}
#endif
#endif
