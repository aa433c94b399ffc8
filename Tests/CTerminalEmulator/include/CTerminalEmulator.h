/* A terminal emulator for tests: libvterm, loaded when it is there. Not thread-safe. */
#ifndef SOMA_TERMINAL_EMULATOR_H
#define SOMA_TERMINAL_EMULATOR_H

#include <stddef.h>
#include <stdint.h>

typedef struct soma_emulator soma_emulator;

/* What a cell shows. */
typedef struct {
    uint32_t scalars[6];
    uint8_t count;      /* 0: nothing was written, or the right half of a wide cell */
    uint8_t columns;
    uint8_t attributes; /* bits: 1 bold, 4 italic, 8 underline, 16 reverse */
    int32_t foreground; /* -1: the terminal's own; below 256 of the palette; 0x1000000 and more: RGB */
    int32_t background;
} soma_emulator_cell;

/* Whether the tests were built with libvterm's header and its library can be loaded. */
int soma_emulator_is_available(void);
/* An empty terminal, or NULL. */
soma_emulator *soma_emulator_new(int rows, int columns);
void soma_emulator_free(soma_emulator *emulator);
void soma_emulator_resize(soma_emulator *emulator, int rows, int columns);
void soma_emulator_write(soma_emulator *emulator, const char *bytes, size_t count);
/* What the terminal answers; returns how many bytes. */
size_t soma_emulator_read(soma_emulator *emulator, char *bytes, size_t count);
soma_emulator_cell soma_emulator_at(soma_emulator *emulator, int row, int column);

#endif
