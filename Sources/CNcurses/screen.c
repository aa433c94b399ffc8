#define _GNU_SOURCE
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1
#include "CNcurses.h"
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
/* term.h names capabilities with everyday words. */
#undef columns
#undef lines
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

extern volatile sig_atomic_t soma_signals_continued;

static SCREEN *screen;
static FILE *input_file;
static FILE *output_file;
static int output_descriptor = -1;
/* Where curses writes while it updates: a file in memory, and what was read back from it. */
static int frame_descriptor = -1;
static char *frame;
static size_t frame_capacity;
static struct termios shell_modes;
static char enable_sequence[256];
/* What leaves full-screen mode and what enters it, for when curses can't be asked. */
typedef struct {
    char bytes[512];
    size_t length;
} sequence;
static sequence leave, enter;
static atomic_int active;

int soma_locale_is_utf8(void) {
    const char *all = getenv("LC_ALL"), *type = getenv("LC_CTYPE"), *lang = getenv("LANG");
    int unset = !(all && *all) && !(type && *type) && !(lang && *lang);
    if (!setlocale(LC_CTYPE, unset ? "C.UTF-8" : "")) setlocale(LC_CTYPE, "C.UTF-8");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int soma_scalar_columns(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

int soma_terminal_check(const char *term, int output) {
    int status = 0;
    if (setupterm(term, output, &status) != OK || status != 1) return SOMA_OPEN_UNKNOWN;
    int poor = !cursor_address || hard_copy || generic_type;
    del_curterm(cur_term);
    return poor ? SOMA_OPEN_POOR : SOMA_OPEN_OK;
}

/* Adds a capability to a sequence, without its padding marks. */
static void add(sequence *to, const char *text) {
    if (!text || text == (char *)-1) return;
    while (*text && to->length + 1 < sizeof to->bytes) {
        if (text[0] == '$' && text[1] == '<') {
            const char *end = strchr(text, '>');
            if (end) {
                text = end + 1;
                continue;
            }
        }
        to->bytes[to->length++] = *text++;
    }
}

int soma_screen_write(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(output_descriptor, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            struct pollfd ready = {output_descriptor, POLLOUT, 0};
            poll(&ready, 1, 1000);
        } else if (written < 0 && errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static void enable_modes(void) { soma_screen_write(enable_sequence, strlen(enable_sequence)); }

int soma_screen_open(const char *term, int input, int output, const char *enable, const char *disable) {
    if (tcgetattr(output, &shell_modes) != 0) return SOMA_OPEN_FAILED;
    input_file = fdopen(dup(input), "r");
    output_file = fdopen(dup(output), "w");
    if (!input_file || !output_file) return SOMA_OPEN_FAILED;
    output_descriptor = output;
    /* The terminal's size is asked of the terminal; LINES and COLUMNS are for programs that print. */
    use_env(FALSE);
    use_tioctl(TRUE);
    screen = newterm(term, output_file, input_file);
    if (!screen) {
        fclose(input_file);
        fclose(output_file);
        return SOMA_OPEN_UNKNOWN;
    }
    set_term(screen);
    raw();
    noecho();
    nonl();
    typeahead(-1);
    idlok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    curs_set(0);
    strncpy(enable_sequence, enable, sizeof enable_sequence - 1);
    leave.length = 0;
    add(&leave, disable);
    add(&leave, exit_attribute_mode);
    add(&leave, orig_pair);
    add(&leave, cursor_normal);
    /* A terminal without a second screen is left empty: what was painted would look alive among the shell's lines. */
    if (!exit_ca_mode) add(&leave, clear_screen);
    add(&leave, exit_ca_mode);
    add(&leave, keypad_local);
    enter.length = 0;
    add(&enter, enter_ca_mode);
    add(&enter, keypad_xmit);
    add(&enter, cursor_invisible);
    atomic_store(&active, 1);
    enable_modes();
    return SOMA_OPEN_OK;
}

int soma_screen_colors(void) { return has_colors() ? COLORS : 0; }

int soma_screen_has_direct_color(void) {
    return tigetflag("RGB") > 0 || tigetnum("RGB") > 0 || COLORS >= 1 << 24;
}

int soma_screen_has_capability(const char *name) {
    char *value = tigetstr(name);
    return value && value != (char *)-1;
}

int soma_screen_shifts_corner(void) {
    if (!auto_right_margin || (enter_am_mode && exit_am_mode)) return 0;
    return eat_newline_glitch && save_cursor && restore_cursor;
}

void soma_screen_put(int row, int column, const soma_cell *cells, int count) {
    if (count <= 0) return;
    cchar_t buffer[256];
    int place = column, start = column, filled = 0;
    int last_foreground = -2, last_background = -2, pair = 0;
    for (int index = 0; index < count; index++) {
        const soma_cell *cell = &cells[index];
        wchar_t text[6];
        for (int part = 0; part < cell->count; part++) text[part] = (wchar_t)cell->scalars[part];
        text[cell->count] = 0;
        attr_t look = 0;
        if (cell->attributes & 1) look |= A_BOLD;
        if (cell->attributes & 2) look |= A_DIM;
        if (cell->attributes & 4) look |= A_ITALIC;
        if (cell->attributes & 8) look |= A_UNDERLINE;
        if (cell->attributes & 16) look |= A_REVERSE;
        if (cell->foreground != last_foreground || cell->background != last_background) {
            last_foreground = cell->foreground;
            last_background = cell->background;
            pair = 0;
            if (has_colors() && (last_foreground >= 0 || last_background >= 0)) {
                pair = alloc_pair(last_foreground, last_background);
                if (pair < 0) pair = 0;
            }
        }
        if (setcchar(&buffer[filled], text, look, (short)pair, &pair) != OK) {
            setcchar(&buffer[filled], L"?", look, (short)pair, &pair);
            text[0] = L'?';
        }
        int columns = wcwidth(text[0]);
        place += columns > 1 ? columns : 1;
        filled++;
        if (filled == 256 || index + 1 == count) {
            mvadd_wchnstr(row, start, buffer, filled);
            start = place;
            filled = 0;
        }
    }
}

void soma_screen_erase(void) { erase(); }

void soma_screen_redraw_row(int row) { wredrawln(stdscr, row, 1); }

void soma_screen_redraw_all(void) { clearok(curscr, TRUE); }

void soma_screen_resize(int rows, int columns) { resizeterm(rows, columns); }

void soma_screen_cursor(int visible, int row, int column) {
    curs_set(visible ? 1 : 0);
    /* Nobody sees where a hidden cursor is. */
    leaveok(stdscr, visible ? FALSE : TRUE);
    if (visible) move(row, column);
}

const char *soma_screen_update(size_t *count) {
    *count = 0;
    wnoutrefresh(stdscr);
    int curses_descriptor = fileno(output_file);
    if (frame_descriptor < 0) frame_descriptor = memfd_create("soma-frame", MFD_CLOEXEC);
    if (frame_descriptor < 0 || dup2(frame_descriptor, curses_descriptor) < 0) {
        doupdate();
        return NULL;
    }
    doupdate();
    dup2(output_descriptor, curses_descriptor);
    off_t end = lseek(frame_descriptor, 0, SEEK_CUR);
    if (end <= 0) return NULL;
    if ((size_t)end > frame_capacity) {
        char *larger = realloc(frame, (size_t)end);
        if (!larger) abort();
        frame = larger;
        frame_capacity = (size_t)end;
    }
    ssize_t held = pread(frame_descriptor, frame, (size_t)end, 0);
    if (ftruncate(frame_descriptor, 0) != 0 || lseek(frame_descriptor, 0, SEEK_SET) != 0) {
        close(frame_descriptor);
        frame_descriptor = -1;
    }
    *count = held > 0 ? (size_t)held : 0;
    return frame;
}

void soma_screen_lend(void) {
    soma_screen_restore();
    endwin();
    tcsetattr(output_descriptor, TCSADRAIN, &shell_modes);
}

static void enter_again(void) {
    atomic_store(&active, 1);
    clearok(curscr, TRUE);
    refresh();
    enable_modes();
}

void soma_screen_take_back(void) {
    /* What was typed for the other program and not read by it must not steer this one. */
    tcflush(fileno(input_file), TCIFLUSH);
    enter_again();
}

void soma_screen_suspend(void) {
    soma_screen_lend();
    struct sigaction stop = {0}, ours;
    stop.sa_handler = SIG_DFL;
    sigaction(SIGTSTP, &stop, &ours);
    /* The caller's thread may block signals, as those of dispatch queues do. */
    sigset_t only, before;
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &only, &before);
    /* As the terminal would: everybody of the job stops, such as a script that waits for us. Another thread may take
       the signal, so the stop can come a moment later than the call; nobody stops us where there is no shell for it. */
    soma_signals_continued = 0;
    kill(0, SIGTSTP);
    for (int tries = 0; tries < 100 && !soma_signals_continued; tries++) usleep(1000);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGTSTP, &ours, NULL);
    tcgetattr(output_descriptor, &shell_modes);
    enter_again();
}

int soma_screen_continue(void) {
    if (tcgetpgrp(output_descriptor) != getpgrp()) return 0;
    atomic_store(&active, 1);
    reset_prog_mode();
    soma_screen_write(enter.bytes, enter.length);
    enable_modes();
    clearok(curscr, TRUE);
    refresh();
    return 1;
}

void soma_screen_restore(void) {
    int saved = errno;
    if (atomic_exchange(&active, 0)) {
        /* A terminal that takes nothing, such as a dead connection's, must not keep the process from ending. */
        struct pollfd ready = {output_descriptor, POLLOUT, 0};
        if (poll(&ready, 1, 500) > 0 && (ready.revents & POLLOUT)) {
            ssize_t ignored = write(output_descriptor, leave.bytes, leave.length);
            (void)ignored;
        }
        tcsetattr(output_descriptor, TCSANOW, &shell_modes);
    }
    errno = saved;
}

void soma_screen_close(void) {
    if (!screen) return;
    /* The modes first: what the terminal still sends must not reach the shell as text. */
    if (atomic_load(&active)) {
        endwin();
        soma_screen_restore();
    }
    tcflush(output_descriptor, TCIFLUSH);
    delscreen(screen);
    screen = NULL;
    fclose(input_file);
    fclose(output_file);
    if (frame_descriptor >= 0) close(frame_descriptor);
    frame_descriptor = -1;
    free(frame);
    frame = NULL;
    frame_capacity = 0;
}

int soma_window_size(int descriptor, int *rows, int *columns) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return 0;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 1;
}
