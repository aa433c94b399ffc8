#define _GNU_SOURCE
#include "CNcurses.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int ends[2] = {-1, -1};
static const int told[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT};
/* Faults, and all that ends a process by default. */
static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS,  SIGILL,    SIGFPE,  SIGTRAP, SIGSYS, SIGQUIT,
                              SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ};
enum { TOLD = sizeof told / sizeof told[0], CRASHES = sizeof crashes / sizeof crashes[0] };
static struct sigaction told_before[TOLD];
static struct sigaction crash_before[CRASHES];
static struct sigaction pipe_before;

void soma_signals_wake(uint8_t byte) {
    int saved = errno;
    ssize_t ignored = write(ends[1], &byte, 1);
    (void)ignored;
    errno = saved;
}

/* Set when the process goes on after a stop. */
volatile sig_atomic_t soma_signals_continued;

static void tell(int signal) {
    if (signal == SIGCONT) soma_signals_continued = 1;
    soma_signals_wake((uint8_t)signal);
}

/* Restores the terminal, then lets the signal do what it did before us: a fault comes again by itself when we
   return, a signal that was sent must be sent again. */
static void crash(int signal, siginfo_t *info, void *context) {
    (void)context;
    soma_screen_restore();
    for (int index = 0; index < CRASHES; index++)
        if (crashes[index] == signal) sigaction(signal, &crash_before[index], NULL);
    int comes_again = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE;
    if (!comes_again || !info || info->si_code <= 0) raise(signal);
}

int soma_signals_open(void) {
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART;
    for (int index = 0; index < TOLD; index++) sigaction(told[index], &action, &told_before[index]);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &pipe_before);
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int index = 0; index < CRASHES; index++) sigaction(crashes[index], &action, &crash_before[index]);
    return ends[0];
}

void soma_signals_close(void) {
    if (ends[0] < 0) return;
    for (int index = 0; index < TOLD; index++) sigaction(told[index], &told_before[index], NULL);
    for (int index = 0; index < CRASHES; index++) sigaction(crashes[index], &crash_before[index], NULL);
    sigaction(SIGPIPE, &pipe_before, NULL);
    close(ends[0]);
    close(ends[1]);
    ends[0] = ends[1] = -1;
}

void soma_signals_die(int signal) {
    soma_screen_restore();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, NULL);
    kill(getpid(), signal);
    _exit(128 + signal);
}
