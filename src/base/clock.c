#include "base/clock.h"
#include "base/num.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define S_PER_DAY INT64_C(86400)
struct civil {
	int64_t year;
	int month, day, hour, min, sec, usec;
};

/* Seconds and the rest, rounded down, so that times before 1970 come out right too. */
static int64_t
whole_seconds(int64_t ts_ns, int64_t *ret_ns)
{
	int64_t s = ts_ns / NS_PER_S, ns = ts_ns % NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	*ret_ns = ns;
	return s;
}

/*
 * Days since 1970-01-01 to the proleptic Gregorian calendar. The year is made to begin in
 * March, so that the leap day is the last one; 400 years have 146097 days. gmtime_r() would
 * take a lock and a time zone for each event.
 */
static void
civil_date(int64_t days, struct civil *c)
{
	int64_t z = days +
		    719468; /* since 0000-03-01; never negative for 64 bits of nanoseconds */
	int64_t era = z / 146097, doe = z % 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	assert(z >= 0);
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = yoe + era * 400 + (c->month <= 2);
}

static struct civil
civil_of(int64_t ts_ns)
{
	struct civil c;
	int64_t ns, s = whole_seconds(ts_ns, &ns);
	int64_t days = s / S_PER_DAY, rest = s % S_PER_DAY;

	if (rest < 0) {
		rest += S_PER_DAY;
		days--;
	}
	civil_date(days, &c);
	c.hour = (int)(rest / 3600);
	c.min = (int)(rest / 60 % 60);
	c.sec = (int)(rest % 60);
	c.usec = (int)(ns / 1000);
	return c;
}

#define UP_TO_SECOND 20 /* bytes of "1970-01-01T00:00:00." */

/* 64 bits of nanoseconds reach from 1677 to 2262: the year has four digits. */
static void
put_day(int64_t day, char *out)
{
	struct civil c;

	civil_date(day, &c);
	num_pad(out, 4, (uint64_t)c.year);
	num_pad(out + 5, 2, (uint64_t)c.month);
	num_pad(out + 8, 2, (uint64_t)c.day);
}

static void
put_second(unsigned of_day, char *out)
{
	num_pad(out + 11, 2, of_day / 3600);
	num_pad(out + 14, 2, of_day / 60 % 60);
	num_pad(out + 17, 2, of_day % 60);
}

char *
clock_rfc3339(int64_t ts_ns, char out[CLOCK_TEXT])
{
	/* What is written together mostly happened on the same day, and an alert says one time
	 * up to five times. */
	static _Thread_local struct {
		int64_t ts_ns, s, day;
		char text[sizeof("1970-01-01T00:00:00.000000Z")];
	} last = {.text = "1970-01-01T00:00:00.000000Z"};

	if (ts_ns != last.ts_ns) {
		int64_t ns, s = whole_seconds(ts_ns, &ns);
		int64_t day = (s - (s < 0 ? S_PER_DAY - 1 : 0)) / S_PER_DAY;

		if (day != last.day)
			put_day(day, last.text);
		if (s != last.s)
			put_second((unsigned)(s - day * S_PER_DAY), last.text);
		num_pad(last.text + UP_TO_SECOND, 6, (uint64_t)ns / 1000);
		last.ts_ns = ts_ns;
		last.s = s;
		last.day = day;
	}
	memcpy(out, last.text, sizeof(last.text));
	return out;
}

char *
clock_hms(int64_t ts_ns, char out[CLOCK_TEXT])
{
	struct civil c = civil_of(ts_ns);

	snprintf(out, CLOCK_TEXT, "%02d:%02d:%02d.%06d", c.hour, c.min, c.sec, c.usec);
	return out;
}

char *
clock_span(int64_t span_ns, char out[CLOCK_TEXT])
{
	const char *sign = span_ns < 0 ? "-" : "";
	uint64_t ns = span_ns < 0 ? -(uint64_t)span_ns : (uint64_t)span_ns;
	unsigned long long s = ns / NS_PER_S;

	if (s < 60)
		snprintf(out, CLOCK_TEXT, "%s%llu.%02us", sign, s,
			(unsigned)(ns % NS_PER_S / (NS_PER_S / 100)));
	else if (s < 3600)
		snprintf(out, CLOCK_TEXT, "%s%llum%02llus", sign, s / 60, s % 60);
	else if (s < (unsigned long long)S_PER_DAY)
		snprintf(out, CLOCK_TEXT, "%s%lluh%02llum", sign, s / 3600, s / 60 % 60);
	else
		snprintf(out, CLOCK_TEXT, "%s%llud%02lluh", sign, s / 86400, s / 3600 % 24);
	return out;
}

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = {0};

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
