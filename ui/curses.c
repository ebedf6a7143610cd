/* The one file that knows curses. */
#include "ui/terminal.h"
#include "base/arena.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#define PAIRS_MAX 64
#define DOUBLE_NS (NS_PER_S * 2 / 5) /* between the clicks of a double one */

static struct {
	bool open, color, unicode;
	SCREEN *screen;
	struct canvas shown; /* what the terminal has */
	enum theme_name theme;
	int pairs;
	short pair[PAIRS_MAX][2];
	int err_fd, err_old; /* memory for standard error; the real one */
	off_t err_read;
} term;

/* For signal handlers: what gives the terminal back, made beforehand. */
static struct {
	volatile sig_atomic_t armed;
	struct termios tty;
	char text[512];
	size_t n;
	int err_old;
	struct sigaction old[NSIG];
} rescue;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};

static void
on_crash(int sig)
{
	if (rescue.armed) {
		rescue.armed = 0;
		if (write(STDOUT_FILENO, rescue.text, rescue.n) < 0)
			rescue.n = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &rescue.tty);
		if (rescue.err_old >= 0)
			dup2(rescue.err_old, STDERR_FILENO);
	}
	/* Whoever was there before (a sanitizer, the default) gets it now. */
	sigaction(sig, &rescue.old[sig], NULL);
	raise(sig);
}

static void
rescue_add(const char *capability)
{
	char *s = tigetstr(capability);
	size_t n = s && s != (char *)-1 ? strlen(s) : 0;

	if (n && rescue.n + n < sizeof(rescue.text)) {
		memcpy(rescue.text + rescue.n, s, n);
		rescue.n += n;
	}
}

static void
rescue_arm(void)
{
	struct sigaction sa = {.sa_handler = on_crash};
	static const char mouse_off[] = "\033[?1000l\033[?1002l\033[?1006l";

	rescue.n = 0;
	if (term.unicode) { /* no terminal without these sequences is */
		memcpy(rescue.text, mouse_off, sizeof(mouse_off) - 1);
		rescue.n = sizeof(mouse_off) - 1;
	}
	rescue_add("sgr0");
	rescue_add("rmkx");
	rescue_add("cnorm");
	rescue_add("rmcup");
	rescue.err_old = term.err_old;
	rescue.armed = 1;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &sa, &rescue.old[crashes[i]]);
}

static void
rescue_disarm(void)
{
	rescue.armed = 0;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &rescue.old[crashes[i]], NULL);
}

/* What others print there would land between our cells. */
static void
catch_stderr(void)
{
	term.err_fd = memfd_create("stderr", MFD_CLOEXEC);
	term.err_old = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	term.err_read = 0;
	if (term.err_fd >= 0 && term.err_old >= 0)
		dup2(term.err_fd, STDERR_FILENO);
}

static void
release_stderr(void)
{
	char piece[4096];
	ssize_t n;

	fflush(stderr);
	if (term.err_old >= 0)
		dup2(term.err_old, STDERR_FILENO);
	for (off_t at = 0;
		term.err_fd >= 0 && (n = pread(term.err_fd, piece, sizeof(piece), at)) > 0;
		at += n)
		if (write(STDERR_FILENO, piece, (size_t)n) < 0)
			break;
	if (term.err_fd >= 0)
		close(term.err_fd);
	if (term.err_old >= 0)
		close(term.err_old);
	term.err_fd = term.err_old = -1;
}

bool
terminal_news(struct buf *out)
{
	char piece[1024];
	ssize_t n = term.err_fd < 0 ? 0
				    : pread(term.err_fd, piece, sizeof(piece), term.err_read);
	struct bytes in;

	if (n <= 0)
		return false;
	term.err_read += n;
	in = bytes_chomp((struct bytes){(const uint8_t *)piece, (size_t)n});
	buf_clear(out);
	buf_add(out, in);
	return true;
}

int
terminal_open(const struct terminal_settings *set, struct err *e)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(
			e, -ENOTTY, "the screens need a terminal; `mailsnoop report` does not");
	tcgetattr(STDIN_FILENO, &rescue.tty);
	catch_stderr();
	set_escdelay(25);
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen) {
		release_stderr();
		return err_set(e, -ENOTTY,
			"the terminal '%s' is not known (TERM): is its terminfo entry "
			"installed?",
			name ? name : "");
	}
	term.open = true;
	term.unicode = terminal_is_unicode();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	curs_set(0);
	term.color = set->color && has_colors();
	if (term.color) {
		start_color();
		use_default_colors();
	}
	term.pairs = 0;
	mouseinterval(0); /* clicks are told apart here: a drag is none */
	terminal_mouse(set->mouse);
	canvas_init(&term.shown, true);
	rescue_arm();
	return 0;
}

void
terminal_mouse(bool on)
{
	/* Press and release that come together are a click for curses, whatever we ask. */
	const mmask_t all = BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON1_CLICKED |
			    BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED;

	mousemask(on ? all : 0, NULL);
}

void
terminal_close(void)
{
	if (!term.open)
		return;
	term.open = false;
	endwin();
	delscreen(term.screen);
	rescue_disarm();
	canvas_done(&term.shown);
	release_stderr();
}

bool
terminal_has_color(void)
{
	return term.color;
}

/* "15;default;0": the last number is the background. */
bool
terminal_is_light(void)
{
	const char *colors = getenv("COLORFGBG"), *last = colors ? strrchr(colors, ';') : NULL;

	return last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0);
}

bool
terminal_is_unicode(void)
{
	const char *name = getenv("TERM");

	/* A VT100 of the old kind knows no UTF-8, whatever the locale says. */
	if (name &&
		(!strncmp(name, "vt1", 3) || !strncmp(name, "vt2", 3) || !strcmp(name, "ansi")))
		return false;
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void
terminal_size(int *ret_rows, int *ret_cols)
{
	getmaxyx(stdscr, *ret_rows, *ret_cols);
}

static struct {
	int row, col;
	int64_t at_ns;
} pressed;

/* The second time at the same place, soon after the first? */
static uint32_t
press(const struct key_press *k)
{
	int64_t now = clock_mono_ns();
	bool twice = k->row == pressed.row && k->col == pressed.col && pressed.at_ns &&
		     now - pressed.at_ns < DOUBLE_NS;

	pressed.row = k->row;
	pressed.col = k->col;
	pressed.at_ns = twice ? 0 : now;
	return twice ? KEY_IS_DOUBLE_CLICK : KEY_IS_CLICK;
}

static struct key_press
mouse_press(void)
{
	struct key_press k = {0};
	MEVENT m;

	if (getmouse(&m) != OK)
		return k;
	k.row = m.y;
	k.col = m.x;
	if (m.bstate & BUTTON4_PRESSED)
		k.key = KEY_IS_WHEEL_UP;
	else if (m.bstate & BUTTON5_PRESSED)
		k.key = KEY_IS_WHEEL_DOWN;
	else if (m.bstate & BUTTON1_DOUBLE_CLICKED)
		k.key = KEY_IS_DOUBLE_CLICK;
	else if (m.bstate & BUTTON1_RELEASED)
		k.key = k.row == pressed.row && k.col == pressed.col ? KEY_NO_KEY
								     : KEY_IS_RELEASE;
	else
		k.key = press(&k);
	return k;
}

static uint32_t
special(wint_t c)
{
	static const struct {
		int curses;
		uint32_t key;
	} keys[] = {{KEY_UP, KEY_IS_UP}, {KEY_DOWN, KEY_IS_DOWN}, {KEY_LEFT, KEY_IS_LEFT},
		{KEY_RIGHT, KEY_IS_RIGHT}, {KEY_PPAGE, KEY_IS_PGUP}, {KEY_NPAGE, KEY_IS_PGDN},
		{KEY_HOME, KEY_IS_HOME}, {KEY_END, KEY_IS_END}, {KEY_ENTER, KEY_IS_ENTER},
		{KEY_BTAB, KEY_IS_BACKTAB}, {KEY_BACKSPACE, KEY_IS_BACKSPACE},
		{KEY_DC, KEY_IS_DELETE}, {KEY_RESIZE, KEY_IS_RESIZE}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((wint_t)keys[i].curses == c)
			return keys[i].key;
	if (c >= (wint_t)KEY_F(1) && c <= (wint_t)KEY_F(12))
		return KEY_IS_F1 + (uint32_t)(c - (wint_t)KEY_F(1));
	return KEY_NO_KEY;
}

/*
 * A sequence that terminfo has not: ECMA-48 section 5.4, or SS3 and one character. Keys that
 * terminals send whatever their name promises are understood; the rest is swallowed whole, its
 * characters are no keys.
 */
static uint32_t
sequence(void)
{
	static const struct {
		const char *text;
		uint32_t key;
	} keys[] = {{"[A", KEY_IS_UP}, {"[B", KEY_IS_DOWN}, {"[C", KEY_IS_RIGHT},
		{"[D", KEY_IS_LEFT}, {"[H", KEY_IS_HOME}, {"[F", KEY_IS_END},
		{"[1~", KEY_IS_HOME}, {"[7~", KEY_IS_HOME}, {"[4~", KEY_IS_END},
		{"[8~", KEY_IS_END}, {"[3~", KEY_IS_DELETE}, {"[5~", KEY_IS_PGUP},
		{"[6~", KEY_IS_PGDN}, {"[Z", KEY_IS_BACKTAB}, {"OA", KEY_IS_UP},
		{"OB", KEY_IS_DOWN}, {"OC", KEY_IS_RIGHT}, {"OD", KEY_IS_LEFT},
		{"OH", KEY_IS_HOME}, {"OF", KEY_IS_END}, {"OP", KEY_IS_F1},
		{"OQ", KEY_IS_F1 + 1}, {"OR", KEY_IS_F1 + 2}, {"OS", KEY_IS_F1 + 3},
		{"[11~", KEY_IS_F1}, {"[12~", KEY_IS_F1 + 1}, {"[13~", KEY_IS_F1 + 2},
		{"[14~", KEY_IS_F1 + 3}, {"[15~", KEY_IS_F1 + 4}, {"[17~", KEY_IS_F1 + 5},
		{"[18~", KEY_IS_F1 + 6}, {"[19~", KEY_IS_F1 + 7}, {"[20~", KEY_IS_F1 + 8},
		{"[21~", KEY_IS_F1 + 9}, {"[23~", KEY_IS_F1 + 10}, {"[24~", KEY_IS_F1 + 11}};
	char text[16] = "";
	size_t n = 0;
	wint_t c;

	timeout(0);
	if (get_wch(&c) != OK)
		return KEY_IS_ESC;
	if (c != '[' && c != 'O') {
		unget_wch((wchar_t)c);
		return KEY_IS_ESC;
	}
	text[n++] = (char)c;
	while (n < 64 && get_wch(&c) == OK) {
		if (n < sizeof(text) - 1)
			text[n] = c < 0x80 ? (char)c : '?';
		n++;
		if (text[0] == 'O' || (c >= 0x40 && c < 0x7f))
			break;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].text, text) == 0)
			return keys[i].key;
	return n > 1 ? KEY_NO_KEY : KEY_IS_ESC;
}

struct key_press
terminal_key(int timeout_ms)
{
	struct key_press k = {0};
	wint_t c;
	int rc;

	timeout(timeout_ms);
	rc = get_wch(&c);
	if (rc == ERR)
		return k;
	if (rc == KEY_CODE_YES && c == KEY_MOUSE)
		return mouse_press();
	if (rc == KEY_CODE_YES)
		k.key = special(c);
	else if (c == '\r' || c == '\n')
		k.key = KEY_IS_ENTER;
	else if (c == '\t')
		k.key = KEY_IS_TAB;
	else if (c == 27)
		k.key = sequence();
	else if (c == 127 || c == 8)
		k.key = KEY_IS_BACKSPACE;
	else
		k.key = (uint32_t)c;
	return k;
}

static short
pair_of(int fg, int bg)
{
	for (int i = 0; i < term.pairs; i++)
		if (term.pair[i][0] == fg && term.pair[i][1] == bg)
			return (short)(i + 1);
	if (term.pairs == PAIRS_MAX || term.pairs + 1 >= COLOR_PAIRS)
		return 0;
	term.pair[term.pairs][0] = (short)fg;
	term.pair[term.pairs][1] = (short)bg;
	init_pair((short)(term.pairs + 1), (short)fg, (short)bg);
	return (short)++term.pairs;
}

static void
style_of(const struct canvas_cell *cell, enum theme_name theme, attr_t *ret_attrs,
	short *ret_pair)
{
	const struct theme_style *s = theme_style(
		term.color ? theme : THEME_MONO, (enum ink)cell->ink, COLORS);
	attr_t a = A_NORMAL;

	*ret_pair = 0;
	if (term.color && (s->fg >= 0 || s->bg >= 0))
		*ret_pair = pair_of(s->fg, s->bg);
	if (s->attrs & STYLE_IS_BOLD)
		a |= A_BOLD;
	if (s->attrs & STYLE_IS_DIM)
		a |= A_DIM;
	if (s->attrs & STYLE_IS_UNDERLINE)
		a |= A_UNDERLINE;
	if (s->attrs & STYLE_IS_REVERSE)
		a |= A_REVERSE;
	if (cell->flags & CELL_CURSOR)
		a ^= A_REVERSE;
	*ret_attrs = a;
}

static void
paint_cell(int row, int col, const struct canvas_cell *cell, enum theme_name theme)
{
	wchar_t text[2 + CANVAS_MARKS] = {0};
	attr_t attrs;
	short pair;
	cchar_t c;

	for (size_t i = 0; i <= CANVAS_MARKS; i++)
		text[i] = (wchar_t)cell->cp[i];
	if (!text[0])
		text[0] = L' ';
	style_of(cell, theme, &attrs, &pair);
	if (setcchar(&c, text, attrs, pair, NULL) == OK)
		mvadd_wch(row, col, &c);
}

void
terminal_wipe(void)
{
	clearok(stdscr, TRUE);
	term.shown.rows = 0;
}

void
terminal_paint(const struct canvas *c, enum theme_name theme)
{
	bool all = term.shown.rows != c->rows || term.shown.cols != c->cols ||
		   term.theme != theme;
	size_t n = (size_t)c->rows * (size_t)c->cols;

	if (all) {
		canvas_resize(&term.shown, c->rows, c->cols);
		term.theme = theme;
	}
	for (size_t i = 0; i < n; i++) {
		const struct canvas_cell *cell = &c->cells[i];
		bool same = !all && memcmp(cell, &term.shown.cells[i], sizeof(*cell)) == 0;

		/* The half of a wide character comes with its first one. */
		if (same || cell->flags & CELL_TAIL)
			continue;
		paint_cell((int)(i / (size_t)c->cols), (int)(i % (size_t)c->cols), cell, theme);
	}
	memcpy(term.shown.cells, c->cells, n * sizeof(*c->cells));
	if (c->cursor_row >= 0)
		move(c->cursor_row, c->cursor_col);
	curs_set(c->cursor_row >= 0);
	refresh();
}
