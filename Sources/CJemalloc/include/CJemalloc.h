// jemalloc, in place of the C library's allocator, for programs that are linked with this.
//
// Its threads take and give back memory without a lock, whichever of them allocated it. Soma's work is handed from thread to
// thread all the time: a page of the log is read by one, made ready by a second, sent by a third and freed by a fourth.
#ifndef SOMA_CJEMALLOC_H
#define SOMA_CJEMALLOC_H

// What jemalloc reads as it starts; what MALLOC_CONF in the environment says goes before.
extern const char *malloc_conf;

#endif
