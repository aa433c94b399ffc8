#include "CJemalloc.h"

// Memory that is no longer needed goes back to the kernel after half a second, where jemalloc keeps it for ten: a daemon is at
// rest most of the time, and a console is open all day.
const char *malloc_conf = "dirty_decay_ms:500,muzzy_decay_ms:0";
