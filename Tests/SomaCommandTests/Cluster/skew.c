// Gives a program another time of day: LD_PRELOAD=skew.so SKEW=-3600, in seconds.
//
// Clocks that nobody sets stay as they are. A moment that the program has worked out from the time of day, and hands to the
// system to wait for, is turned back, as it would be on a machine whose clock is really wrong. (libfaketime 0.9 doesn't do
// that for cnd_timedwait, which librdkafka waits with, and does it for timers of clocks that it was told to leave alone,
// which libdispatch waits with: both then spin.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <threads.h>
#include <time.h>

enum { MANY = 4096 };

static long skew;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("SKEW");
    skew = text ? atol(text) : 0;
}

// The function that stands behind ours.
#define REAL(name)                                                  \
    ({                                                              \
        static __typeof__(&name) found;                             \
        if (!found) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
        found;                                                      \
    })

// Of functions on conditions glibc keeps older ones, which dlsym would find.
#define REAL_CONDITION(name)                                                            \
    ({                                                                                  \
        static __typeof__(&name) found;                                                 \
        if (!found) found = (__typeof__(&name))dlvsym(RTLD_NEXT, #name, "GLIBC_2.3.2"); \
        found;                                                                          \
    })

static struct timespec turned_back(const struct timespec *moment) {
    struct timespec real = *moment;
    real.tv_sec -= skew;
    return real;
}

// Asking for the time.

int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = REAL(clock_gettime)(clock, now);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += skew;
    return code;
}

int gettimeofday(struct timeval *now, void *zone) {
    int code = REAL(gettimeofday)(now, zone);
    if (code == 0) now->tv_sec += skew;
    return code;
}

time_t time(time_t *seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds) *seconds = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *now, int base) {
    int code = REAL(timespec_get)(now, base);
    if (code == TIME_UTC) now->tv_sec += skew;
    return code;
}

// Waiting until then.

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *moment) {
    struct timespec real = turned_back(moment);
    return REAL(cnd_timedwait)(condition, mutex, &real);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *moment) {
    struct timespec real = turned_back(moment);
    return REAL(sem_timedwait)(semaphore, &real);
}

// Conditions that go by another clock.
static pthread_cond_t *steady[MANY];
static _Atomic int steady_count;

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    clockid_t clock = CLOCK_REALTIME;
    if (attributes) pthread_condattr_getclock(attributes, &clock);
    if (clock != CLOCK_REALTIME) {
        int index = steady_count++;
        if (index < MANY) steady[index] = condition;
    }
    return REAL_CONDITION(pthread_cond_init)(condition, attributes);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *moment) {
    struct timespec real = turned_back(moment);
    for (int index = 0; index < steady_count && index < MANY; index++) {
        if (steady[index] == condition) real = *moment;
    }
    return REAL_CONDITION(pthread_cond_timedwait)(condition, mutex, &real);
}

static char is_wall[MANY];

int timerfd_create(int clock, int flags) {
    int timer = REAL(timerfd_create)(clock, flags);
    if (timer >= 0 && timer < MANY) is_wall[timer] = clock == CLOCK_REALTIME;
    return timer;
}

int timerfd_settime(int timer, int flags, const struct itimerspec *value, struct itimerspec *old) {
    struct itimerspec real = *value;
    int isMoment = (flags & TFD_TIMER_ABSTIME) && (value->it_value.tv_sec || value->it_value.tv_nsec);
    if (isMoment && timer >= 0 && timer < MANY && is_wall[timer]) real.it_value = turned_back(&value->it_value);
    return REAL(timerfd_settime)(timer, flags, &real, old);
}
