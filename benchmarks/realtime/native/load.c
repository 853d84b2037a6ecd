/* usage: load DIALECT PORT PATH ROOM TOKENS SOCKETS
 *
 * TOKENS names a file with one token a line, one for each socket. Commands come a line each on
 * standard input, and each is answered with one line of JSON:
 *
 *   connect SOCKETS AT_ONCE        control PORT | control ws:PATH    idle SECONDS
 *   fanout SECONDS WINDOW          durable SECONDS WINDOW
 *   burst EVENTS REPEATS           receive SECONDS | tell SECONDS
 *   path SECONDS CALLERS TOKEN     server PID...: whose processor time the answers tell
 */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define BATCH 512

struct load load;

void pump(int milliseconds) {
    static struct epoll_event ready[BATCH];
    uint64_t began = now_ns();
    int count = epoll_wait(load.epoll, ready, BATCH, milliseconds);
    if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct conn *c = ready[i].data.ptr;
        if (c->stage == CALLING) {
            answer_came(c, now_ns());
            continue;
        }
        int upgraded = c->stage != UPGRADING;
        take(c, &upgraded, heard);
    }
    if (!milliseconds && count > 0) load.worked += now_ns() - began;
}

static void read_tokens(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %s", path, strerror(errno));
    for (unsigned i = 0; i < load.sockets; i++) {
        char *line = NULL;
        size_t room = 0;
        ssize_t length = getline(&line, &room, file);
        if (length <= 0) fail("%s: %u tokens for %u sockets", path, i, load.sockets);
        if (line[length - 1] == '\n') line[length - 1] = 0;
        load.conns[i].token = line;
    }
    fclose(file);
}

static void first_answer(struct conn *c, uint64_t now) {
    (void)c, (void)now;
    load.on_answer = NULL;
}

/* Some servers open the side entrance only when they have heard the first message. */
static void knock(const char *how) {
    load.on_answer = first_answer;
    say_message(&load.conns[0]);
    while (load.on_answer) pump(SPIN);
    control_open(how);
    puts("{}");
}

static void obey(const char *line) {
    double seconds;
    unsigned count, other;
    char text[2048];
    if (sscanf(line, "connect %u %u", &count, &other) == 2) measure_connect(count, other);
    else if (sscanf(line, "control %2047s", text) == 1) knock(text);
    else if (!strncmp(line, "server ", 7)) server_is(line + 7), puts("{}");
    else if (sscanf(line, "idle %lf", &seconds) == 1) measure_idle(seconds);
    else if (sscanf(line, "fanout %lf %u", &seconds, &other) == 2)
        measure_fanout(seconds, other, 0);
    else if (sscanf(line, "durable %lf %u", &seconds, &other) == 2)
        measure_fanout(seconds, other, 1);
    else if (sscanf(line, "burst %u %u", &count, &other) == 2) measure_burst(count, other);
    else if (sscanf(line, "receive %lf", &seconds) == 1) measure_receive(seconds);
    else if (sscanf(line, "tell %lf", &seconds) == 1) measure_tell(seconds);
    else if (sscanf(line, "path %lf %u %2047s", &seconds, &other, text) == 3)
        measure_path(seconds, other, text);
    else fail("no such command: %s", line);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 7) fail("usage: load DIALECT PORT PATH ROOM TOKENS SOCKETS");
    load.dialect = strcmp(argv[1], "socketio") ? FRAMES : SOCKETIO;
    load.port = atoi(argv[2]);
    load.path = argv[3];
    load.room = argv[4];
    load.sockets = (unsigned)atoi(argv[6]);
    load.conns = calloc(load.sockets, sizeof *load.conns);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!load.conns || load.epoll < 0) fail("out of memory");
    read_tokens(argv[5]);
    char line[4096];
    while (fgets(line, sizeof line, stdin)) obey(line);
    return 0;
}
