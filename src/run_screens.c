/* The screens and their input, which may be another one later. */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "ui/start.h"

/* "a.pcap", "a.pcap and 3 more", "eth0". */
static const char *
input_name(struct options *o, const struct names *interfaces, const struct names *files)
{
	const struct names *n = interfaces->n ? interfaces : files;
	const char *slash = n->n ? strrchr(n->v[0], '/') : NULL;
	struct buf b;
	char *ret;

	if (!n->n)
		return "no input";
	buf_init(&b, 4096);
	buf_str(&b, slash && slash[1] ? slash + 1 : n->v[0]);
	if (n->n > 1)
		buf_fmt(&b, " and %zu more", n->n - 1);
	ret = arena_text(&o->arena, buf_bytes(&b));
	buf_done(&b);
	return ret;
}

struct screens { /* the input of the UI */
	struct options *o;
	struct source **src; /* the present one */
	struct source *next; /* opened, not yet in its place */
	struct names files, interfaces;
	const char *bpf;
	struct dumper *dumper;
	struct pipeline_result result;
};

static void
screens_read(void *user, struct sink *sink)
{
	struct screens *s = user;

	pipeline_run(&s->o->run, *s->src, &sink, 1, s->dumper, &s->result);
}

static void
screens_stop(void *user)
{
	struct screens *s = user;

	if (*s->src)
		source_stop(*s->src);
}

static struct names
one_name(struct options *o, const char *name)
{
	struct names n = {.v = arena_get(&o->arena, 2 * sizeof(*n.v)), .n = 1};

	n.v[0] = arena_text(&o->arena, bytes_str(name));
	return n;
}

static int
screens_open(void *user, const struct input_wish *w, const char **ret_name, struct err *e)
{
	struct screens *s = user;
	struct options *o = s->o;

	s->files = w->kind == INPUT_SAME ? o->files : (struct names){0};
	s->interfaces = w->kind == INPUT_SAME ? o->interfaces : (struct names){0};
	if (w->kind == INPUT_FILE)
		s->files = one_name(o, w->name);
	if (w->kind == INPUT_LIVE)
		s->interfaces = one_name(o, w->name);
	s->bpf = *w->bpf ? arena_text(&o->arena, bytes_str(w->bpf)) : NULL;
	*ret_name = input_name(o, &s->interfaces, &s->files);
	source_free(&s->next);
	if (!s->interfaces.n && !s->files.n)
		return err_set(
			e, -ENOENT, "no input was chosen yet: open a file or an interface");
	if (s->interfaces.n)
		return source_open_live(
			s->interfaces.v, s->interfaces.n, s->bpf, &o->live, &s->next, e);
	return source_open_files(s->files.v, s->files.n, s->bpf, &s->next, e);
}

static void
screens_take(void *user)
{
	struct screens *s = user;

	source_free(s->src);
	*s->src = s->next;
	s->next = NULL;
	s->o->files = s->files;
	s->o->interfaces = s->interfaces;
	s->o->bpf = s->bpf;
	s->o->run.model.live = s->interfaces.n > 0;
}

/* A live capture has what -w keeps; of standard input nothing is left. */
static size_t
screens_files(void *user, const char *const **ret, struct err *e)
{
	struct options *o = ((struct screens *)user)->o;

	if (o->interfaces.n && o->write && !o->dumper.rotate_bytes && !o->dumper.rotate_ns) {
		*ret = &o->write;
		return 1;
	}
	if (o->interfaces.n) {
		err_set(e, -ENOENT,
			"a live capture keeps no packets by itself: begin it with -w FILE%s, "
			"then "
			"they can be saved from there",
			o->write ? " without --rotate" : "");
		return 0;
	}
	for (size_t i = 0; i < o->files.n; i++) {
		if (strcmp(o->files.v[i], "-") != 0)
			continue;
		err_set(e, -ENOENT,
			"standard input cannot be read a second time: put it in a file first");
		return 0;
	}
	*ret = o->files.v;
	return o->files.n;
}

static const char *
screens_bpf(void *user)
{
	return ((struct screens *)user)->o->bpf;
}

static const char *
screens_keylog(void *user)
{
	return ((struct screens *)user)->o->keylog;
}

int
run_screens(struct options *o, struct source **src, struct dumper *dumper,
	struct pipeline_result *ret, struct err *e)
{
	struct screens s = {.o = o, .src = src, .dumper = dumper};
	struct start_settings set = {.feed = feed_defaults,
		.input = input_name(o, &o->interfaces, &o->files),
		.filter = o->filter,
		.script = o->script,
		.size = o->size,
		.color = wants_color(o),
		.mouse = true,
		.nothing = !*src,
		.user = &s,
		.run = screens_read,
		.stop = screens_stop,
		.open = screens_open,
		.take = screens_take,
		.files = screens_files,
		.bpf = screens_bpf,
		.keylog = screens_keylog};
	int rc = start(&set, e);

	source_free(&s.next);
	*ret = s.result;
	return rc;
}
