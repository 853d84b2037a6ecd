/* The whole path: a prize is made by a REST call, written to the database, published, and told to
 * every socket. Each caller makes its next call when the last socket has heard of this one. */
#define _GNU_SOURCE
#include "http.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define PATIENCE 30.0
#define MOST_CALLERS 64u
#define MOST_EVENTS 200000u

struct caller {
    struct conn conn; /* first: the loop hands it back */
    struct call call;
    uint64_t sent;
    unsigned number, heard, answered;
};

static struct {
    struct caller callers[MOST_CALLERS];
    unsigned count, next, done, answers, lasts, ordered, disordered;
    unsigned order[MOST_EVENTS]; /* of the events, as the first socket to hear each has it */
    uint32_t last_us[MOST_EVENTS], answer_us[MOST_EVENTS];
    const char *token;
    uint64_t last_done;
    int closing;
} path;

static void call(struct caller *a) {
    char where[128], body[96];
    a->number = path.next;
    path.next += path.count;
    a->heard = a->answered = 0;
    a->sent = now_ns();
    snprintf(where, sizeof where, "/api/v1/rooms/%s/prizes", load.room);
    snprintf(body, sizeof body, "{\"name\":\"@@%09u\",\"quantity\":1}", a->number);
    put_call(a->call.fd, load.port, "POST", where, path.token, body);
}

static void one_more(struct caller *a, uint64_t now) {
    if (!a->answered || a->heard < load.ready) return;
    path.last_done = now;
    if (++path.done + path.count >= MOST_EVENTS) path.closing = 1;
    a->number = 0;
    if (!path.closing) call(a);
}

void answer_came(struct conn *c, uint64_t now) {
    struct caller *a = (struct caller *)c;
    const char *text;
    int status = take_answer(&a->call, &text);
    if (!status) return;
    if (status != 201) fail("a call was answered with %d %s", status, text);
    path.answer_us[path.answers++] = (uint32_t)((now - a->sent) / 1000);
    a->answered = 1;
    one_more(a, now);
}

static void arrived(struct conn *c, unsigned number, uint64_t now) {
    struct caller *a = NULL;
    for (unsigned i = 0; i < path.count; i++)
        if (path.callers[i].number == number) a = &path.callers[i];
    if (!a) fail("socket %u heard of %u, which is not under way", c->index, number);
    /* Everybody hears everything in one order. */
    if (c->last == path.ordered) path.order[path.ordered++] = number;
    if (path.order[c->last++] != number) path.disordered++;
    if (++a->heard == load.ready) {
        path.last_us[path.lasts++] = (uint32_t)((now - a->sent) / 1000);
        one_more(a, now);
    }
}

static double run(double seconds) {
    path.done = path.answers = path.lasts = path.ordered = path.disordered = 0;
    path.closing = 0;
    for (unsigned i = 0; i < load.ready; i++) load.conns[i].last = 0;
    load.on_event = arrived;
    uint64_t start = path.last_done = now_ns();
    for (unsigned i = 0; i < path.count; i++) {
        path.next = i + 1 + (path.next / path.count + 1) * path.count;
        call(&path.callers[i]);
    }
    for (int busy = 1; busy;) {
        pump(10);
        uint64_t now = now_ns();
        if ((double)(now - start) / 1e9 >= seconds) path.closing = 1;
        if ((double)(now - path.last_done) / 1e9 > PATIENCE)
            fail("after %u events nothing came for %g s", path.done, PATIENCE);
        busy = 0;
        for (unsigned i = 0; i < path.count; i++) busy |= path.callers[i].number != 0;
    }
    return (double)(path.last_done - start) / 1e9;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, uint32_t *us) {
    qsort(us, path.done, sizeof *us, by_size);
    printf(", \"%s\": {", name);
    printf("\"p50\": %.3f, \"p99\": %.3f, \"worst\": %.3f}", us[path.done / 2] / 1000.0,
           us[path.done * 99 / 100] / 1000.0, us[path.done - 1] / 1000.0);
}

void measure_path(double seconds, unsigned callers, const char *token) {
    path.token = token;
    path.count = callers < MOST_CALLERS ? callers : MOST_CALLERS;
    for (unsigned i = 0; i < path.count; i++) {
        struct caller *a = &path.callers[i];
        a->conn.stage = CALLING;
        a->call.fd = dial(load.port);
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = a};
        epoll_ctl(load.epoll, EPOLL_CTL_ADD, a->call.fd, &e);
    }
    run(seconds / 5);
    double client = cpu_seconds(), server = server_seconds(), took = run(seconds);
    client = cpu_seconds() - client;
    server = server_seconds() - server;
    printf("{\"events\": %u, \"rate\": %.1f, \"disordered\": %u, \"client\": %.4f, "
           "\"server\": %.4f", path.done, path.done / took, path.disordered, client / took,
           server / took);
    report("answer", path.answer_us);
    report("last", path.last_us);
    puts("}");
    for (unsigned i = 0; i < path.count; i++) forget_call(&path.callers[i].call);
    load.on_event = NULL;
}
