/*
 * The screens without a terminal: keys from a file, screens into files. Commands, one a line,
 * # begins a comment:
 *
 *	size 80x24            another size
 *	keys Down Enter F1    keys by name
 *	type proto == imap    characters
 *	wait                  until the input is read
 *	save-screen FILE      the screen as text; - is standard output
 *	random SEED N         N keys and changes of the size by chance
 */
#ifndef MS_UI_SCRIPT_H
#define MS_UI_SCRIPT_H

#include "ui/ui.h"

/* 0, or negative errno with a text that names the line. */
int script_run(struct ui *ui, const char *path, struct err *e);
/* "132x40" */
bool script_size(struct bytes text, int *ret_rows, int *ret_cols);

#endif
