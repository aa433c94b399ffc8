#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { extra_max = 16 };

struct failure {
    int step;
    int error;
};

static void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
    struct rlimit limit;
    int last = 1 << 16;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)last) last = (int)limit.rlim_cur;
    for (int fd = first; fd < last; fd++) close(fd);
}

static _Noreturn void fail(int report, int step) {
    struct failure failure = {step, errno};
    ssize_t ignored = write(report, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
}

// Puts the descriptors in their places: first out of the way of every target number, then down.
static int arrange(const struct soma_launch *launch, int report) {
    int total = 3 + launch->extra_count, high = total + 1, moved[3 + extra_max];
    for (int i = 0; i < total; i++) {
        int source = i < 3 ? launch->standard[i] : launch->extra[i - 3];
        moved[i] = fcntl(source, F_DUPFD_CLOEXEC, high);
        if (moved[i] < 0) fail(report, SOMA_LAUNCH_DESCRIPTORS);
    }
    int parked = fcntl(report, F_DUPFD_CLOEXEC, high);
    if (parked < 0) fail(report, SOMA_LAUNCH_DESCRIPTORS);
    for (int i = 0; i < total; i++)
        if (dup2(moved[i], i) < 0) fail(parked, SOMA_LAUNCH_DESCRIPTORS);
    if (dup3(parked, total, O_CLOEXEC) < 0) fail(parked, SOMA_LAUNCH_DESCRIPTORS);
    close_from(total + 1);
    return total;
}

static _Noreturn void become(const struct soma_launch *launch, int report, pid_t parent) {
    report = arrange(launch, report);
    for (int number = 1; number < 65; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    umask(022);
    if (launch->directory && chdir(launch->directory) != 0) fail(report, SOMA_LAUNCH_DIRECTORY);
    for (int i = 0; i < launch->limit_count; i++) {
        // A limit may only be lowered: where the inherited one is lower, it stays.
        struct rlimit limit;
        if (getrlimit(launch->limits[i].resource, &limit) != 0) fail(report, SOMA_LAUNCH_LIMITS);
        rlim_t wanted = launch->limits[i].value;
        if (limit.rlim_max > wanted) limit.rlim_max = wanted;
        if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
        if (setrlimit(launch->limits[i].resource, &limit) != 0) fail(report, SOMA_LAUNCH_LIMITS);
    }
    if (launch->drops_user) {
        if (setgroups(0, NULL) != 0) fail(report, SOMA_LAUNCH_USER);
        if (setresgid(launch->gid, launch->gid, launch->gid) != 0) fail(report, SOMA_LAUNCH_USER);
        if (setresuid(launch->uid, launch->uid, launch->uid) != 0) fail(report, SOMA_LAUNCH_USER);
        if (launch->uid != 0 && setuid(0) == 0) {
            errno = EPERM;
            fail(report, SOMA_LAUNCH_USER);
        }
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(report, SOMA_LAUNCH_USER);
    // After the change of user, which clears it. The parent may have died before: then nobody waits for us.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(127);
    execve(launch->path, launch->argv, launch->envp);
    fail(report, SOMA_LAUNCH_EXEC);
}

int soma_launch(const struct soma_launch *launch, pid_t *pid, int *failed_step) {
    int report[2];
    *failed_step = SOMA_LAUNCH_FORK;
    if (launch->extra_count < 0 || launch->extra_count > extra_max) return EINVAL;
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    // No handler of ours may run in the child before it has put the defaults back.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t child = fork();
    int error = errno;
    if (child == 0) become(launch, report[1], parent);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return error;
    }
    struct failure failure = {0, 0};
    ssize_t count;
    do count = read(report[0], &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof failure) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        *failed_step = failure.step;
        return failure.error ? failure.error : EIO;
    }
    *pid = child;
    *failed_step = 0;
    return 0;
}

int soma_wait(pid_t pid, int blocking, int *exit_status, int *signal_number) {
    int status;
    pid_t found;
    do found = waitpid(pid, &status, blocking ? 0 : WNOHANG);
    while (found < 0 && errno == EINTR);
    if (found < 0) return -errno;
    if (found == 0) return 0;
    *exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 1;
}

int soma_process_descriptor(pid_t pid) {
#ifdef SYS_pidfd_open
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
#else
    return -ENOSYS;
#endif
}

static pid_t parent_of(pid_t pid) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t count = read(fd, line, sizeof line - 1);
    close(fd);
    if (count <= 0) return -1;
    line[count] = 0;
    // The name is in parentheses and may hold anything, also a ')': the last one ends it.
    char *end = strrchr(line, ')');
    int parent;
    char state;
    return end && sscanf(end + 1, " %c %d", &state, &parent) == 2 ? parent : -1;
}

int soma_kill_child_of(pid_t pid, pid_t parent) {
#if defined(SYS_pidfd_open) && defined(SYS_pidfd_send_signal)
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
        int error = 0;
        if (parent_of(pid) != parent) error = ESRCH;
        else if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) != 0) error = errno;
        close(fd);
        return -error;
    }
#endif
    if (parent_of(pid) != parent) return -ESRCH;
    return kill(pid, SIGKILL) == 0 ? 0 : -errno;
}

void soma_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
