#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define PATIENCE 30.0  /* seconds without the awaited before a measure gives up */
#define RING 4096u     /* events that may be under way at once */

static double seconds_since(uint64_t then) { return (double)(now_ns() - then) / 1e9; }

/* Delivery times, in microseconds. */
static struct { uint32_t *us; size_t count, room; } samples;

static void sample(uint64_t from, uint64_t to) {
    if (samples.count == samples.room) {
        samples.room = samples.room ? samples.room * 2 : 1 << 20;
        samples.us = realloc(samples.us, samples.room * sizeof *samples.us);
        if (!samples.us) fail("out of memory");
    }
    samples.us[samples.count++] = (uint32_t)((to - from) / 1000);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(double share) {
    if (!samples.count) return 0;
    return samples.us[(size_t)(share * (double)(samples.count - 1))] / 1000.0;
}

/* How much of one core each side took, from `start_clocks` on: the client's in work, since it never
 * sleeps. */
static struct { double client, server; } clocks;

static void start_clocks(void) {
    clocks.client = (double)load.worked / 1e9;
    clocks.server = server_seconds();
}

static void stop_clocks(void) {
    clocks.client = (double)load.worked / 1e9 - clocks.client;
    clocks.server = server_seconds() - clocks.server;
}

static void report_busy(double took) {
    printf("\"client\": %.4f, \"server\": %.4f", clocks.client / took, clocks.server / took);
}

/* --- connecting ------------------------------------------------------------------------------ */

static void open_one(unsigned index) {
    struct conn *c = &load.conns[index];
    c->index = index;
    c->stage = UPGRADING;
    c->fd = dial(load.port);
    load.under_way++;
    put_upgrade(c->fd, load.path, load.port);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &e);
}

void measure_connect(unsigned sockets, unsigned at_once) {
    unsigned opened = load.ready, already = opened;
    if (sockets > load.sockets) sockets = load.sockets;
    start_clocks();
    uint64_t start = now_ns();
    while (load.ready < sockets) {
        while (opened < sockets && load.under_way < at_once) open_one(opened++);
        pump(SPIN);
        if (seconds_since(start) > PATIENCE + sockets / 20.0)
            fail("only %u of %u sockets were signed in", load.ready, sockets);
    }
    double took = seconds_since(start);
    stop_clocks();
    printf("{\"sockets\": %u, \"rate\": %.1f, ", load.ready, (load.ready - already) / took);
    report_busy(took);
    puts("}");
}

void measure_idle(double seconds) {
    uint64_t start = now_ns();
    while (seconds_since(start) < seconds) pump(50);
    printf("{\"seconds\": %.3f}\n", seconds);
}

/* --- events ---------------------------------------------------------------------------------- */

static struct {
    unsigned next, done, disordered;
    unsigned got[RING];
    uint64_t sent[RING];
    unsigned batch;          /* events of one emission: all were sent at sent[first] */
    unsigned batch_first;
    uint64_t last_done, last_heard;
    int closing, durable;
} events = {.next = 1};

static void emit(unsigned count) {
    uint64_t now = now_ns();
    for (unsigned n = events.next; n < events.next + count; n++) {
        events.got[n % RING] = 0;
        events.sent[n % RING] = now;
    }
    control_emit(events.next, count, events.durable);
    events.next += count;
}

static void arrived(struct conn *c, unsigned n, uint64_t now) {
    if (n != c->last + 1) events.disordered++;
    c->last = n;
    events.last_heard = now;
    sample(events.sent[n % RING], now);
    if (++events.got[n % RING] == load.ready) {
        events.done++;
        events.last_done = now;
        if (!events.closing) emit(1);
    }
}

static void begin(int durable) {
    samples.count = 0;
    events.done = events.disordered = 0;
    events.closing = 0;
    events.durable = durable;
    events.last_heard = now_ns();
    for (unsigned i = 0; i < load.ready; i++) load.conns[i].last = events.next - 1;
    load.on_event = arrived;
}

static void wait_for(unsigned first) {
    while (events.done < events.next - first) {
        pump(SPIN);
        if (seconds_since(events.last_heard) > PATIENCE)
            fail("of %u events to %u sockets %zu messages came, then nothing for %g s",
                 events.next - first, load.ready, samples.count, PATIENCE);
    }
}

static double run_window(double seconds, unsigned window, int durable) {
    begin(durable);
    unsigned first = events.next;
    uint64_t start = now_ns();
    for (unsigned i = 0; i < window; i++) emit(1);
    while (seconds_since(start) < seconds) pump(SPIN);
    events.closing = 1;
    wait_for(first);
    return (double)(events.last_done - start) / 1e9;
}

static void report_delivery(void) {
    qsort(samples.us, samples.count, sizeof *samples.us, by_size);
    printf(", \"p50\": %.3f, \"p99\": %.3f, \"worst\": %.3f, \"disordered\": %u", percentile_ms(.5),
           percentile_ms(.99), percentile_ms(1), events.disordered);
}

void measure_fanout(double seconds, unsigned window, int durable) {
    run_window(seconds / 5, window, durable);
    start_clocks();
    double took = run_window(seconds, window, durable);
    stop_clocks();
    printf("{\"events\": %u, \"messages\": %zu, \"rate\": %.1f, ", events.done, samples.count,
           (double)samples.count / took);
    report_busy(took);
    report_delivery();
    puts("}");
}

void measure_burst(unsigned count, unsigned repeats) {
    if (count >= RING) fail("a burst has fewer than %u events", RING);
    double total = 0;
    printf("{\"rates\": [");
    for (unsigned i = 0; i <= repeats; i++) {
        if (i == 1) start_clocks(); /* the first warms up */
        begin(0);
        events.closing = 1;
        unsigned first = events.next;
        uint64_t start = now_ns();
        emit(count);
        wait_for(first);
        double took = (double)(events.last_done - start) / 1e9;
        if (!i) continue;
        total += took;
        printf("%s%.1f", i > 1 ? ", " : "", (double)samples.count / took);
    }
    stop_clocks();
    printf("], \"rate\": %.1f, ", (double)count * load.ready * repeats / total);
    report_busy(total);
    report_delivery();
    puts("}");
}

/* --- messages of the clients ----------------------------------------------------------------- */

static struct { unsigned long sent, answered; int closing; uint64_t last; } messages;

static void send_one(struct conn *c) {
    say_message(c);
    messages.sent++;
}

static void answered(struct conn *c, uint64_t now) {
    messages.answered++;
    messages.last = now;
    if (!messages.closing) send_one(c);
}

static double run_messages(double seconds) {
    memset(&messages, 0, sizeof messages);
    load.on_answer = answered;
    uint64_t start = messages.last = now_ns();
    for (unsigned i = 0; i < load.ready; i++) send_one(&load.conns[i]);
    while (seconds_since(start) < seconds) pump(SPIN);
    messages.closing = 1;
    while (messages.answered < messages.sent) {
        pump(SPIN);
        if (seconds_since(messages.last) > PATIENCE)
            fail("%lu of %lu messages were answered", messages.answered, messages.sent);
    }
    return (double)(messages.last - start) / 1e9;
}

/* Messages that want no answer: at most one for each socket is under way, by what the server says it
 * has counted. */
static unsigned long tell_all(double seconds, double *took) {
    unsigned long before = control_counted(), sent = 0, counted = 0;
    uint64_t start = now_ns(), heard = start;
    while (seconds_since(start) < seconds || counted < sent) {
        uint64_t began = now_ns();
        if (seconds_since(start) < seconds)
            while (sent < counted + load.ready) say_word(&load.conns[sent++ % load.ready]);
        load.worked += now_ns() - began;
        unsigned long now = control_counted() - before;
        if (now != counted) heard = now_ns();
        counted = now;
        if (seconds_since(heard) > PATIENCE)
            fail("of %lu messages without an answer %lu were counted", sent, counted);
    }
    *took = (double)(heard - start) / 1e9;
    return sent;
}

void measure_tell(double seconds) {
    double took;
    tell_all(seconds / 5, &took);
    start_clocks();
    unsigned long sent = tell_all(seconds, &took);
    stop_clocks();
    printf("{\"messages\": %lu, \"rate\": %.1f, ", sent, (double)sent / took);
    report_busy(took);
    puts("}");
}

void measure_receive(double seconds) {
    run_messages(seconds / 5);
    unsigned long before = control_counted();
    start_clocks();
    double took = run_messages(seconds);
    stop_clocks();
    unsigned long counted = control_counted() - before;
    if (counted != messages.sent) fail("%lu messages, %lu counted", messages.sent, counted);
    printf("{\"messages\": %lu, \"rate\": %.1f, ", messages.sent, (double)messages.sent / took);
    report_busy(took);
    puts("}");
}
