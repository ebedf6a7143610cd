/*
 * Everything a key can do: one list. The enum, the default keys, the help screen and the key
 * line come from it. name, keys, words of the key line, words of the help.
 */
#ifndef MS_UI_ACTIONS_H
#define MS_UI_ACTIONS_H

#include "ui/keys.h"

/* clang-format off */
#define ACTIONS(X) \
	X(UP, "up", "Up k", "up", "one line up") \
	X(DOWN, "down", "Down j", "down", "one line down") \
	X(LEFT, "left", "Left h", "left", "to the left") \
	X(RIGHT, "right", "Right l", "right", "to the right") \
	X(PAGE_UP, "page_up", "PgUp Ctrl-B", "page up", "one page up") \
	X(PAGE_DOWN, "page_down", "PgDn Ctrl-F", "page down", "one page down") \
	X(TOP, "top", "Home g", "top", "to the first line") \
	X(BOTTOM, "bottom", "End G", "bottom", "to the last line") \
	X(OPEN, "open", "Enter", "Open", "open what is under the cursor") \
	X(BACK, "back", "Esc Backspace", "Back", "back to where you came from") \
	X(FILTER, "filter", "/ F4 F7 F3", "Filter", "show only what fits: proto == imap && user ~ \"bob\"; Tab completes, empty shows all") \
	X(SEARCH, "search", "/ F3", "Search", "search for a text") \
	X(NEXT_MATCH, "next_match", "n", "next", "next place that was searched for") \
	X(PREV_MATCH, "prev_match", "N", "previous", "the one before") \
	X(NEXT_FINDING, "next_finding", "] }", "Next finding", "next finding or oddity") \
	X(PREV_FINDING, "prev_finding", "[ {", "previous finding", "the one before") \
	X(SORT, "sort", "s > F6", "Sort", "sort by the next column") \
	X(SORT_BACK, "sort_back", "<", "sort back", "sort by the column before") \
	X(REVERSE, "reverse", "z", "Reverse", "turn the order round") \
	X(FOLLOW, "follow", "f A", "Follow", "keep to the newest line") \
	X(PAUSE, "pause", "p", "Pause", "hold the picture; nothing is lost") \
	X(MARK, "mark", "Space", "Mark", "mark this session; Enter opens all marked ones as one dialogue") \
	X(CLEAR, "clear", "F5 Ctrl-U", "Clear", "forget filter and marks") \
	X(PANE, "pane", "e", "Explain", "explanation, the line as it was sent, its bytes in hex, or no pane") \
	X(RAW, "raw", "F6 r", "Raw", "the line as it was sent, or its bytes in hex") \
	X(FOLD, "fold", "x +", "Unfold", "show or fold messages, long lists, the steps of TLS") \
	X(GROUP, "group", "o", "Group", "order by severity, by server, by rule") \
	X(BAD_ONLY, "bad_only", "b", "Bad only", "only what is wrong, or also what is fine or just seen") \
	X(MESSAGE, "message", "m", "Message", "the message of this line, or the next one below") \
	X(SESSIONS, "sessions", "1", "Sessions", "the list of sessions") \
	X(FINDINGS, "findings", "2", "Findings", "what is wrong, and what is fine") \
	X(LOGINS, "logins", "3", "Logins", "who logged in, where and how") \
	X(SERVERS, "servers", "4", "Servers", "servers and how well they protect mail") \
	X(STATISTICS, "statistics", "5", "Statistics", "packets, protocols and losses in figures") \
	X(NEXT_SCREEN, "next_screen", "Tab", "next screen", "the next of these screens") \
	X(PREV_SCREEN, "prev_screen", "Shift-Tab", "previous screen", "the one before") \
	X(REPLAY, "replay", "R", "Replay", "the dialogue again, line by line as it came; or all of it") \
	X(PLAY, "play", "Space", "Go on", "replay: stop here, or go on") \
	X(STEP, "step", ".", "Step", "replay: the next line") \
	X(FASTER, "faster", ">", "faster", "replay: twice, four, ten times as fast") \
	X(SLOWER, "slower", "<", "slower", "replay: slower") \
	X(COLUMNS, "columns", "c", "Columns", "choose, move and resize the columns; kept in the config file") \
	X(FILTERS, "filters", "F", "filters", "filters kept under a name; keep this one") \
	X(REMOVE, "remove", "Delete d", "Remove", "take it out of the list") \
	X(TICK, "tick", "Space Enter", "Show", "show this column, or hide it") \
	X(SHIFT_UP, "shift_up", "K -", "move up", "this one further to the left, or up") \
	X(SHIFT_DOWN, "shift_down", "J +", "move down", "this one further to the right, or down") \
	X(NARROWER, "narrower", "Left <", "narrower", "this one narrower") \
	X(WIDER, "wider", "Right >", "wider", "this one wider") \
	X(CHOOSE_BACK, "choose_back", "Left <", "before", "the choice before") \
	X(CHOOSE, "choose", "Right > Space", "next", "the next choice") \
	X(AS_USUAL, "as_usual", "Delete d F5", "as usual", "what it is when nothing was chosen") \
	X(MOUSE, "mouse", "M", "mouse", "the mouse on or off; off, the terminal can select text") \
	X(SAVE, "save", "F2 w", "Save", "save packets of the sessions, this list as CSV, or this dialogue as text") \
	X(OPEN_FILE, "open_file", "O Ctrl-O", "open file", "look at another capture file") \
	X(INTERFACE, "interface", "I", "interface", "capture from an interface") \
	X(CAPTURE_FILTER, "capture_filter", "B", "capture filter", "which packets are taken at all: a filter of libpcap") \
	X(STOP, "stop", "F9 S", "Stop", "end the capture, the reading or the saving; begin again") \
	X(SETTINGS, "settings", "F8 ,", "Settings", "colours, signs, times, mouse, columns, keys; kept in the config file") \
	X(THEME, "theme", "t", "colours", "other colours: dark, light, mono, contrast") \
	X(ASCII, "ascii", "a", "ASCII", "plain signs instead of lines and arrows, or back") \
	X(REDRAW, "redraw", "Ctrl-L", "redraw", "draw the screen anew") \
	X(HELP, "help", "F1 ?", "Help", "what the keys do here") \
	X(QUIT, "quit", "q F10", "Quit", "leave; asks only if a live capture would be lost")
/* clang-format on */

enum action {
	ACT_NONE,
#define X(id, name, keys, words, help) ACT_##id,
	ACTIONS(X)
#undef X
	ACT_COUNT
};

#define ACTION_KEYS 4
struct action_row {
	const char *name, *keys, *words, *help;
};
const struct action_row *action_row(enum action a);
/* By how many lines it moves a cursor, of which a page is seen; ACTION_ALL up or down: to the
 * first or the last. 0: it does not. */
#define ACTION_ALL INT32_MAX
int64_t action_step(enum action a, int page);

struct bindings {
	uint32_t key[ACT_COUNT][ACTION_KEYS]; /* 0: none */
};
void bindings_init(struct bindings *b);
/* Other keys for an action, by name: "Up k". False when a key has no such name. */
bool bindings_set(struct bindings *b, enum action a, const char *keys);
/* Another action of the list (ends with ACT_NONE; NULL: of those that are known everywhere)
 * that has a key of a; or ACT_NONE. */
enum action bindings_clash(const struct bindings *b, const enum action *list, enum action a);
/* What a key does: of the screen's own actions (end with ACT_NONE) first, then of those that
 * are known everywhere. */
enum action bindings_find(const struct bindings *b, const enum action *own, uint32_t key);
/* The name of its first key; all of them parted by spaces. */
void bindings_name(const struct bindings *b, enum action a, struct buf *out);
void bindings_names(const struct bindings *b, enum action a, struct buf *out);
/* Those known everywhere; ends with ACT_NONE. */
extern const enum action actions_everywhere[];
extern const enum action actions_moving[];

#endif
