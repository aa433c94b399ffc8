/* What Swift needs of ncurses, as plain functions: its macros, globals and wide-character cells stay in C.
   Nothing here is thread-safe except where it says so; the caller uses one thread at a time. */
#ifndef SOMA_CNCURSES_H
#define SOMA_CNCURSES_H

#include <stddef.h>
#include <stdint.h>

/* One cell on its way into curses. */
typedef struct {
    uint32_t scalars[5];
    uint8_t count;
    uint8_t attributes; /* bits as in Attributes: bold dim italic underline reverse */
    int32_t foreground; /* -1: the terminal's own */
    int32_t background;
} soma_cell;

/* Results of soma_screen_open. */
enum { SOMA_OPEN_OK = 0, SOMA_OPEN_UNKNOWN = 1, SOMA_OPEN_POOR = 2, SOMA_OPEN_FAILED = 3 };

/* Sets the character locale from the environment; returns 1 if it is UTF-8. */
int soma_locale_is_utf8(void);
/* Columns by libc: -1 for what it doesn't know. Safe from any thread. */
int soma_scalar_columns(uint32_t scalar);
/* Whether the terminal description exists and can move the cursor; an enum value as above. */
int soma_terminal_check(const char *term, int output);

/* Enters full-screen mode. enable and disable are extra sequences for the terminal's modes. */
int soma_screen_open(const char *term, int input, int output, const char *enable, const char *disable);
/* Numbers and flags of the terminal description; call after soma_screen_open. */
int soma_screen_colors(void);
int soma_screen_has_direct_color(void);
int soma_screen_has_capability(const char *name);
/* Whether curses can write the last cell of the screen only by shifting its row, which breaks a wide character there,
   while the terminal itself would take that cell as it is. */
int soma_screen_shifts_corner(void);

void soma_screen_put(int row, int column, const soma_cell *cells, int count);
void soma_screen_erase(void);
void soma_screen_redraw_row(int row);
void soma_screen_redraw_all(void);
void soma_screen_resize(int rows, int columns);
void soma_screen_cursor(int visible, int row, int column);
/* Lets curses write what changed, and returns it: count bytes for the terminal, valid until the next call. */
const char *soma_screen_update(size_t *count);
/* Writes bytes past curses; repeats after interruptions. Returns 0, or -1 when the terminal is gone. */
int soma_screen_write(const char *bytes, size_t count);
/* Leaves full-screen mode and stops the process until it is continued, then enters the mode again. */
void soma_screen_suspend(void);
/* Leaves full-screen mode so that another program can use the terminal. */
void soma_screen_lend(void);
/* Enters full-screen mode again afterwards, with the modes of before; forgets keys that nobody has read. */
void soma_screen_take_back(void);
/* Enters full-screen mode again after the process was stopped from outside and continued. Returns 0 and does nothing
   while it is in the background. */
int soma_screen_continue(void);
/* Restores the terminal and frees curses. */
void soma_screen_close(void);
/* Restores the terminal with system calls only; safe in signal handlers and from any thread. */
void soma_screen_restore(void);

/* Routes SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP and SIGINT as bytes into a pipe, and restores the
   terminal before any other signal ends the process. Returns the pipe's reading end, or -1. */
int soma_signals_open(void);
/* Puts a byte into the pipe, to wake its reader. Safe from any thread. */
void soma_signals_wake(uint8_t byte);
void soma_signals_close(void);
/* Restores the terminal and ends the process by the signal. */
void soma_signals_die(int signal);

/* The size of the terminal behind a descriptor; returns 0 if it has none. */
int soma_window_size(int descriptor, int *rows, int *columns);

#endif
