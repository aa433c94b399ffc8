#include "CLinux.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE
#define FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))
#define LOAD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(name))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE(error) ANSWER(SECCOMP_RET_ERRNO | (error))

// What a build or a script never needs and kernel exploits like.
static const int refused[] = {
    SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_ptrace, SYS_process_vm_readv,
    SYS_process_vm_writev, SYS_kcmp, SYS_userfaultfd, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot,
    SYS_setns, SYS_unshare, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_reboot,
    SYS_swapon, SYS_swapoff, SYS_acct, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_quotactl,
    SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_fanotify_init, SYS_syslog, SYS_vhangup, SYS_personality,
    SYS_move_pages, SYS_lookup_dcookie, SYS_sethostname, SYS_setdomainname,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
#ifdef SYS_process_madvise
    SYS_process_madvise,
#endif
#ifdef SYS_open_tree
    SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
#endif
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
#ifdef SYS_quotactl_fd
    SYS_quotactl_fd,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm,
#endif
#ifdef SYS_modify_ldt
    SYS_modify_ldt,
#endif
};

// Families that no network namespace confines (vsock reaches the hypervisor) or that only open kernel surface.
static const int families[] = {AF_VSOCK, AF_ALG, AF_PACKET, AF_KEY, AF_BLUETOOTH, AF_NFC, AF_TIPC, AF_XDP, AF_CAN};

int soma_seccomp_filter(void *buffer, size_t capacity) {
    enum { steps_max = 256 };
    struct sock_filter program[steps_max];
    int count = 0;
#define STEP(...) (program[count++] = (struct sock_filter)__VA_ARGS__)
    STEP(LOAD(arch));
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0));
    STEP(REFUSE(ENOSYS));
    STEP(LOAD(nr));
#ifdef __x86_64__
    // The x32 numbers would pass beside every comparison below.
    STEP(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    STEP(REFUSE(ENOSYS));
#endif
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)refused[i], 0, 1));
        STEP(REFUSE(EPERM));
    }
#ifdef SYS_clone3
    // Its flags are behind a pointer that a filter can't read; without it libc falls back to clone.
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
    STEP(REFUSE(ENOSYS));
#endif
    uint32_t namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
        CLONE_NEWCGROUP;
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    STEP(LOAD(args[0]));
    STEP(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1));
    STEP(REFUSE(EPERM));
    STEP(ANSWER(SECCOMP_RET_ALLOW));
    // Pushing input into a terminal (TIOCSTI, and TIOCLINUX on a console).
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5));
    STEP(LOAD(args[1]));
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5412, 1, 0));
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x541C, 0, 1));
    STEP(REFUSE(EPERM));
    STEP(ANSWER(SECCOMP_RET_ALLOW));
    int families_count = (int)(sizeof families / sizeof *families);
    STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, (uint8_t)(families_count * 2 + 1)));
    STEP(LOAD(args[0]));
    for (int i = 0; i < families_count; i++) {
        STEP(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)families[i], 0, 1));
        STEP(REFUSE(EAFNOSUPPORT));
    }
    STEP(ANSWER(SECCOMP_RET_ALLOW));
#undef STEP
    size_t size = (size_t)count * sizeof *program;
    if (size > capacity) return -1;
    memcpy(buffer, program, size);
    return (int)size;
}
#else
int soma_seccomp_filter(void *buffer, size_t capacity) {
    (void)buffer;
    (void)capacity;
    return 0;
}
#endif
