#include "CLinux.h"

#include <malloc.h>

void soma_grow_heap_in_megabytes(void) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 1 << 20);
#endif
}
