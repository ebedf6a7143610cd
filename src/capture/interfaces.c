#include "capture/interfaces.h"
#include "capture/source.h"
#include "event/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pcap/pcap.h>

/* libpcap lists these too; no mail travels there. */
static bool
is_network(const char *name)
{
	static const char *const others[] = {
		"bluetooth", "nflog", "nfqueue", "dbus-", "usbmon"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

void
interfaces_names(struct buf *out)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;

	if (pcap_findalldevs(&all, why) < 0)
		return;
	for (pcap_if_t *i = all; i; i = i->next) {
		if (!is_network(i->name))
			continue;
		buf_str(out, out->n ? ", " : "");
		buf_str(out, i->name);
	}
	pcap_freealldevs(all);
}

bool
interfaces_known(const char *name)
{
	return strcmp(name, "any") == 0 || if_nametoindex(name) != 0 || !is_network(name);
}

bool
interfaces_down(const char *name)
{
	struct ifreq r = {0};
	int fd;
	bool down;

	if (strlen(name) >= sizeof(r.ifr_name))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	memcpy(r.ifr_name, name, strlen(name));
	down = ioctl(fd, SIOCGIFFLAGS, &r) == 0 && !(r.ifr_flags & IFF_UP);
	close(fd);
	return down;
}

void
interfaces_clocks(const char *name, struct buf *out)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(name, why);
	int *types = NULL, n = p ? pcap_list_tstamp_types(p, &types) : 0;

	for (int i = 0; i < n; i++) {
		const char *clock = pcap_tstamp_type_val_to_name(types[i]);

		if (clock)
			buf_fmt(out, "%s%s", out->n ? ", " : "", clock);
	}
	if (n > 0)
		pcap_free_tstamp_types(types);
	if (p)
		pcap_close(p);
}

/* As a word of the shell: in quotes when it holds anything but the plainest characters. */
static void
put_shell_word(struct buf *out, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,";

	if (s[strspn(s, plain)] == '\0') {
		buf_str(out, s);
		return;
	}
	buf_byte(out, '\'');
	for (; *s; s++)
		buf_fmt(out, *s == '\'' ? "'\\''" : "%c", *s);
	buf_byte(out, '\'');
}

void
interfaces_permission(struct buf *out)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		n = 0;
	self[n] = '\0';
	buf_str(out, "sudo setcap cap_net_raw,cap_net_admin=eip ");
	put_shell_word(out, n ? self : "mailsnoop");
}

static void
put_addresses(struct buf *out, const pcap_if_t *i)
{
	for (const pcap_addr_t *a = i->addresses; a; a = a->next) {
		struct endpoint e = {0};
		char text[ENDPOINT_TEXT];

		if (a->addr && a->addr->sa_family == AF_INET) {
			e.family = 4;
			memcpy(e.addr, &((const struct sockaddr_in *)a->addr)->sin_addr, 4);
		} else if (a->addr && a->addr->sa_family == AF_INET6) {
			e.family = 6;
			memcpy(e.addr, &((const struct sockaddr_in6 *)a->addr)->sin6_addr, 16);
		} else {
			continue;
		}
		buf_fmt(out, "  %s", endpoint_addr(&e, text));
	}
}

static const char *
state_of(const pcap_if_t *i)
{
	if (!(i->flags & PCAP_IF_UP))
		return "down";
	if (!(i->flags & PCAP_IF_RUNNING))
		return "up, no link";
	return i->flags & PCAP_IF_LOOPBACK ? "up, loopback" : "up";
}

/* Only where there is a choice. */
static void
put_clocks(struct buf *out, const char *name)
{
	struct buf clocks;

	buf_init(&clocks, SIZE_MAX);
	interfaces_clocks(name, &clocks);
	if (bytes_search(buf_bytes(&clocks), BYTES("adapter")) != SIZE_MAX)
		buf_fmt(out, "  time stamps: %s", buf_text(&clocks));
	buf_done(&clocks);
}

/* 0, or the errno that opening a packet socket gives. */
static int
refused(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

int
source_list_interfaces(struct buf *out, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;
	int no;

	if (pcap_findalldevs(&all, why) < 0)
		return err_set(e, -EIO, "the interfaces cannot be listed: %s", why);
	for (const pcap_if_t *i = all; i; i = i->next) {
		if (!is_network(i->name))
			continue;
		buf_fmt(out, "%-16s %-12s", i->name,
			strcmp(i->name, "any") == 0 ? "all of them" : state_of(i));
		put_addresses(out, i);
		put_clocks(out, i->name);
		buf_byte(out, '\n');
	}
	pcap_freealldevs(all);
	no = refused();
	if (no) {
		buf_fmt(out, "Capturing is refused (%s). This allows it: ", strerror(no));
		interfaces_permission(out);
		buf_byte(out, '\n');
	}
	return 0;
}
