/* usage: hall PORT ROOM JOIN_CODE GUESTS SECONDS
 *
 * Guests come to a hall, spread evenly over the seconds. Each signs in and joins over a connection
 * of its own, and then listens quietly. When all do, or had an error, one line of JSON tells how
 * long each step took, in microseconds. They go on listening until standard input says something;
 * then a second line tells what came over all the sockets. */
#define _GNU_SOURCE
#include "http.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 512
#define PATIENCE 60.0 /* seconds after the last arrival before the rest are given up */
#define NAMES 64

enum { SIGNING_IN, JOINING, UPGRADING, SIGNING, SUBSCRIBING, READY, FAILED };
enum { SIGN_IN, JOIN, LISTEN, ALL, STEPS };
static const char *const step_names[] = {"sign in", "join", "connect and subscribe",
                                         "all together"};

struct guest {
    struct conn conn; /* first: the wire hands it back */
    struct call call;
    uint64_t began, step_began;
    unsigned took[STEPS];
};

static struct {
    int port, epoll;
    const char *room, *code;
    unsigned guests, came, ready, failed;
    struct guest *all;
} hall;

static struct row { char name[40]; unsigned long count; } heard_names[NAMES], errors[NAMES];
static unsigned long frames_heard, bytes_heard;

static void count_up(struct row *rows, const char *name, size_t length) {
    if (length > 39) length = 39;
    for (int i = 0; i < NAMES; i++) {
        if (!rows[i].name[0]) memcpy(rows[i].name, name, length);
        if (strlen(rows[i].name) == length && !memcmp(rows[i].name, name, length)) {
            rows[i].count++;
            return;
        }
    }
}

static void went_wrong(struct guest *g, const char *what, const char *text, size_t length) {
    char reason[40];
    int size = snprintf(reason, sizeof reason, "%s: %.*s", what, (int)length, text);
    for (char *c = reason; *c; c++)
        if (*c == '"' || *c == '\\' || *c < ' ') *c = '\'';
    count_up(errors, reason, size > 39 ? 39 : (size_t)size);
    g->conn.stage = FAILED;
    hall.failed++;
}

static void watch(struct guest *g, int fd) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = g};
    epoll_ctl(hall.epoll, EPOLL_CTL_ADD, fd, &e);
}

static void step(struct guest *g, int which, uint64_t now) {
    g->took[which] = (unsigned)((now - g->step_began) / 1000);
    g->step_began = now;
}

static void come(struct guest *g, unsigned index) {
    char body[64];
    g->conn.index = index;
    g->conn.stage = SIGNING_IN;
    g->began = g->step_began = now_ns();
    g->call.fd = dial(hall.port);
    snprintf(body, sizeof body, "{\"name\":\"Guest %u\"}", index);
    put_call(g->call.fd, hall.port, "POST", "/api/v1/auth/guest", "", body);
    watch(g, g->call.fd);
}

static void answered(struct guest *g) {
    const char *text;
    char token[2048], path[128], body[64];
    int status = take_answer(&g->call, &text);
    if (!status) return;
    uint64_t now = now_ns();
    if (status >= 300) {
        went_wrong(g, g->conn.stage == JOINING ? "join" : "sign in", g->call.bytes + 9, 12);
        forget_call(&g->call);
    } else if (g->conn.stage == SIGNING_IN) {
        step(g, SIGN_IN, now);
        if (!json_string(text, "accessToken", token, sizeof token)) fail("no token: %s", text);
        g->conn.token = strdup(token);
        g->conn.stage = JOINING;
        snprintf(path, sizeof path, "/api/v1/rooms/%s/participants", hall.room);
        snprintf(body, sizeof body, "{\"joinCode\":\"%s\"}", hall.code);
        put_call(g->call.fd, hall.port, "POST", path, token, body);
    } else {
        step(g, JOIN, now);
        forget_call(&g->call);
        g->conn.fd = dial(hall.port);
        g->conn.stage = UPGRADING;
        put_upgrade(g->conn.fd, "/realtime", hall.port);
        watch(g, g->conn.fd);
    }
}

static void heard(struct conn *c, const char *text, size_t length, uint64_t now) {
    struct guest *g = (struct guest *)c;
    char say[4096];
    if (c->stage == UPGRADING) {
        put_text(c->fd, say, (size_t)snprintf(say, sizeof say,
            "{\"id\":1,\"action\":\"auth\",\"data\":{\"token\":\"%s\"}}", c->token));
        c->stage = SIGNING;
        return;
    }
    frames_heard++;
    bytes_heard += length;
    if (length < 8 || memcmp(text, "{\"ack\":", 7)) {
        const char *name = length ? memmem(text, length < 80 ? length : 80, "\"event\":\"", 9) : 0;
        const char *end = name ? memchr(name + 9, '"', length - (size_t)(name + 9 - text)) : 0;
        if (end) count_up(heard_names, name + 9, (size_t)(end - name) - 9);
        return;
    }
    count_up(heard_names, "answers", 7);
    if (memmem(text, length, "\"error\":", 8)) {
        went_wrong(g, "socket", text, length);
    } else if (c->stage == SIGNING) {
        put_text(c->fd, say, (size_t)snprintf(say, sizeof say,
            "{\"id\":2,\"action\":\"room:subscribe\",\"data\":{\"roomId\":\"%s\",\"quiet\":true}}",
            hall.room));
        c->stage = SUBSCRIBING;
    } else if (c->stage == SUBSCRIBING) {
        step(g, LISTEN, now);
        g->step_began = g->began;
        step(g, ALL, now);
        c->stage = READY;
        hall.ready++;
    }
}

static void pump(int milliseconds) {
    static struct epoll_event some[BATCH];
    int count = epoll_wait(hall.epoll, some, BATCH, milliseconds);
    if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct guest *g = some[i].data.ptr;
        int upgraded = g->conn.stage != UPGRADING;
        if (g->conn.stage <= JOINING) answered(g);
        else if (g->conn.fd > 0) take(&g->conn, &upgraded, heard);
    }
}

static void fill(double seconds) {
    uint64_t start = now_ns();
    double pace = seconds / hall.guests, gone = 0;
    while (hall.ready + hall.failed < hall.guests && gone < seconds + PATIENCE) {
        gone = (double)(now_ns() - start) / 1e9;
        while (hall.came < hall.guests && hall.came * pace <= gone) {
            come(&hall.all[hall.came], hall.came);
            hall.came++;
        }
        pump(hall.came < hall.guests ? 1 : 100);
    }
    gone = (double)(now_ns() - start) / 1e9;
    for (unsigned i = 0; i < hall.guests; i++)
        if (hall.all[i].conn.stage < READY) went_wrong(&hall.all[i], "never came in", "", 0);
    printf("{\"seconds\": %.3f, \"client\": %.3f, \"listening\": %u, \"times\": {", gone,
           cpu_seconds(), hall.ready);
    for (int s = 0; s < STEPS; s++) {
        const char *comma = "";
        printf("%s\"%s\": [", s ? ", " : "", step_names[s]);
        for (unsigned i = 0; i < hall.guests; i++) {
            if (hall.all[i].conn.stage != READY) continue;
            printf("%s%u", comma, hall.all[i].took[s]);
            comma = ", ";
        }
        printf("]");
    }
    puts("}}");
    fflush(stdout);
}

static void print_names(const char *key, const struct row *rows) {
    printf(", \"%s\": {", key);
    for (int i = 0; i < NAMES && rows[i].count; i++)
        printf("%s\"%s\": %lu", i ? ", " : "", rows[i].name, rows[i].count);
    printf("}");
}

int main(int argc, char **argv) {
    if (argc != 6) fail("usage: hall PORT ROOM JOIN_CODE GUESTS SECONDS");
    hall.port = atoi(argv[1]);
    hall.room = argv[2];
    hall.code = argv[3];
    hall.guests = (unsigned)atoi(argv[4]);
    hall.all = calloc(hall.guests, sizeof *hall.all);
    hall.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!hall.all || hall.epoll < 0) fail("out of memory");
    fill(atof(argv[5]));
    struct pollfd word = {.fd = 0, .events = POLLIN};
    while (poll(&word, 1, 0) == 0) pump(50);
    printf("{\"frames\": %lu, \"bytes\": %lu", frames_heard, bytes_heard);
    print_names("heard", heard_names);
    print_names("errors", errors);
    puts("}");
    return 0;
}
