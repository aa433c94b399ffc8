// The least that a terminal program does: opens the screen, fills it, waits for a key. `make bench-console` starts it
// in turn with soma, so that a figure from a slow hour can be told from a slow program.
#define NCURSES_WIDECHAR 1
#include <locale.h>
#include <ncurses.h>

int main(void) {
    setlocale(LC_ALL, "");
    initscr();
    start_color();
    use_default_colors();
    noecho();
    raw();
    for (int row = 0; row < LINES; row++)
        for (int column = 0; column < COLS - 1; column++) mvaddch(row, column, 'a' + (row + column) % 26);
    refresh();
    while (getch() != 'q') {}
    endwin();
    return 0;
}
