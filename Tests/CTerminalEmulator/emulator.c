#include "CTerminalEmulator.h"
#include <dlfcn.h>
#include <stdlib.h>

#if __has_include(<vterm.h>)
#include <vterm.h>

struct soma_emulator {
    VTerm *terminal;
    VTermScreen *screen;
};

/* The functions of the library, by their names. */
static struct {
    typeof(&vterm_new) new;
    typeof(&vterm_free) free;
    typeof(&vterm_set_utf8) set_utf8;
    typeof(&vterm_set_size) set_size;
    typeof(&vterm_input_write) input_write;
    typeof(&vterm_output_read) output_read;
    typeof(&vterm_obtain_screen) obtain_screen;
    typeof(&vterm_screen_enable_altscreen) enable_altscreen;
    typeof(&vterm_screen_reset) reset;
    typeof(&vterm_screen_get_cell) get_cell;
} vterm;

static int load(void) {
    static int state; /* 1: there, -1: not there */
    if (state) return state > 0;
    state = -1;
    void *library = dlopen("libvterm.so.0", RTLD_NOW);
    if (!library) library = dlopen("libvterm.so", RTLD_NOW);
    if (!library) return 0;
    struct {
        void **to;
        const char *name;
    } all[] = {
        {(void **)&vterm.new, "vterm_new"},
        {(void **)&vterm.free, "vterm_free"},
        {(void **)&vterm.set_utf8, "vterm_set_utf8"},
        {(void **)&vterm.set_size, "vterm_set_size"},
        {(void **)&vterm.input_write, "vterm_input_write"},
        {(void **)&vterm.output_read, "vterm_output_read"},
        {(void **)&vterm.obtain_screen, "vterm_obtain_screen"},
        {(void **)&vterm.enable_altscreen, "vterm_screen_enable_altscreen"},
        {(void **)&vterm.reset, "vterm_screen_reset"},
        {(void **)&vterm.get_cell, "vterm_screen_get_cell"},
    };
    for (size_t index = 0; index < sizeof all / sizeof all[0]; index++) {
        *all[index].to = dlsym(library, all[index].name);
        if (!*all[index].to) return 0;
    }
    state = 1;
    return 1;
}

int soma_emulator_is_available(void) { return load(); }

soma_emulator *soma_emulator_new(int rows, int columns) {
    if (!load()) return NULL;
    soma_emulator *emulator = malloc(sizeof *emulator);
    if (!emulator) return NULL;
    emulator->terminal = vterm.new(rows, columns);
    vterm.set_utf8(emulator->terminal, 1);
    emulator->screen = vterm.obtain_screen(emulator->terminal);
    vterm.enable_altscreen(emulator->screen, 1);
    vterm.reset(emulator->screen, 1);
    return emulator;
}

void soma_emulator_free(soma_emulator *emulator) {
    vterm.free(emulator->terminal);
    free(emulator);
}

void soma_emulator_resize(soma_emulator *emulator, int rows, int columns) {
    vterm.set_size(emulator->terminal, rows, columns);
}

void soma_emulator_write(soma_emulator *emulator, const char *bytes, size_t count) {
    vterm.input_write(emulator->terminal, bytes, count);
}

size_t soma_emulator_read(soma_emulator *emulator, char *bytes, size_t count) {
    return vterm.output_read(emulator->terminal, bytes, count);
}

static int32_t number(const VTermColor *color, int is_default) {
    if (is_default) return -1;
    if (VTERM_COLOR_IS_INDEXED(color)) return color->indexed.idx;
    return 0x1000000 | color->rgb.red << 16 | color->rgb.green << 8 | color->rgb.blue;
}

soma_emulator_cell soma_emulator_at(soma_emulator *emulator, int row, int column) {
    soma_emulator_cell result = {0};
    VTermScreenCell cell;
    VTermPos place = {row, column};
    if (!vterm.get_cell(emulator->screen, place, &cell)) return result;
    while (result.count < 6 && cell.chars[result.count] && cell.chars[result.count] != (uint32_t)-1) {
        result.scalars[result.count] = cell.chars[result.count];
        result.count++;
    }
    result.columns = (uint8_t)cell.width;
    result.attributes = (cell.attrs.bold ? 1 : 0) | (cell.attrs.italic ? 4 : 0) |
                        (cell.attrs.underline ? 8 : 0) | (cell.attrs.reverse ? 16 : 0);
    result.foreground = number(&cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
    result.background = number(&cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
    return result;
}

#else

int soma_emulator_is_available(void) { return 0; }
soma_emulator *soma_emulator_new(int rows, int columns) { return NULL; }
void soma_emulator_free(soma_emulator *emulator) {}
void soma_emulator_resize(soma_emulator *emulator, int rows, int columns) {}
void soma_emulator_write(soma_emulator *emulator, const char *bytes, size_t count) {}
size_t soma_emulator_read(soma_emulator *emulator, char *bytes, size_t count) { return 0; }
soma_emulator_cell soma_emulator_at(soma_emulator *emulator, int row, int column) {
    soma_emulator_cell none = {0};
    return none;
}

#endif
